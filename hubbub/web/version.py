"""Which version a page is of: a page that stayed open while the server was updated reloads, and keeps its outbox."""

from __future__ import annotations

from hubbub.core.access import Refused
from hubbub.web import static_tree

# Raise it when the server no longer understands what an older page sends, or the page what it receives; then teach
# the outbox (web/static/upgrades.js) to turn the messages that an older page kept into those of today.
PROTOCOL = 1


def check(auth: object) -> None:
    """Refuse a page of another protocol before it can send: it keeps its outbox and offers to reload."""
    if isinstance(auth, dict) and auth.get("protocol", PROTOCOL) != PROTOCOL:
        raise Refused("Hubbub was updated: reload the page", "outdated")


def is_outdated(auth: object) -> bool:
    """Whether a page was loaded from other static files than those of this server."""
    return isinstance(auth, dict) and "assets" in auth and auth["assets"] != static_tree.tree().base
