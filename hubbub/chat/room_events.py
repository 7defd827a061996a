"""Socket events of rooms: create, join, leave and change them; drafts, typing, read cursors."""

from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.chat import create_room, drafts, members, reading, rooms
from hubbub.chat.members import Member, Role
from hubbub.chat.rooms import Kind, Room
from hubbub.core import db, hub, node
from hubbub.web.schema import Channel, Key, Seq

Ids = Annotated[list[int], Meta(max_length=members.MOST)]

TYPING = 1.0  # seconds between two signals of one person in one room

class Typing:
    """The time when this node last signalled that a person is typing in a room."""

    def __init__(self) -> None:
        self.at: dict[tuple[int, str], float] = {}


typing_signals = node.state(Typing)


@live.on("create_room", rate=limits.HEAVY)
def create(connection: live.Connection, name: str, kind: Kind, key: Key, topic: str = "",
           people: Ids = []) -> Room:  # noqa: B006  (read for the schema, never changed)
    """Create a room with these people as members."""
    return create_room.create(connection.person, name, kind, topic, people, key)


@live.on("open_direct", rate=limits.HEAVY)
def direct(connection: live.Connection, people: Ids) -> Room:
    """Return your conversation with these people, or with yourself; create it if there is none."""
    return create_room.direct(connection.person, people)


@live.on("join")
def join(connection: live.Connection, channel: Channel, key: Key) -> Room:
    """Join an open room."""
    return members.join(connection.person, channel, key)


@live.on("leave")
def leave(connection: live.Connection, channel: Channel, key: Key) -> None:
    """Leave a room; no later entry of it is delivered."""
    members.leave(connection.person, channel, key)


@live.on("invite", rate=limits.HEAVY)
def invite(connection: live.Connection, channel: Channel, people: Ids, key: Key) -> Room:
    """Add people to a room."""
    return members.invite(connection.person, channel, people, key)


@live.on("kick")
def kick(connection: live.Connection, channel: Channel, person: int, key: Key, ban: bool = False) -> None:
    """Remove a person from a room; with `ban` they cannot come back."""
    members.kick(connection.person, channel, person, key, ban)


@live.on("unban")
def unban(connection: live.Connection, channel: Channel, person: int) -> None:
    """Lift the ban of a person from a room."""
    members.unban(connection.person, channel, person)


@live.on("set_room_role")
def room_role(connection: live.Connection, channel: Channel, person: int, role: Role, key: Key) -> None:
    """Make a member an admin of the room, or an admin a member."""
    members.set_role(connection.person, channel, person, role, key)


@live.on("rename_room")
def rename_room(connection: live.Connection, channel: Channel, name: str, key: Key) -> int:
    """Rename a room; the acknowledgement is the entry's seq."""
    return rooms.rename(connection.person, channel, name, key).seq


@live.on("topic")
def topic(connection: live.Connection, channel: Channel, topic: str, key: Key) -> int:
    """Set the topic of a room; the acknowledgement is the entry's seq."""
    return rooms.set_topic(connection.person, channel, topic, key).seq


@live.on("archive")
def archive(connection: live.Connection, channel: Channel, on: bool, key: Key) -> int:
    """Close a room for writing, or open it again; the acknowledgement is the entry's seq."""
    return rooms.archive(connection.person, channel, on, key).seq


@live.on("members", scope="read")
def listed(connection: live.Connection, channel: Channel) -> list[Member]:
    """List the members of a room; empty for the Lobby, where everybody is."""
    return members.listed(db, connection.person, channel)


@live.on("draft")
def draft(connection: live.Connection, channel: Channel, text: str, thread: Seq = 0) -> int:
    """Save a draft, or delete it when the text is empty; the acknowledgement is its version."""
    return drafts.save(connection.person, channel, thread, text)


@live.on("typing", rate=limits.STREAM)
def typing(connection: live.Connection, channel: Channel, thread: Seq = 0) -> None:
    """Show the others that you are typing; sent on at most once a second."""
    rooms.check(db, connection.person, channel, "reply" if thread else "post")
    signals, now = typing_signals().at, node.monotonic()
    if now - signals.get((connection.person, channel), -TYPING) < TYPING:
        return
    if len(signals) > 10_000:
        signals.clear()
    signals[connection.person, channel] = now
    hub.signal(channel, "typing", {"person": connection.person, "thread": thread})


@live.on("read")
def read(connection: live.Connection, channel: Channel, seq: Seq) -> None:
    """Set how far you have read, also backwards; the last call wins."""
    reading.up_to(connection.person, channel, seq)


@live.on("read_all", rate=limits.HEAVY)
def read_all(connection: live.Connection) -> dict[str, int]:
    """Mark everything as read; the answer is the previous position of each moved cursor, for undo."""
    return reading.read_all(connection.person)
