"""Icons of notifications: this server fetches them, so no reader's device connects to a host that a publisher chose.

The stored icon is encoded again as a small picture; the hourly sweep of files deletes it, and it is fetched again.
"""

import hashlib
import tempfile
from pathlib import Path

from hubbub.core import access, db, node
from hubbub.core.access import Refused
from hubbub.files import images, store, types
from hubbub.hooks.outgoing import sending
from hubbub.notifications.addresses import Forbidden
from hubbub.publishing import model

EDGE = 96  # pixels
PAUSE = 600.0  # seconds until a picture that could not be had is tried again
MOST = 1000


class Missing:
    """Until when this node does not try to fetch a picture again, by its name."""

    def __init__(self) -> None:
        self.until: dict[str, float] = {}


state = node.state(Missing)


def get(person: int, id: str) -> bytes:
    """Return the icon of a notification that a person may read, as WebP."""
    with db.snapshot() as reads:
        one = model.by_id(reads, id)
        url = one.message.icon if one and access.allows(reads, person, one.channel, "read") else ""
    name, missing = hashlib.sha256(url.encode()).hexdigest()[:32], state().until
    if not url or missing.get(name, 0.0) > node.monotonic():
        raise Refused("error.preview_not_found", "not_found")
    try:
        return store.get(name)
    except FileNotFoundError:
        picture = _fetch(url)
    if picture is None:
        if len(missing) >= MOST:
            missing.clear()
        missing[name] = node.monotonic() + PAUSE
        raise Refused("error.preview_not_found", "not_found")
    store.put(name, picture)
    return picture


def _fetch(url: str) -> bytes | None:
    from requests import RequestException
    from requests.exceptions import InvalidSchema

    try:
        answer = sending.state().open_session().get(url)
    except (Forbidden, InvalidSchema, RequestException, ValueError):
        return None
    if answer.status_code != 200 or types.sniff(answer.content[:types.HEAD]) not in types.IMAGES:
        return None
    with tempfile.NamedTemporaryFile() as file:
        file.write(answer.content)
        file.flush()
        previews = images.shrink(Path(file.name), (EDGE,))
    return previews[3][0] if previews else None
