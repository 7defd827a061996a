"""Socket events of messages: post, edit, delete, react, pin; follow threads."""

from operator import attrgetter
from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.chat import messages, reminders, saved, threads
from hubbub.core import db
from hubbub.notifications import alarms
from hubbub.people import presence
from hubbub.web.schema import Channel, Key, Seq

Moment = Annotated[float, Meta(ge=0)]
FileIds = Annotated[tuple[Annotated[str, Meta(max_length=64)], ...], Meta(max_length=messages.FILES_LIMIT)]


@live.on("post", rate=limits.POST)
def post(connection: live.Connection, channel: Channel, text: str, key: Key, thread: Seq = 0,
         also_to_room: bool = False, files: FileIds = (), quote: Seq = 0, urgent: bool = False) -> db.Call[int]:
    """Post a message, or a reply in the thread of a root; the acknowledgement is its seq, once it is durable.

    If it is `urgent`, it rings in quiet times, too, and again until somebody acknowledges it.
    """
    here = tuple(presence.online()) if "@here" in text.lower() else ()
    draft = messages.Draft(thread, also_to_room, files, quote, here, asks=urgent)
    return messages.post_later(connection.person, channel, text, key, draft).map(attrgetter("seq"))


@live.on("edit", rate=limits.POST)
def edit(connection: live.Connection, channel: Channel, seq: Seq, text: str, key: Key) -> int:
    """Replace the text of your own message."""
    return messages.edit(connection.person, channel, seq, text, key).seq


@live.on("delete", rate=limits.POST)
def delete(connection: live.Connection, channel: Channel, seq: Seq, key: Key) -> int:
    """Delete the text, earlier texts and files of a message."""
    return messages.delete(connection.person, channel, seq, key).seq


@live.on("react", rate=limits.POST)
def react(connection: live.Connection, channel: Channel, seq: Seq, emoji: str, on: bool, key: Key) -> int:
    """Add an emoji to a message, or remove your own; 0 if nothing changes."""
    entry = messages.react(connection.person, channel, seq, emoji, on, key)
    return entry.seq if entry else 0


@live.on("pin", rate=limits.POST)
def pin(connection: live.Connection, channel: Channel, seq: Seq, on: bool, key: Key) -> int:
    """Pin a message for everybody in the room, or unpin it; 0 if nothing changes."""
    entry = messages.pin(connection.person, channel, seq, on, key)
    return entry.seq if entry else 0


@live.on("follow_thread")
def follow_thread(connection: live.Connection, channel: Channel, root: Seq, on: bool) -> None:
    """Follow a thread, or stop following it."""
    threads.follow(connection.person, channel, root, on)


@live.on("read_thread")
def read_thread(connection: live.Connection, channel: Channel, root: Seq, seq: Seq) -> None:
    """Set how far you have read a thread that you follow, also backwards; the last call wins."""
    threads.read_up_to(connection.person, channel, root, seq)


@live.on("acknowledge_message", rate=limits.POST)
def acknowledge_message(connection: live.Connection, channel: Channel, seq: Seq, key: Key) -> None:
    """Acknowledge an urgent message that asks for it, for everyone who was notified of it."""
    alarms.acknowledge_message(connection.person, channel, seq)


@live.on("save", rate=limits.POST)
def save(connection: live.Connection, channel: Channel, seq: Seq, on: bool) -> None:
    """Save a message for later, for yourself only, or remove it from what you saved."""
    saved.save(connection.person, channel, seq, on)


@live.on("remind", rate=limits.POST)
def remind(connection: live.Connection, channel: Channel, seq: Seq, until: Moment, id: Key) -> None:
    """Bring a message into your inbox at a time (seconds since 1970); another time replaces the first."""
    reminders.remind(connection.person, channel, seq, until, id)
