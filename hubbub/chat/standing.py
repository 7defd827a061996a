"""How a person stands: their rooms, how far they have read, what mentions them, drafts and followed threads.

This is the window of the channel `own:<person>`, which only they read, on every device; a fixed number of statements
however many rooms they are in.
"""

from typing import Any

import msgspec

from hubbub.chat import drafts, rooms
from hubbub.core import access, windows
from hubbub.core.access import Reads
from hubbub.core.windows import Span
from hubbub.people import model as people

THREADS = 50
MENTIONS = 1000


@access.rule("own")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """One's own channel is nobody else's, and nothing is posted there."""
    return verb == "read" and name == str(person)


@windows.projection("own")
def standing(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """All that a device must know before anything happens; there is nothing older to page to."""
    person = int(channel.partition(":")[2])
    mine = rooms.mine(reads, person)
    known = {room.channel for room in mine}
    between = {one for room in mine for one in room.people}
    met = people.directory(reads, between)
    return {
        "items": [],
        "rooms": msgspec.to_builtins(mine),
        "cursors": cursors_of(reads, person, known),
        "mentions": mentions_of(reads, person, known),
        "drafts": msgspec.to_builtins(drafts.mine(reads, person)),
        "threads": threads_of(reads, person, known),
        "people": {str(one.id): msgspec.to_builtins(one) for one in met},
    }


def cursors_of(reads: Reads, person: int, known: set[str]) -> dict[str, list[int]]:
    """How far the person has read each of these channels: [seq, n, version]."""
    rows = reads.execute("select channel, seq, n, version from cursor where person = :person", person=person)
    return {channel: [seq, n, version] for channel, seq, n, version in rows if channel in known}


def mentions_of(reads: Reads, person: int, known: set[str]) -> dict[str, list[int]]:
    """The messages that mention the person, or everybody in the room, and lie after their cursor there."""
    found: dict[str, list[int]] = {}
    rows = reads.execute(
        "select mention.channel, mention.seq from mention left join cursor on cursor.channel = mention.channel "
        "and cursor.person = :person where mention.person in (:person, 0) "
        "and mention.seq > coalesce(cursor.seq, 0) order by mention.channel, mention.seq limit :limit",
        person=person, limit=MENTIONS)
    for channel, seq in rows:
        if channel in known and seq not in found.get(channel, ()):
            found.setdefault(channel, []).append(seq)
    return found


def threads_of(reads: Reads, person: int, known: set[str]) -> list[dict[str, Any]]:
    """The threads that the person follows, those last replied to first."""
    rows = reads.execute(
        "select follower.channel, follower.root, follower.seq, follower.n, follower.version, message.replies, "
        "message.newest_reply from follower join message on message.channel = follower.channel "
        "and message.seq = follower.root where follower.person = :person and message.deleted is null "
        "order by message.replied desc limit :limit", person=person, limit=THREADS)
    names = ("channel", "root", "seq", "n", "version", "replies", "newest")
    return [dict(zip(names, row, strict=True)) for row in rows if row[0] in known]
