"""The inbox over a connection: settling, how loud a channel is, and whether a device is looked at."""

from typing import Annotated

from msgspec import Meta

from hubbub import live
from hubbub.notifications import attention, model
from hubbub.web.schema import Channel, Seq

Seqs = Annotated[tuple[Seq, ...], Meta(max_length=200)]


@live.on("settle")
def settle(connection: live.Connection, seqs: Seqs) -> None:
    """Mark notifications as read, each by itself."""
    model.settle(connection.person, seqs)


@live.on("settle_all")
def settle_all(connection: live.Connection) -> None:
    """Mark all that waits in the inbox as read."""
    model.settle_all(connection.person)


@live.on("level")
def level(connection: live.Connection, channel: Channel, level: model.Level) -> None:
    """Choose how much of a channel one is told of; empty for what is usual there."""
    model.set_level(connection.person, channel, level)


@live.on("looking", scope="read")
def looking(connection: live.Connection, on: bool) -> None:
    """Say whether this device is looked at: while one is, nothing is pushed."""
    attention.set_visible(connection, on)
