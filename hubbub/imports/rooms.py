"""The rooms of an import: created once, with their members; a conversation becomes the direct of its people."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hubbub import short_text
from hubbub.chat import create_room, history, rooms
from hubbub.core import db, node
from hubbub.core.access import Reads, Refused
from hubbub.imports.people import Known
from hubbub.imports.records import Room
from hubbub.imports.report import Report

RENAMED = "names of rooms that were taken, too long or not allowed"
TOPIC_CUT = f"topics over {rooms.TOPIC_LIMIT} characters, cut"
LARGE = f"conversations of more than {create_room.MOST_IN_DIRECT} people, now private rooms"
NOBODY = "rooms in which nobody has an account any more: only their messages are here"
FIND = "select id, room from import_room where source = :source and name = :name"
REMEMBER = "insert into import_room (source, name, room) values (:source, :name, :room) returning id"
NAMES = """select import_room.name, room.name from import_room join room on room.id = import_room.room
    where source = :source and room.name <> ''"""
JOINED = "select id from imported where room = :number and id like 'member/%'"
JOIN = "insert into imported (room, id, seq) select :number, id, 0 from each(:rows) as joined(id text)"


class Opened(NamedTuple):
    """A room that is imported: its number among them, and its channel."""

    number: int
    channel: str


def names(reads: Reads, source: str) -> dict[str, str]:
    """Return the names of the imported rooms by their ids there."""
    return dict(reads.execute(NAMES, source=source))


def find(reads: Reads, source: str, name: str) -> Opened | None:
    """Return a room of an earlier run."""
    rows = reads.execute(FIND, source=source, name=name)
    return Opened(rows[0][0], f"room:{rows[0][1]}") if rows else None


def open(source: str, room: Room, people: Mapping[str, Known], report: Report) -> Opened:
    """Return the room here, which is created if it is new; add those members who are new there."""
    members = sorted({people[id].id for id in room.members if id in people and _belongs(room, people[id])})
    with db.transaction() as tx:
        tx.execute("select 1 from room where id = 1 for update")  # another import may open the same room
        found = find(tx, source, room.id)
        if found is None:
            kind = kind_of(room, members, report)
            id = _direct(tx, members) if kind == "direct" else 0
            id = id or _create(tx, kind, room, members, people, report)
            [(number,)] = tx.execute(REMEMBER, source=source, name=room.id, room=id)
            found = Opened(number, f"room:{id}")
        tx.lock(found.channel)
        _add_members(tx, found, room, members, people)
        return found


def kind_of(room: Room, members: list[int], report: Report) -> str:
    """Return the kind of a room here: a large conversation is a private room, and so is one without people."""
    if room.kind != "direct":
        if room.kind == "private" and not members:
            report.note(NOBODY, room.name)
        return room.kind
    if len(members) > create_room.MOST_IN_DIRECT:
        report.note(LARGE, room.name)
    return "direct" if 0 < len(members) <= create_room.MOST_IN_DIRECT else "private"


def _belongs(room: Room, person: Known) -> bool:
    """Return whether a member there becomes one here: in a direct, even people who have left, since they define it."""
    return room.kind == "direct" or person.is_active


def _direct(tx: db.Transaction, members: list[int]) -> int:
    rows = tx.execute("select id from room where people = :people", people=",".join(map(str, members)))
    return int(rows[0][0]) if rows else 0


def _create(tx: db.Transaction, kind: str, room: Room, members: list[int], people: Mapping[str, Known],
            report: Report) -> int:
    by = people[room.creator].id if room.creator in people else members[0] if members and kind == "direct" else 0
    name = "" if kind == "direct" else free_name(tx, room, kind, report)
    between = ",".join(map(str, members)) if kind == "direct" else None
    return history.create_room(tx, kind, name, clean_topic(room, report), by, room.created or node.now(), between)


def free_name(reads: Reads, room: Room, kind: str, report: Report) -> str:
    """Return a name that no other open room has, as it was if possible."""
    plain = short_text.clean(short_text.without_hidden(room.name))
    base = plain[:rooms.NAME_LIMIT - 4].strip() if len(plain) > rooms.NAME_LIMIT else plain
    for wanted in (base, *(f"{base[:rooms.NAME_LIMIT - 4]}-{nth}" for nth in range(2, 999)), f"room {room.id}"[:60]):
        try:
            name = rooms.clean_name(reads, wanted, kind)
        except Refused:
            continue
        if name != room.name:
            report.note(RENAMED, f"{room.name} → {name}")
        return name
    return rooms.clean_name(reads, f"Room {node.now()}", kind)


def clean_topic(room: Room, report: Report) -> str:
    """Return the topic as it can be stored here."""
    clean = short_text.clean(short_text.without_hidden(room.topic))
    if len(clean) > rooms.TOPIC_LIMIT:
        report.note(TOPIC_CUT, room.name)
        clean = f"{clean[:rooms.TOPIC_LIMIT - 1]}…"
    return clean if short_text.has_visible(clean) else ""


def _add_members(tx: db.Transaction, found: Opened, room: Room, members: Iterable[int],
                 people: Mapping[str, Known]) -> None:
    """Add members who were not in an earlier export: those who left since then stay out."""
    before = {id for id, in tx.execute(JOINED, number=found.number)}
    new = [person for person in members if f"member/{person}" not in before]
    if not new:
        return
    tx.execute(JOIN, number=found.number, rows=[(f"member/{person}",) for person in new])
    able = {one.id for one in people.values() if one.is_active and one.role not in ("guest", "bot")}
    creator = people[room.creator].id if room.creator in people else 0
    has_admin = tx.execute("select 1 from member where room = :room and role = 'admin' limit 1",
                           room=rooms.number(found.channel))
    leaders = [person for person in [creator, *new] if person in able and person in new]
    admin = leaders[0] if leaders and not has_admin and room.kind != "direct" else 0
    history.add_members(tx, rooms.number(found.channel),
                        [(person, "admin" if person == admin else "member") for person in new], room.created)
