"""Socket events of rooms: create, join, leave and change them; drafts, typing, read cursors."""

from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.chat import create_room, drafts, members, reading, rooms
from hubbub.chat.members import Member, Role
from hubbub.chat.rooms import Kind, Room
from hubbub.core import access, db, hub, node
from hubbub.web.schema import Channel, Key, Seq

Ids = Annotated[list[int], Meta(max_length=members.MOST)]

TYPING = 1.0  # seconds between two signals of one person in one room; more often says nothing new

class Typing:
    """When this node last signalled that a person types in a room."""

    def __init__(self) -> None:
        self.at: dict[tuple[int, str], float] = {}


typing_signals = node.state(Typing)


@live.on("create_room", rate=limits.HEAVY)
def create(connection: live.Connection, name: str, kind: Kind, key: Key, topic: str = "",
           people: Ids = []) -> Room:  # noqa: B006  (read for the schema, never changed)
    """Make a room, with these people in it from the start."""
    return create_room.create(connection.person, name, kind, topic, people, key)


@live.on("direct", rate=limits.HEAVY)
def direct(connection: live.Connection, people: Ids) -> Room:
    """The conversation with these people, or with oneself for none; made when there was none."""
    return create_room.direct(connection.person, people)


@live.on("join")
def join(connection: live.Connection, channel: Channel, key: Key) -> Room:
    """Become a member of an open room."""
    return members.join(connection.person, channel, key)


@live.on("leave")
def leave(connection: live.Connection, channel: Channel, key: Key) -> None:
    """Stop being a member; nothing that comes after is delivered."""
    members.leave(connection.person, channel, key)


@live.on("invite", rate=limits.HEAVY)
def invite(connection: live.Connection, channel: Channel, people: Ids, key: Key) -> Room:
    """Put people into a room."""
    return members.invite(connection.person, channel, people, key)


@live.on("kick")
def kick(connection: live.Connection, channel: Channel, person: int, key: Key, ban: bool = False) -> None:
    """Remove somebody from a room; with `ban` for good."""
    members.kick(connection.person, channel, person, key, ban)


@live.on("forgive")
def forgive(connection: live.Connection, channel: Channel, person: int) -> None:
    """Let somebody who was removed for good come in again."""
    members.forgive(connection.person, channel, person)


@live.on("room_role")
def room_role(connection: live.Connection, channel: Channel, person: int, role: Role, key: Key) -> None:
    """Make a member admin of the room, or the other way."""
    members.set_role(connection.person, channel, person, role, key)


@live.on("rename_room")
def rename_room(connection: live.Connection, channel: Channel, name: str, key: Key) -> int:
    """Give a room another name; the acknowledgement is the entry's seq."""
    return rooms.rename(connection.person, channel, name, key).seq


@live.on("topic")
def topic(connection: live.Connection, channel: Channel, topic: str, key: Key) -> int:
    """Say what a room is about; the acknowledgement is the entry's seq."""
    return rooms.set_topic(connection.person, channel, topic, key).seq


@live.on("archive")
def archive(connection: live.Connection, channel: Channel, on: bool, key: Key) -> int:
    """Close a room for writing, or open it again; the acknowledgement is the entry's seq."""
    return rooms.archive(connection.person, channel, on, key).seq


@live.on("members", scope="read")
def listed(connection: live.Connection, channel: Channel) -> list[Member]:
    """Who is in a room; of the Lobby nobody, since everybody is."""
    return members.listed(db, connection.person, channel)


@live.on("draft")
def draft(connection: live.Connection, channel: Channel, text: str, thread: Seq = 0) -> int:
    """Keep what the caller has begun to write, or forget it when empty; the acknowledgement is its version."""
    return drafts.save(connection.person, channel, thread, text)


@live.on("typing", rate=limits.STREAM)
def typing(connection: live.Connection, channel: Channel, thread: Seq = 0) -> None:
    """Let the others see that the caller is writing; more often than once a second is not passed on."""
    access.check(db, connection.person, channel, "reply" if thread else "post")
    signals, now = typing_signals().at, node.monotonic()
    if now - signals.get((connection.person, channel), -TYPING) < TYPING:
        return
    if len(signals) > 10_000:
        signals.clear()
    signals[connection.person, channel] = now
    hub.signal(channel, "typing", {"person": connection.person, "thread": thread})


@live.on("read")
def read(connection: live.Connection, channel: Channel, seq: Seq) -> None:
    """Say how far the caller has read; the last word wins, also backwards."""
    reading.up_to(connection.person, channel, seq)


@live.on("read_all", rate=limits.HEAVY)
def read_all(connection: live.Connection) -> dict[str, int]:
    """Say that everything is read; answered with where each moved cursor was, to take it back."""
    return reading.read_all(connection.person)
