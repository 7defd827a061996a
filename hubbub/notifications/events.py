"""Socket events of the inbox: mark as read, notification levels, and which devices are in use."""

from typing import Annotated

from msgspec import Meta

from hubbub import live
from hubbub.notifications import attention, model
from hubbub.web.schema import Channel, Seq

Seqs = Annotated[tuple[Seq, ...], Meta(max_length=200)]


@live.on("settle")
def settle(connection: live.Connection, seqs: Seqs) -> None:
    """Mark these notifications as read."""
    model.settle(connection.person, seqs)


@live.on("settle_all")
def settle_all(connection: live.Connection) -> None:
    """Mark everything in the inbox as read."""
    model.settle_all(connection.person)


@live.on("level")
def level(connection: live.Connection, channel: Channel, level: model.Level) -> None:
    """Choose which messages of a channel notify you; empty for the default."""
    model.set_level(connection.person, channel, level)


@live.on("looking", scope="read")
def looking(connection: live.Connection, on: bool) -> None:
    """Announce whether the page is visible on this device; while one is, nothing is pushed."""
    attention.set_visible(connection, on)
