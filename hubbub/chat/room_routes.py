"""HTTP routes of rooms, for scripts: the same actions as the socket events."""

from typing import Annotated

from flask import Blueprint
from msgspec import Meta

from hubbub import limits
from hubbub.chat import create_room, members, reading, rooms
from hubbub.chat.members import Member, Role
from hubbub.chat.rooms import Kind, Room
from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.web import api
from hubbub.web.schema import Channel, Key, Seq

blueprint = Blueprint("rooms", __name__)

Ids = Annotated[list[int], Meta(max_length=members.MOST)]
Limit = Annotated[int, Meta(ge=1, le=200)]


@api.route(blueprint, "GET", "/api/rooms")
def listed(visitor: Visitor, q: str = "", archived: bool = False, limit: Limit = 100) -> list[Room]:
    """List the rooms that you are in or may join, by name; `role` is empty if you are not a member."""
    return rooms.browse(db, visitor.person, q, archived, limit)


@api.route(blueprint, "POST", "/api/rooms", status=201, rate=limits.HEAVY)
def create(visitor: Visitor, name: str, kind: Kind, key: Key, topic: str = "",
           people: Ids = []) -> Room:  # noqa: B006  (read for the schema, never changed)
    """Create a room with these people as members."""
    return create_room.create(visitor.person, name, kind, topic, people, key)


@api.route(blueprint, "POST", "/api/directs", status=201, rate=limits.HEAVY)
def direct(visitor: Visitor, people: Ids) -> Room:
    """Return your conversation with these people, or with yourself; create it if there is none."""
    return create_room.direct(visitor.person, people)


@api.route(blueprint, "GET", "/api/rooms/<int:id>")
def get(visitor: Visitor, id: Seq) -> Room:
    """Return a room."""
    return rooms.get(db, visitor.person, f"room:{id}")


@api.route(blueprint, "PATCH", "/api/rooms/<int:id>")
def change(visitor: Visitor, id: Seq, key: Key, name: str | None = None, topic: str | None = None,
           archived: bool | None = None) -> Room:
    """Rename a room, set its topic, archive or restore it."""
    return rooms.change(visitor.person, f"room:{id}", key, name, topic, archived)


@api.route(blueprint, "GET", "/api/rooms/<int:id>/members")
def members_of(visitor: Visitor, id: Seq) -> list[Member]:
    """List the members of a room; empty for the Lobby, where everybody is."""
    return members.listed(db, visitor.person, f"room:{id}")


@api.route(blueprint, "POST", "/api/rooms/<int:id>/members", rate=limits.HEAVY)
def invite(visitor: Visitor, id: Seq, people: Ids, key: Key) -> Room:
    """Add people to a room; with your own id alone, join it."""
    channel = f"room:{id}"
    if people == [visitor.person]:
        return members.join(visitor.person, channel, key)
    return members.invite(visitor.person, channel, people, key)


@api.route(blueprint, "PATCH", "/api/rooms/<int:id>/members/<int:person>")
def room_role(visitor: Visitor, id: Seq, person: Seq, role: Role, key: Key) -> None:
    """Make a member an admin of the room, or an admin a member."""
    members.set_role(visitor.person, f"room:{id}", person, role, key)


@api.route(blueprint, "DELETE", "/api/rooms/<int:id>/members/<int:person>")
def remove(visitor: Visitor, id: Seq, person: Seq, key: Key, ban: bool = False) -> None:
    """Remove a person from a room; with your own id, leave it."""
    if person == visitor.person:
        members.leave(person, f"room:{id}", key)
    else:
        members.kick(visitor.person, f"room:{id}", person, key, ban)


@api.route(blueprint, "POST", "/api/channels/<channel>/read")
def read(visitor: Visitor, channel: Channel, seq: Seq) -> int:
    """Set how far you have read, also backwards; the last call wins.  Return the cursor's version."""
    return reading.up_to(visitor.person, channel, seq)


@api.route(blueprint, "POST", "/api/read-all", rate=limits.HEAVY)
def read_all(visitor: Visitor) -> dict[str, int]:
    """Mark everything as read; return the previous position of each moved cursor."""
    return reading.read_all(visitor.person)
