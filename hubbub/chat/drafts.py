"""Drafts: unsent text of a person for each room and thread, the same on all their devices."""

import msgspec

from hubbub.chat import rooms, threads
from hubbub.core import cursors, db, hub, node
from hubbub.core.access import Reads, Refused

LIMIT = 16_000  # characters, as of a message


class Draft(msgspec.Struct, frozen=True):
    """An unsent text; `thread` is the seq of the thread's root, 0 for the room itself."""

    channel: str
    thread: int
    text: str
    version: int


def save(person: int, channel: str, thread: int, text: str) -> int:
    """Save a draft, or delete it when the text is empty; the last call wins.  Return its version."""
    if len(text) > LIMIT:
        raise Refused("error.draft_too_long", "too_large", limit=LIMIT)
    with db.transaction() as tx:
        rooms.check(tx, person, channel, "read")
        if thread and text:
            threads.root(tx, channel, thread)
        [(version,)] = tx.execute(
            "insert into draft (person, channel, thread, text, version, at) "
            "values (:person, :channel, :thread, :text, 1, :at) on conflict (person, channel, thread) "
            "do update set text = :text, version = draft.version + 1, at = :at returning version",
            person=person, channel=channel, thread=thread, text=text, at=node.now())
        data = msgspec.to_builtins(Draft(channel, thread, text, version))
        tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "draft", data))
    return int(version)


def mine(reads: Reads, person: int) -> list[Draft]:
    """Return the drafts of a person that have text, the newest first."""
    rows = reads.execute("select channel, thread, text, version from draft where person = :person and text <> '' "
                         "order by at desc limit 200", person=person)
    return [Draft(*row) for row in rows]
