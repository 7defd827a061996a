"""Mentions: whom a message calls, kept for those who are in its room."""

from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.people.handles import EVERYBODY, WIDE


def note(tx: db.Transaction, channel: str, seq: int, author: int, mentions: dict[str, int],
         here: Iterable[int] = ()) -> list[int]:
    """Keep whom a message calls: one row each for those who are in the room, one for everybody; returns the people."""
    called = {id for name, id in mentions.items() if name not in WIDE} | set(here)
    called = {id for id in called - {author} if _is_in(tx, channel, id)}
    if "room" in mentions:
        called.add(EVERYBODY)
    for person in sorted(called):
        tx.execute("insert into mention (person, channel, seq) values (:person, :channel, :seq) "
                   "on conflict (person, channel, seq) do nothing",
                   person=person, channel=channel, seq=seq)
    return sorted(called - {EVERYBODY})


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Nobody is called by this message any more."""
    tx.execute("delete from mention where channel = :channel and seq = :seq", channel=channel, seq=seq)


def _is_in(reads: Reads, channel: str, person: int) -> bool:
    return channel == rooms.LOBBY or bool(reads.execute(
        "select 1 from member where room = :room and person = :person", room=rooms.number(channel), person=person))
