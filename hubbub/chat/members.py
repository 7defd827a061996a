"""Members of a room: join, leave, invite, remove, ban.  Each is an entry; rights change exactly there."""

from typing import Literal

import msgspec

from hubbub.chat import rooms, threads
from hubbub.chat.rooms import Room
from hubbub.core import cursors, db, follow, log, node
from hubbub.core.access import Reads, Refused
from hubbub.notifications import model as notifications
from hubbub.people import accounts, settings
from hubbub.people import model as people

MOST = 50  # people who can be invited at once

FIRST = """select id from room where id = any(:named) and kind in ('public', 'announcement') and archived is null
    and not exists (select 1 from member where member.room = room.id and member.person = :person) order by id"""

Role = Literal["member", "admin"]


class Member(msgspec.Struct, frozen=True):
    """One member of a room."""

    person: int
    role: str
    since: float


def join(person: int, channel: str, key: str) -> Room:
    """Join an open room."""
    with db.transaction(channel) as tx:
        if log.find_duplicate(tx, channel, person, key):
            return rooms.get(tx, person, channel)
        rooms.check(tx, person, channel, "join")
        room = rooms.number(channel)
        if is_banned(tx, room, person):
            raise Refused("error.you_are_banned", "denied")
        if channel != rooms.LOBBY and not role(tx, room, person):
            add(tx, room, person, "member", by=person, key=key)
        return rooms.view(tx, person, room)


def leave(person: int, channel: str, key: str) -> None:
    """Leave a room; no later entry of it is delivered."""
    with db.transaction(channel) as tx:
        if log.find_duplicate(tx, channel, person, key):
            return
        rooms.check(tx, person, channel, "leave")
        remove(tx, channel, person, by=person, key=key)


def invite(person: int, channel: str, others: list[int], key: str) -> Room:
    """Add people to a room, except its members; refuse all of it if one of them cannot be added.

    Bots are added by those who manage the room.
    """
    if len(others) > MOST:
        raise Refused("error.too_many_invited", "too_large", limit=MOST)
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "manage" if bots_among(tx, others) else "invite")
        room = rooms.number(channel)
        keys = {log.server_key("of", key, other): other for other in others}
        left_out = {person for person, in tx.execute(
            "select person from member where room = :room and person = any(:others)", room=room, others=others)}
        left_out |= {keys[once] for once, in tx.execute(
            "select key from entry where channel = :channel and author = :person and key = any(:keys)",
            channel=channel, person=person, keys=list(keys))}
        added = {once: other for once, other in keys.items() if other not in left_out}
        check_may_add(tx, room, list(added.values()))
        tx.lock(*map(cursors.user_channel, added.values()))
        for once, other in added.items():
            add(tx, room, other, "member", by=person, key=once)
        return rooms.view(tx, person, room)


def kick(person: int, channel: str, other: int, key: str, ban: bool = False) -> None:
    """Remove a person from a room; with `ban` they cannot come back."""
    with db.transaction(channel) as tx:
        if log.find_duplicate(tx, channel, person, key):
            return
        rooms.check(tx, person, channel, "manage")
        room = rooms.number(channel)
        if channel == rooms.LOBBY:
            raise Refused("error.lobby_is_open", "bad_input")
        if other == person:
            raise Refused("error.self_removed", "bad_input")
        if people.role(tx, other) == "owner" and people.role(tx, person) != "owner":
            raise Refused("error.owner_removed", "denied")
        if ban:
            tx.execute("insert into room_ban (room, person, banned_by, since) values (:room, :other, :person, :at) "
                       "on conflict (room, person) do nothing", room=room, other=other, person=person, at=node.now())
        if role(tx, room, other):
            remove(tx, channel, other, by=person, key=key, ban=ban)


def unban(person: int, channel: str, other: int) -> None:
    """Lift the ban of a person from a room."""
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "manage")
        tx.execute("delete from room_ban where room = :room and person = :other",
                   room=rooms.number(channel), other=other)


def set_role(person: int, channel: str, other: int, to: Role, key: str) -> None:
    """Make a member an admin of the room, or an admin a member; refuse it for the last admin."""
    with db.transaction(channel) as tx:
        if log.find_duplicate(tx, channel, person, key):
            return
        rooms.check(tx, person, channel, "manage")
        room = rooms.number(channel)
        current = role(tx, room, other)
        if not current:
            raise Refused("error.not_a_member", "not_found")
        if current == to:
            return
        if to == "admin" and not people.is_at_least(tx, other, "member"):
            raise Refused("error.guest_as_admin", "denied")
        if to == "member" and _admins(tx, room) == [other]:
            raise Refused("error.last_admin", "denied")
        tx.execute("update member set role = :to where room = :room and person = :other", to=to, room=room, other=other)
        log.append(tx, channel, "role", {"person": other, "role": to}, author=person, key=key)
        send_room(tx, other, room)


def listed(reads: Reads, person: int, channel: str) -> list[Member]:
    """Return the members of a room, admins first; none for the Lobby, where everybody is."""
    rooms.check(reads, person, channel, "read")
    rows = reads.execute("select person, role, since from member where room = :room order by role, since, person",
                         room=rooms.number(channel))
    return [Member(*row) for row in rows]


def role(reads: Reads, room: int, person: int) -> str:
    """Return a person's role in a room; empty if they are not a member."""
    rows = reads.execute("select role from member where room = :room and person = :person", room=room, person=person)
    return rows[0][0] if rows else ""


def is_banned(reads: Reads, room: int, person: int) -> bool:
    """Return whether a person is banned from a room."""
    return bool(reads.execute("select 1 from room_ban where room = :room and person = :person",
                              room=room, person=person))


def check_may_add(reads: Reads, room: int, others: list[int]) -> None:
    """Refuse if one of these people does not exist or is banned, from the server or from the room."""
    rows = reads.execute("select id, name, banned is not null, exists (select 1 from room_ban where room = :room "
                         "and person = person.id) from person where id > 0 and id = any(:others)",
                         room=room, others=others)
    known = {id: (name, is_banned, is_banned_here) for id, name, is_banned, is_banned_here in rows}
    for other in others:
        name, is_banned, is_banned_here = known.get(other, ("", True, False))
        if is_banned:
            raise Refused("error.person_not_found", "not_found")
        if is_banned_here:
            raise Refused("error.person_banned", "denied", name=name)


def bots_among(reads: Reads, others: list[int]) -> bool:
    """Return whether one of these people is a bot, whom only those who manage a room may add to it."""
    return bool(reads.execute("select 1 from person where id = any(:others) and role = 'bot' limit 1", others=others))


def add(tx: db.Transaction, room: int, person: int, to: Role, *, by: int, key: str) -> None:
    """Add a person to a room, with an entry there and one in their own channel; earlier messages count as read."""
    tx.execute("insert into member (room, person, role, since) values (:room, :person, :role, :at)",
               room=room, person=person, role=to, at=node.now())
    data = {"person": person} if by == person else {"person": person, "by": by}
    entry = log.append(tx, f"room:{room}", "joined", data, author=by, key=key)
    cursors.move(tx, person, entry.channel, entry.seq, entry.n)
    send_room(tx, person, room)


def add_invited(tx: db.Transaction, person: int, room: int, by: int) -> None:
    """Add a person who accepted an invite to the room it names."""
    tx.lock(f"room:{room}")
    if f"room:{room}" != rooms.LOBBY and not role(tx, room, person) and not is_banned(tx, room, person):
        add(tx, room, person, "member", by=by, key=log.server_key("invite", person, node.now()))


def add_to_first_rooms(tx: db.Transaction, person: int) -> None:
    """Add a new person to the rooms that the settings of the server name, as far as they are still public."""
    if not people.is_at_least(tx, person, "member"):
        return
    named = [room for room, in tx.execute(FIRST, named=settings.current(tx).rooms, person=person)]
    tx.lock(*(f"room:{room}" for room in named))
    for room, in tx.execute(FIRST, named=named, person=person):
        add(tx, room, person, "member", by=person, key=log.server_key("first", person))


def send_room(tx: db.Transaction, person: int, room: int) -> None:
    """Send the room as it is now to all devices of a member."""
    current = rooms.view(tx, person, room)
    log.append(tx, cursors.user_channel(person), "room", msgspec.to_builtins(current), author=people.SYSTEM,
               key=f"room/{room}/{current.head[0]}")


def remove(tx: db.Transaction, channel: str, person: int, *, by: int, key: str, ban: bool = False) -> None:
    """Remove a member from a room that is locked, with an entry there and one in their own channel."""
    room = rooms.number(channel)
    tx.execute("delete from member where room = :room and person = :person", room=room, person=person)
    data = {"person": person, **({"by": by} if by != person else {}), **({"banned": True} if ban else {})}
    entry = log.append(tx, channel, "left", data, author=by, key=key)
    follow.recheck(tx, person)  # channels whose rights depend on the room, such as its documents
    threads.forget(tx, channel, person)
    notifications.leave(tx, person, channel)
    _keep_an_admin(tx, ":room", room=room)
    log.append(tx, cursors.user_channel(person), "room_left", {"channel": channel}, author=people.SYSTEM,
               key=f"left/{room}/{entry.seq}")


def _admins(reads: Reads, room: int) -> list[int]:
    """Return the admins of a room who can act: no guests and no banned people."""
    return [id for id, in reads.execute("select member.person from member join person on person.id = member.person "
                                        "where room = :room and member.role = 'admin' "
                                        "and person.role not in ('guest', 'bot') and person.banned is null", room=room)]


HEIRS = """select room.id, (select member.person from member join person on person.id = member.person
        where member.room = room.id and person.role not in ('guest', 'bot') and person.banned is null
        order by member.since, member.person limit 1)
    from room where room.id in ({rooms}) and not exists (
        select 1 from member join person on person.id = member.person where member.room = room.id
        and member.role = 'admin' and person.role not in ('guest', 'bot') and person.banned is null) order by room.id"""
LED = """select member.room from member join room on room.id = member.room
    where member.person = :person and member.role = 'admin' and room.kind <> 'direct'"""


def _keep_an_admin(tx: db.Transaction, which: str, **values: int) -> None:
    """Make the longest member admin in those of these rooms that have no admin left; never a guest."""
    for room, heir in tx.execute(HEIRS.format(rooms=which), **values):
        if heir is None:
            continue
        tx.execute("update member set role = 'admin' where room = :room and person = :heir", room=room, heir=heir)
        log.append(tx, f"room:{room}", "role", {"person": heir, "role": "admin"}, author=people.SYSTEM,
                   key=log.server_key("heir", heir, node.now()))
        send_room(tx, heir, room)


def replace_admin(tx: db.Transaction, person: int) -> None:
    """Replace a person who was banned or became a guest as the admin of their rooms.

    Locks all of their rooms, so that nothing by them comes after a ban that is committed.
    """
    tx.lock(*(name for name, in tx.execute(f"select name from {rooms.JOINED} as joined", person=person)))
    _keep_an_admin(tx, LED, person=person)


def mark_lobby_read(tx: db.Transaction, person: int) -> None:
    """Mark the Lobby as read for a new person."""
    for head, n in tx.execute("select head, n from channel where name = :channel and head > 0", channel=rooms.LOBBY):
        cursors.move(tx, person, rooms.LOBBY, head, n)


accounts.on_invited(add_invited)
accounts.on_joined(add_to_first_rooms)
people.on_create(mark_lobby_read)
people.on_demotion(replace_admin)
