"""Socket events of the inbox: mark as read, notification levels, and which devices are in use."""

from typing import Annotated

from msgspec import Meta

from hubbub import live
from hubbub.notifications import attention, model
from hubbub.web.schema import Channel, Seq

Seqs = Annotated[tuple[Seq, ...], Meta(max_length=200)]


@live.on("read_notifications")
def mark_read(connection: live.Connection, seqs: Seqs) -> None:
    """Mark these notifications as read."""
    model.mark_read(connection.person, seqs)


@live.on("read_all_notifications")
def mark_all_read(connection: live.Connection, up_to: Seq | None = None) -> None:
    """Mark everything in the inbox as read, or what is there up to this entry."""
    model.mark_all_read(connection.person, up_to)


@live.on("level")
def level(connection: live.Connection, channel: Channel, level: model.Level) -> None:
    """Choose which messages of a channel notify you; empty for the default."""
    model.set_level(connection.person, channel, level)


@live.on("page_visible", scope="read")
def page_visible(connection: live.Connection, on: bool) -> None:
    """Announce whether the page is visible on this device; while one is, nothing is pushed."""
    attention.set_visible(connection, on)
