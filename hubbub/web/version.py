"""The version of a page: one that stayed open while the server was updated must reload, and keeps its outbox."""

from __future__ import annotations

from hubbub.core.access import Refused
from hubbub.web import address, static_tree

# Increase it when the server no longer understands the messages of an older page, or the other way round; then extend
# web/static/upgrades.js, which converts the messages in the outbox of an older page.
PROTOCOL = 2


def check(auth: object) -> None:
    """Refuse a page of another protocol before it can send; it keeps its outbox and offers to reload."""
    if isinstance(auth, dict) and auth.get("protocol", PROTOCOL) != PROTOCOL:
        raise Refused("error.updated", "outdated")


def is_outdated(auth: object) -> bool:
    """Return whether a page was loaded from other static files than this server's."""
    return isinstance(auth, dict) and "assets" in auth and auth["assets"] != address.url(static_tree.tree().base)
