"""A person's state: their rooms, read cursors, mentions, drafts, followed threads, notification levels, saved
messages, and the sidebar.

It is the window of the channel `user:<person>`, which only this person reads, on every device.  It takes a fixed number
of statements for any number of rooms.
"""

from typing import Any

import msgspec

from hubbub.chat import drafts, reading, rooms, saved, threads
from hubbub.core import access, missed, windows
from hubbub.core.access import Reads
from hubbub.core.windows import Span
from hubbub.notifications import model as notifications
from hubbub.people import model as people
from hubbub.people import preferences, sidebar

THREADS = 200

FOLLOWED = f"""select follower.channel, follower.root, follower.seq, follower.n, follower.version, message.replies,
    message.newest_reply from follower join message on message.channel = follower.channel
    and message.seq = follower.root where follower.person = :person and follower.channel in {rooms.JOINED}
    and message.deleted is null order by {threads.UNREAD} > 0 desc, message.replied desc limit :limit"""
BETWEEN = f"""select {people.COLUMNS} from person where id in (select other.person from member mine
    join room on room.id = mine.room and room.kind = 'direct' join member other on other.room = mine.room
    where mine.person = :person) order by id"""


missed.renew_after_gap("user")


@access.rule("user")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Let a person read their own channel; nobody posts there."""
    return verb == "read" and name == str(person)


@windows.projection("user")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return everything that a device needs at the start; there are no older pages."""
    person = int(channel.partition(":")[2])
    mine = rooms.mine(reads, person)
    known = {room.channel for room in mine}
    return {
        "items": [],
        "rooms": msgspec.to_builtins(mine),
        "cursors": cursors_of(reads, person, known),
        "mentions": reading.unread_mentions(reads, person),
        "uncounted": reading.uncounted(reads, person),
        "drafts": [msgspec.to_builtins(draft) for draft in drafts.mine(reads, person) if draft.channel in known],
        "threads": threads_of(reads, person),
        "levels": notifications.levels(reads, person),
        "preferences": preferences.of(reads, person),
        "sidebar": sidebar.mine(reads, person),
        "saved": saved.mine(reads, person),
        "people": others(reads, person),
    }


def cursors_of(reads: Reads, person: int, known: set[str]) -> dict[str, list[int]]:
    """Return how far the person has read each of these channels: [seq, n, version]."""
    rows = reads.execute("select channel, seq, n, version from cursor where person = :person", person=person)
    return {channel: [seq, n, version] for channel, seq, n, version in rows if channel in known}


def threads_of(reads: Reads, person: int) -> list[dict[str, Any]]:
    """Return the threads that the person follows: first those with unread replies, then those with the newest reply."""
    rows = reads.execute(FOLLOWED, person=person, limit=THREADS)
    names = ("channel", "root", "seq", "n", "version", "replies", "newest")
    return [dict(zip(names, row, strict=True)) for row in rows]


def others(reads: Reads, person: int) -> dict[str, Any]:
    """Return the people of the person's direct conversations, which the page names after them."""
    met = map(people.person_of, reads.execute(BETWEEN, person=person))
    return {str(one.id): msgspec.to_builtins(one) for one in met}
