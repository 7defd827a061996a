"""Create rooms, and find or create the direct conversation between some people, or of a person with themselves."""

from hubbub import short_text
from hubbub.chat import members, rooms
from hubbub.chat.rooms import Kind, Room
from hubbub.core import cursors, db, log, node
from hubbub.core.access import Refused
from hubbub.people import model as people

MOST_IN_DIRECT = 10


def create(person: int, name: str, kind: Kind, topic: str, others: list[int], key: str) -> Room:
    """Create a room with its creator as admin and `others` as members; a repeated key returns the first room."""
    with db.transaction(*map(cursors.user_channel, (person, *others))) as tx:
        if not people.is_at_least(tx, person, "member"):
            raise Refused("error.no_rooms_for_guests", "denied")
        if found := tx.execute("select id from room where created_by = :person and key = :key", person=person, key=key):
            return rooms.get(tx, person, f"room:{found[0][0]}")
        clean = rooms.clean_name(tx, name, kind)
        [(room,)] = tx.execute(
            "insert into room (kind, name, folded, topic, created_by, since, key) "
            "values (:kind, :name, :folded, :topic, :person, :at, :key) returning id",
            kind=kind, name=clean, folded=short_text.fold(clean), topic=rooms.clean_topic(topic), person=person,
            at=node.now(), key=key)
        log.append(tx, f"room:{room}", "created", {}, author=person, key=log.server_key("created"))
        members.add(tx, room, person, "admin", by=person, key=log.server_key("joined"))
        invited = [other for other in dict.fromkeys(others) if other != person]
        members.check_may_add(tx, room, invited)
        for other in invited:
            members.add(tx, room, other, "member", by=person, key=log.server_key("joined", other))
        return rooms.view(tx, person, room)


def direct(person: int, others: list[int]) -> Room:
    """Return the conversation between a person and others, or of one person; create it if there is none."""
    between = sorted({person, *others})
    if len(between) > MOST_IN_DIRECT:
        raise Refused("error.direct_too_large", "too_large", limit=MOST_IN_DIRECT)
    with db.transaction(*map(cursors.user_channel, between)) as tx:
        known = ",".join(map(str, between))
        if found := tx.execute("select id from room where people = :known", known=known):
            return rooms.view(tx, person, found[0][0])
        if not people.is_at_least(tx, person, "member") and between != [person]:
            raise Refused("error.no_directs_for_guests", "denied")
        members.check_may_add(tx, 0, between)
        if members.bots_among(tx, between):
            raise Refused("error.person_not_found", "not_found")
        [(room,)] = tx.execute("insert into room (kind, people, created_by, since) "
                               "values ('direct', :known, :person, :at) returning id",
                               known=known, person=person, at=node.now())
        tx.execute("insert into member (room, person, role, since) select cast(:room as bigint), id, 'member', "
                   "cast(:at as double precision) from person where id = any(:between)",
                   room=room, between=between, at=node.now())
        log.append(tx, f"room:{room}", "created", {}, author=person, key=log.server_key("created"))
        for one in between:
            members.send_room(tx, one, room)
        return rooms.view(tx, person, room)
