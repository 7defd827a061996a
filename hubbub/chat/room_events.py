"""Rooms over a connection: making, joining, leaving and changing them; drafts, typing, reading everything."""

import time
from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.chat import create_room, drafts, members, reading, rooms
from hubbub.chat.members import Member, Role
from hubbub.chat.rooms import Kind, Room
from hubbub.core import access, db, hub
from hubbub.web.schema import Channel, Key, Seq

Ids = Annotated[list[int], Meta(max_length=members.MOST)]

TYPING = 1.0  # seconds between two signals of one person in one room; more often says nothing new

_typed: dict[tuple[int, str], float] = {}


@live.on("create_room", rate=limits.HEAVY)
def create(caller: live.Caller, name: str, kind: Kind, key: Key, topic: str = "",
           people: Ids = []) -> Room:  # noqa: B006  (read for the schema, never changed)
    """Make a room, with these people in it from the start."""
    return create_room.create(caller.person, name, kind, topic, people, key)


@live.on("direct", rate=limits.HEAVY)
def direct(caller: live.Caller, people: Ids) -> Room:
    """The conversation with these people, or with oneself for none; made when there was none."""
    return create_room.direct(caller.person, people)


@live.on("join")
def join(caller: live.Caller, channel: Channel, key: Key) -> Room:
    """Become a member of an open room."""
    return members.join(caller.person, channel, key)


@live.on("leave")
def leave(caller: live.Caller, channel: Channel, key: Key) -> None:
    """Stop being a member; nothing that comes after is delivered."""
    members.leave(caller.person, channel, key)


@live.on("invite", rate=limits.HEAVY)
def invite(caller: live.Caller, channel: Channel, people: Ids, key: Key) -> Room:
    """Put people into a room."""
    return members.invite(caller.person, channel, people, key)


@live.on("kick")
def kick(caller: live.Caller, channel: Channel, person: int, key: Key, ban: bool = False) -> None:
    """Remove somebody from a room; with `ban` for good."""
    members.kick(caller.person, channel, person, key, ban)


@live.on("forgive")
def forgive(caller: live.Caller, channel: Channel, person: int) -> None:
    """Let somebody who was removed for good come in again."""
    members.forgive(caller.person, channel, person)


@live.on("room_role")
def room_role(caller: live.Caller, channel: Channel, person: int, role: Role, key: Key) -> None:
    """Make a member admin of the room, or the other way."""
    members.set_role(caller.person, channel, person, role, key)


@live.on("rename_room")
def rename_room(caller: live.Caller, channel: Channel, name: str, key: Key) -> int:
    """Give a room another name; the acknowledgement is the entry's seq."""
    return rooms.rename(caller.person, channel, name, key).seq


@live.on("topic")
def topic(caller: live.Caller, channel: Channel, topic: str, key: Key) -> int:
    """Say what a room is about; the acknowledgement is the entry's seq."""
    return rooms.set_topic(caller.person, channel, topic, key).seq


@live.on("archive")
def archive(caller: live.Caller, channel: Channel, on: bool, key: Key) -> int:
    """Close a room for writing, or open it again; the acknowledgement is the entry's seq."""
    return rooms.archive(caller.person, channel, on, key).seq


@live.on("members", scope="read")
def listed(caller: live.Caller, channel: Channel) -> list[Member]:
    """Who is in a room; of the Lobby nobody, since everybody is."""
    return members.listed(db, caller.person, channel)


@live.on("draft")
def draft(caller: live.Caller, channel: Channel, text: str, thread: Seq = 0) -> int:
    """Keep what the caller has begun to write, or forget it when empty; the acknowledgement is its version."""
    return drafts.keep(caller.person, channel, thread, text)


@live.on("typing", rate=limits.STREAM)
def typing(caller: live.Caller, channel: Channel, thread: Seq = 0) -> None:
    """Let the others see that the caller is writing; more often than once a second is not passed on."""
    access.check(db, caller.person, channel, "reply" if thread else "post")
    now, last = time.monotonic(), _typed.get((caller.person, channel), 0.0)
    if now - last < TYPING:
        return
    if len(_typed) > 10_000:
        _typed.clear()
    _typed[caller.person, channel] = now
    hub.signal(channel, "typing", {"person": caller.person, "thread": thread})


@live.on("read")
def read(caller: live.Caller, channel: Channel, seq: Seq) -> None:
    """Say how far the caller has read; the last word wins, also backwards."""
    reading.up_to(caller.person, channel, seq)


@live.on("read_all", rate=limits.HEAVY)
def read_all(caller: live.Caller) -> dict[str, int]:
    """Say that everything is read; answered with where each moved cursor was, to take it back."""
    return reading.read_all(caller.person)
