"""Rooms: the rights in them, changes of them, and a room as one person sees it.

The Lobby is open to everybody and has no member rows.  Everybody except guests may read public rooms and announcements
without joining.  Only members may read private rooms and directs, even owners and admins, and for others a private room
answers exactly like one that does not exist.  Bots are in the Lobby, and otherwise read only rooms to which they were
added.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, Literal

import msgspec

from hubbub import short_text
from hubbub.core import access, db, hub, log, node
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry

LOBBY = "room:1"
NAME_LIMIT, TOPIC_LIMIT = 60, 250
OPEN = ("lobby", "public", "announcement")
BOUND = ("guest", "bot")  # roles on the server that read no room without being added to it
ID = re.compile(r"[1-9][0-9]{0,14}")
EVERY_DAY = {"post", "reply", "react", "pin", "edit", "delete"}

Kind = Literal["public", "private", "announcement"]


class Room(msgspec.Struct, frozen=True):
    """A room as one person sees it; `role` is theirs in it, `people` those of a direct, `at` the last entry."""

    channel: str
    kind: str
    name: str
    topic: str
    archived: bool
    members: int
    role: str
    people: list[int]
    n: int
    head: tuple[int, str]
    at: float


# The right to read a room: for members, and for others if the room is open to them.
OPEN_TO = "(room.kind = 'lobby' or room.kind in ('public', 'announcement') and person.role not in ('guest', 'bot'))"
READER = f"(member.person is not null or {OPEN_TO})"  # for a room, a person, and the member row, if there is one
READABLE = f"""(select member.room as id from member join person on person.id = member.person
        where member.person = :person and person.banned is null
    union select room.id from room join person on person.id = :person and person.banned is null where {OPEN_TO})"""
RIGHTS = f"""select room.kind, room.archived is not null, coalesce(member.role, ''), person.role, {READER}, room.id
    from room join person on person.id = :person and person.banned is null
    left join member on member.room = room.id and member.person = person.id where room.id"""
RIGHTS_OF_EACH = f"""select person.id, room.kind, room.archived is not null, coalesce(member.role, ''), person.role,
    {READER}, room.id from each(:visits) as visit(person bigint, room bigint)
    join room on room.id = visit.room join person on person.id = visit.person and person.banned is null
    left join member on member.room = room.id and member.person = person.id"""


hub.end_reading_by("room", "left", until="joined")


@access.rule("room")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Return whether a person may do `verb` in a room now."""
    rows = reads.execute(f"{RIGHTS} = :room", person=person, room=number(f"room:{name}"))
    return bool(rows) and _may(verb, *rows[0])


@access.rule_for_many("room")
def may_in(reads: Reads, person: int, names: list[str], verb: str) -> list[str]:
    """Return those of many rooms in which a person may do `verb` now."""
    rows = reads.execute(f"{RIGHTS} = any(:rooms)", person=person, rooms=[number(f"room:{name}") for name in names])
    return [str(row[-1]) for row in rows if _may(verb, *row)]


@access.rule_for_readers("room")
def readers(reads: Reads, people: list[int], name: str) -> list[int]:
    """Return those of these people who may read a room now."""
    rows = reads.execute(RIGHTS_OF_EACH, visits=[(person, number(f"room:{name}")) for person in people])
    return [person for person, *row in rows if _may("read", *row)]


def _may(verb: str, kind: str, archived: bool, role: str, place: str, is_reader: bool, id: int) -> bool:
    is_member = role != "" or kind == "lobby"
    leads = is_reader and (role == "admin" and place not in BOUND or place in ("owner", "admin") and kind != "direct")
    if verb == "read":
        return bool(is_reader)
    if verb in ("manage", "moderate"):
        return bool(leads)
    if verb == "follow":
        return bool(is_member)
    if archived or kind == "direct" and verb in ("invite", "join", "leave"):
        return verb == "leave" and is_member and kind not in ("lobby", "direct")
    if verb == "join":
        return kind in OPEN and bool(is_reader)
    if verb == "leave" or verb == "invite":
        return role != "" and (verb == "leave" or place not in BOUND)
    if verb == "post":
        return bool(is_member and (kind != "announcement" or role == "admin" or place == "bot"))
    return verb in EVERY_DAY and is_member


def titles(reads: Reads, channels: list[str]) -> dict[str, str]:
    """Return the names of rooms by channel; that of a direct is empty."""
    rows = reads.execute("select id, name from room where id = any(:ids)", ids=[number(name) for name in channels])
    return {f"room:{id}": name for id, name in rows}


ROOMS = """select room.id, room.kind, room.name, room.topic, room.archived is not null,
    case when room.kind = 'lobby' then (select count(*) from person where id > 0 and banned is null and role <> 'bot')
         else (select count(*) from member other where other.room = room.id) end,
    coalesce(member.role, ''), coalesce(room.people, ''), coalesce(channel.n, 0), coalesce(channel.head, 0),
    coalesce(entry.key, ''), coalesce(entry.at, room.since)
    from room left join member on member.room = room.id and member.person = :person
    left join channel on channel.name = 'room:' || room.id
    left join entry on entry.channel = channel.name and entry.seq = channel.head"""
ONE = f"{ROOMS} where room.id = :room"
MINE = f"""{ROOMS} where room.id in (select held.room from member held where held.person = :person union all select 1)
    order by room.id"""
JOINED = """(select 'room:' || member.room as name from member where member.person = :person
    union all select 'room:' || 1)"""  # the channels of a person's rooms
BROWSE = f"""{ROOMS} join person on person.id = :person and person.banned is null
    where room.kind <> 'direct' and {READER} and (room.archived is not null) = (:archived = 1)
    and room.folded like :pattern escape '!'
    order by room.folded, room.id limit :limit"""

PAGE = f"""{ROOMS} where room.id in (select readable.id from {READABLE} as readable) and room.id > :after
    and room.kind = any(:kinds) and (room.archived is null or :archived = 1) order by room.id limit :limit"""


TAKEN = """select name from room where id <> :but and folded = :folded and archived is null
    and kind in ('lobby', 'public', 'announcement')"""


def _room(row: tuple[Any, ...]) -> Room:
    id, kind, name, topic, archived, members, role, between, n, seq, key, at = row
    return Room(f"room:{id}", kind, name, topic, bool(archived), members, role,
                [int(one) for one in between.split(",")] if between else [], n, (seq, key), at)


def get(reads: Reads, person: int, channel: str) -> Room:
    """Return a room as this person sees it; refuse it like an absent one if they may not read it."""
    check(reads, person, channel, "read")
    return _room(reads.execute(ONE, person=person, room=number(channel))[0])


def view(reads: Reads, person: int, room: int) -> Room:
    """Return the same without checking rights: for a person who was just added to it."""
    return _room(reads.execute(ONE, person=person, room=room)[0])


def mine(reads: Reads, person: int) -> list[Room]:
    """Return the rooms that a person is in, the Lobby first."""
    return [_room(row) for row in reads.execute(MINE, person=person)]


def browse(reads: Reads, person: int, q: str = "", archived: bool = False, limit: int = 100) -> list[Room]:
    """Return the rooms that a person is in or may join, by name; `q` is a part of the name."""
    rows = reads.execute(BROWSE, person=person, archived=int(archived), pattern=short_text.pattern(q), limit=limit)
    return [_room(row) for row in rows]


def page(reads: Reads, person: int, kinds: list[str], after: int, limit: int, *, with_archived: bool) -> list[Room]:
    """Return the rooms of these kinds that a person may read, by id, from the one after `after` on."""
    rows = reads.execute(PAGE, person=person, kinds=kinds, after=after, limit=limit, archived=int(with_archived))
    return [_room(row) for row in rows]


def number(channel: str) -> int:
    """Return the id in `room:<id>`; 0 for other kinds, and for an id in another spelling: a room has one name."""
    kind, _, name = channel.partition(":")
    return int(name) if kind == "room" and ID.fullmatch(name) else 0


def check(reads: Reads, person: int, channel: str, verb: str) -> None:
    """Refuse unless the person may `verb` in this channel, and it is a room: documents know some of the verbs, too."""
    access.check(reads, person, channel, verb)
    if not number(channel):
        raise Refused("error.not_a_room", "bad_input")


class Rights:
    """The rights of several people, each in a room, read with one statement."""

    def __init__(self, reads: Reads, visits: Iterable[tuple[int, str]]) -> None:
        pairs = list({(person, number(channel)) for person, channel in visits})
        rows = reads.execute(RIGHTS_OF_EACH, visits=pairs)
        self._rows = {(row[0], f"room:{row[-1]}"): row[1:] for row in rows}

    def check(self, person: int, channel: str, verb: str, on_write: Callable[[str], None] | None = None) -> None:
        """Refuse as `check` does; `on_write` is called as `access.check` calls it."""
        row = self._rows.get((person, channel))
        access.decide(lambda wanted: row is not None and _may(wanted, *row), channel, verb, on_write)


def rename(person: int, channel: str, name: str, key: str) -> Entry:
    """Give a room another name."""
    with db.transaction(channel) as tx:
        return _rename(tx, person, channel, name, key)


def set_topic(person: int, channel: str, topic: str, key: str) -> Entry:
    """Set the topic of a room."""
    with db.transaction(channel) as tx:
        return _set_topic(tx, person, channel, topic, key)


def archive(person: int, channel: str, on: bool, key: str) -> Entry:
    """Close a room for writing, or open it again; everything in it stays readable."""
    with db.transaction(channel) as tx:
        return _archive(tx, person, channel, on, key)


def change(person: int, channel: str, key: str, name: str | None = None, topic: str | None = None,
           archived: bool | None = None) -> Room:
    """Apply all the changes that are given, or none; a repeated key applies none again."""
    with db.transaction(channel) as tx:
        check(tx, person, channel, "manage")
        if name is not None:
            _rename(tx, person, channel, name, log.server_key("of", key, "name"))
        if topic is not None:
            _set_topic(tx, person, channel, topic, log.server_key("of", key, "topic"))
        if archived is not None:
            _archive(tx, person, channel, archived, log.server_key("of", key, "archived"))
        return view(tx, person, number(channel))


def _rename(tx: db.Transaction, person: int, channel: str, name: str, key: str) -> Entry:
    if first := log.find_duplicate(tx, channel, person, key):
        return first
    clean = clean_name(tx, name, _manageable(tx, person, channel).kind, but=number(channel))
    tx.execute("update room set name = :name, folded = :folded where id = :room",
               name=clean, folded=short_text.fold(clean), room=number(channel))
    return log.append(tx, channel, "renamed", {"name": clean}, author=person, key=key, is_new=True)


def _set_topic(tx: db.Transaction, person: int, channel: str, topic: str, key: str) -> Entry:
    if first := log.find_duplicate(tx, channel, person, key):
        return first
    _manageable(tx, person, channel)
    clean = clean_topic(topic)
    tx.execute("update room set topic = :topic where id = :room", topic=clean, room=number(channel))
    return log.append(tx, channel, "topic", {"topic": clean}, author=person, key=key, is_new=True)


def _archive(tx: db.Transaction, person: int, channel: str, on: bool, key: str) -> Entry:
    if first := log.find_duplicate(tx, channel, person, key):
        return first
    room = _manageable(tx, person, channel)
    if not on:
        clean_name(tx, room.name, room.kind, but=number(channel))  # the name may have been taken meanwhile
    tx.execute("update room set archived = :at where id = :room", at=node.now() if on else None, room=number(channel))
    return log.append(tx, channel, "archived", {"on": on}, author=person, key=key, is_new=True)


def _manageable(tx: db.Transaction, person: int, channel: str) -> Room:
    """Return a room whose name, topic and archive the person may change; refuse everything else."""
    check(tx, person, channel, "manage")
    room = view(tx, person, number(channel))
    if room.kind == "direct":
        raise Refused("error.direct_has_no_settings", "bad_input")
    return room


def clean_name(reads: Reads, name: str, kind: str, but: int = 0) -> str:
    """Return the name as it is stored; refuse an empty, long or hidden one, and the name of another open room."""
    clean = short_text.clean(name)
    if not clean:
        raise Refused("error.room_name_missing", "bad_input")
    if len(clean) > NAME_LIMIT:
        raise Refused("error.room_name_too_long", "too_large", limit=NAME_LIMIT)
    if not short_text.is_visible(clean):
        raise Refused("error.room_name_invisible", "bad_input")
    if kind in OPEN:
        reads.execute("select 1 from room where id = 1 for update")  # so that no two rooms get a name at the same time
        similar = reads.execute(TAKEN, but=but, folded=short_text.fold(clean))
        if short_text.key(clean) in (short_text.key(other) for other, in similar):
            raise Refused("error.room_name_taken", "conflict", name=clean)
    return clean


def clean_topic(topic: str) -> str:
    """Return the topic in one line; refuse more than 250 characters."""
    clean = short_text.clean(topic)
    if len(clean) > TOPIC_LIMIT:
        raise Refused("error.topic_too_long", "too_large", limit=TOPIC_LIMIT)
    if clean and not short_text.is_visible(clean):
        raise Refused("error.topic_invisible", "bad_input")
    return clean
