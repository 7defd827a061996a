"""HTTP routes of messages, threads and search, and the data of the page's first view."""

from typing import Annotated, Any

from flask import Blueprint, request
from msgspec import Meta

from hubbub import limits
from hubbub.chat import messages, projection, rooms, search, threads
from hubbub.chat.events import FileIds
from hubbub.core import access, cursors, db, windows
from hubbub.core.access import Visitor
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.people import guests, preferences, presence
from hubbub.web import api
from hubbub.web.schema import Channel, Key, Seq

blueprint = Blueprint("chat", __name__)

Limit = Annotated[int, Meta(ge=1, le=100)]
Moment = Annotated[float, Meta(ge=0, le=1e12)]
Zone = Annotated[str, Meta(max_length=64)]


@api.route(blueprint, "POST", "/api/channels/<channel>/entries", status=201, rate=limits.POST)
def post(visitor: Visitor, channel: Channel, text: str, key: Key, thread: Seq = 0, also_to_room: bool = False,
         files: FileIds = (), quote: Seq = 0, urgent: bool = False) -> Entry:
    """Post a message; return its entry once it is durable, the first one for a repeated key.

    If it is `urgent`, it rings in quiet times, too, and again until somebody acknowledges it.
    """
    here = tuple(presence.online()) if "@here" in text.lower() else ()
    draft = messages.Draft(thread, also_to_room, files, quote, here, asks=urgent)
    return messages.post(visitor.person, channel, text, key, draft)


@api.route(blueprint, "GET", "/api/channels/<channel>/messages/<int:seq>")
def message(visitor: Visitor, channel: Channel, seq: Seq) -> dict[str, Any]:
    """Return a message as it is now, and the people in it."""
    return projection.one(visitor.person, channel, seq)


@api.route(blueprint, "GET", "/api/channels/<channel>/entry-at")
def entry_at(visitor: Visitor, channel: Channel, at: Moment = 0) -> int:
    """Return the seq of the first message of a room from a moment on, in UTC seconds; 0 if there is none."""
    return projection.first_since(visitor.person, channel, at)


@api.route(blueprint, "PATCH", "/api/channels/<channel>/messages/<int:seq>", rate=limits.POST)
def edit(visitor: Visitor, channel: Channel, seq: Seq, text: str, key: Key) -> Entry:
    """Replace the text of your own message."""
    return messages.edit(visitor.person, channel, seq, text, key)


@api.route(blueprint, "DELETE", "/api/channels/<channel>/messages/<int:seq>", rate=limits.POST)
def delete(visitor: Visitor, channel: Channel, seq: Seq, key: Key) -> Entry:
    """Delete the text, earlier texts and files of a message."""
    return messages.delete(visitor.person, channel, seq, key)


@api.route(blueprint, "GET", "/api/channels/<channel>/messages/<int:seq>/history")
def history(visitor: Visitor, channel: Channel, seq: Seq) -> list[dict[str, Any]]:
    """List the texts of a message and their times, the oldest first."""
    return messages.history(db, visitor.person, channel, seq)


@api.route(blueprint, "PUT", "/api/channels/<channel>/messages/<int:seq>/reactions/<emoji>", rate=limits.POST)
def react(visitor: Visitor, channel: Channel, seq: Seq, emoji: str, key: Key) -> Entry | None:
    """Add an emoji to a message; null if you had added it before."""
    return messages.react(visitor.person, channel, seq, emoji, True, key)


@api.route(blueprint, "DELETE", "/api/channels/<channel>/messages/<int:seq>/reactions/<emoji>", rate=limits.POST)
def unreact(visitor: Visitor, channel: Channel, seq: Seq, emoji: str, key: Key) -> Entry | None:
    """Remove your emoji from a message; null if there is none."""
    return messages.react(visitor.person, channel, seq, emoji, False, key)


@api.route(blueprint, "PUT", "/api/channels/<channel>/messages/<int:seq>/pin", rate=limits.POST)
def pin(visitor: Visitor, channel: Channel, seq: Seq, key: Key) -> Entry | None:
    """Pin a message for everybody in the room; null if it is pinned already."""
    return messages.pin(visitor.person, channel, seq, True, key)


@api.route(blueprint, "DELETE", "/api/channels/<channel>/messages/<int:seq>/pin", rate=limits.POST)
def unpin(visitor: Visitor, channel: Channel, seq: Seq, key: Key) -> Entry | None:
    """Unpin a message; null if it is not pinned."""
    return messages.pin(visitor.person, channel, seq, False, key)


@api.route(blueprint, "GET", "/api/channels/<channel>/pins")
def pins(visitor: Visitor, channel: Channel) -> dict[str, Any]:
    """List the pinned messages of a room, the last pinned first."""
    return projection.pins(visitor.person, channel)


@api.route(blueprint, "GET", "/api/channels/<channel>/threads/<int:root>")
def thread(visitor: Visitor, channel: Channel, root: Seq, before: Seq = windows.NEWEST,
           limit: Limit = windows.PAGE) -> dict[str, Any]:
    """Return a thread: its root, the last replies, whether you follow it and how far you have read."""
    return projection.thread(visitor.person, channel, root, Span(before=before, limit=limit))


@api.route(blueprint, "PUT", "/api/channels/<channel>/threads/<int:root>/follow")
def follow(visitor: Visitor, channel: Channel, root: Seq, on: bool) -> None:
    """Follow a thread, or stop following it."""
    threads.follow(visitor.person, channel, root, on)


@api.route(blueprint, "GET", "/api/threads")
def followed(visitor: Visitor, limit: Limit = windows.PAGE) -> dict[str, Any]:
    """List the threads that you follow, the last replied to first."""
    return projection.followed(visitor.person, limit)


@api.route(blueprint, "GET", "/api/saved")
def saved_messages(visitor: Visitor, before: Moment = 1e12, limit: Limit = windows.PAGE) -> dict[str, Any]:
    """List the messages that you saved and may still read, the last saved first; `saved` is when, for the next page."""
    return projection.saved(visitor.person, before, limit)


@api.route(blueprint, "GET", "/api/search", rate=limits.HEAVY)
def find(visitor: Visitor, q: str, before: Seq = 0, limit: Limit = 20, zone: Zone = "UTC",
         context: bool = False) -> dict[str, Any]:
    """Find the newest messages for a query that you may read; pass on the answer's `before` for the next page.

    The days in a query are those of `zone`, such as Europe/Berlin. With `context`, each result has the message before
    it and the one after it.
    """
    hits, wanted = search.find(visitor.person, q, before, limit, zone)
    return {**projection.found(hits, context),
            "before": hits[-1] if len(hits) == limit else 0,
            "words": list(wanted.words), "unfinished": wanted.is_unfinished}


def opening(person: int | None) -> dict[str, object]:
    """Return the windows of the page's first view: the room in its address, and its reader's own state."""
    if person is None:
        return {messages.LOBBY: windows.newest(messages.LOBBY)} if guests.are_allowed(request.environ) else {}
    address = request.view_args or {}
    room = f"room:{address.get('room', 1)}"
    channel = room if access.allows(db, person, room, "read") else rooms.LOBBY
    seq = address.get("seq", 0) if channel == room else 0
    seq = seq or _first_unread(person, channel)
    window = windows.around(channel, seq) if seq else windows.newest(channel)
    return {channel: window, cursors.user_channel(person): windows.newest(cursors.user_channel(person))}


def _first_unread(person: int, channel: str) -> int:
    """Return the seq at which the room opens if its newest window does not reach back to it; 0 if it does."""
    if preferences.of(db, person).get("rooms", ("unread",))[0] != "unread":
        return 0
    read = cursors.read_up_to(db, person, channel)
    return read + 1 if read and cursors.unread(db, person, channel) > windows.PAGE else 0
