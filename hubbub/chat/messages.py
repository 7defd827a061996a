"""What is said in rooms: posting a message, and how a room looks now."""

from typing import Any

import msgspec

from hubbub.chat import rooms
from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.people import model as people

LOBBY = rooms.LOBBY
TEXT_LIMIT = 16_000  # characters, so that an entry fits its 64 KB whatever the script


def post(person: int, channel: str, text: str, key: str) -> Entry:
    """Append a message.  A repeated key returns the first entry."""
    if not text.strip():
        raise Refused("a message needs text", "bad_input")
    if len(text) > TEXT_LIMIT:
        raise Refused(f"a message has at most {TEXT_LIMIT:,} characters", "too_large")
    with db.transaction() as tx:
        access.check(tx, person, channel, "post")
        return log.append(tx, channel, "message", {"text": text}, author=person, key=key, counts=True)


@windows.projection("room")
def newest(reads: Reads, channel: str, before: int, limit: int) -> dict[str, Any]:
    """The last messages as they are now, and the people who wrote them."""
    entries = log.newest(reads, channel, "message", before, limit)
    authors = people.directory(reads, (entry.author for entry in entries))
    return {"items": [_message(entry) for entry in entries],
            "people": {str(person.id): msgspec.to_builtins(person) for person in authors}}


def _message(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "n": entry.n, "author": entry.author, "at": entry.at, "key": entry.key, **entry.data}
