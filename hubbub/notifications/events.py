"""Socket events of the inbox: mark as read, notification levels, and which devices are in use."""

from typing import Annotated

from msgspec import Meta

from hubbub import live
from hubbub.notifications import alarms, attention, model, snooze, undo
from hubbub.web.schema import Channel, Seq

Seqs = Annotated[tuple[Seq, ...], Meta(max_length=200)]
Action = Annotated[str, Meta(max_length=50, pattern="^[0-9A-Za-z]*$")]  # the device's name for what it does
Conversation = Annotated[str, Meta(max_length=200)]
Moment = Annotated[float, Meta(ge=0)]  # seconds since 1970


@live.on("read_notifications")
def mark_read(connection: live.Connection, seqs: Seqs, action: Action = "") -> None:
    """Mark these notifications as read; an `action` can be undone."""
    model.mark_read(connection.person, seqs, action)


@live.on("read_all_notifications")
def mark_all_read(connection: live.Connection, up_to: Seq | None = None, conversation: Conversation = "",
                  show: model.Filter = "unread", action: Action = "") -> None:
    """Mark everything in the inbox as read: what a filter shows, of a conversation, up to an entry, if given."""
    model.mark_all_read(connection.person, up_to, conversation=conversation, show=show, action=action)


@live.on("snooze_notifications")
def snooze_notifications(connection: live.Connection, until: Moment, seqs: Seqs = (), conversation: Conversation = "",
                         show: model.Filter = "unread", up_to: Seq = model.ALL, action: Action = "") -> None:
    """Hide these notifications, or those of a conversation, until a time, when they are pushed again; 0: show them."""
    snooze.snooze(connection.person, until, seqs, conversation=conversation, show=show, up_to=up_to, action=action)


@live.on("undo_notifications")
def undo_notifications(connection: live.Connection, action: Action) -> None:
    """Undo what an action marked as read or snoozed."""
    undo.undo(connection.person, action)


@live.on("acknowledge")
def acknowledge(connection: live.Connection, seq: Seq) -> alarms.State:
    """Acknowledge an urgent notification that asks for it, for all its recipients."""
    return alarms.acknowledge(connection.person, seq)


@live.on("level")
def level(connection: live.Connection, channel: Channel, level: model.Level) -> None:
    """Choose which messages of a channel notify you; empty for the default."""
    model.set_level(connection.person, channel, level)


@live.on("page_visible", scope="read")
def page_visible(connection: live.Connection, on: bool) -> None:
    """Announce whether the page is visible on this device; while one is, nothing is pushed."""
    attention.set_visible(connection, on)
