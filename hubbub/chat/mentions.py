"""Mentions: the members of a room that its messages mention."""

from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.people.handles import EVERYBODY

INSERT = """insert into mention (person, channel, seq) select person.id, :channel, :seq from person
    where person.id = any(:people) and person.id <> :author and person.role <> 'bot' and (person.id = 0 or :room = 1
        or exists (select 1 from member where member.room = :room and member.person = person.id))
    on conflict (person, channel, seq) do nothing returning person"""


def store(tx: db.Transaction, channel: str, seq: int, author: int, mentions: dict[str, int],
         here: Iterable[int] = ()) -> list[int]:
    """Store the mentions of a message: a row for each member of the room, and one for @room; return the people.

    `here` are the people whom @here and groups mention.
    """
    mentioned = {id for name, id in mentions.items() if name != "here" and id >= 0} | set(here)
    if not mentioned:
        return []
    rows = tx.execute(INSERT, channel=channel, seq=seq, author=author, people=list(mentioned),
                      room=rooms.number(channel))
    return sorted(person for person, in rows if person != EVERYBODY)


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete the mentions of a message."""
    tx.execute("delete from mention where channel = :channel and seq = :seq", channel=channel, seq=seq)
