"""Polls over a connection."""

from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.web.schema import Channel, Key, Seq
from hubbub_polls import model

Options = Annotated[list[str], Meta(max_length=model.OPTIONS)]


@live.on("poll", rate=limits.POST)
def poll(connection: live.Connection, channel: Channel, question: str, options: Options, key: Key) -> int:
    """Post a poll; the acknowledgement is the seq of its message."""
    return model.create(connection.person, channel, question, options, key).seq


@live.on("vote", rate=limits.POST)
def vote(connection: live.Connection, channel: Channel, seq: Seq, option: Seq, key: Key) -> int:
    """Vote in a poll, or change one's vote."""
    return model.vote(connection.person, channel, seq, option, key).seq


@live.on("close_poll", rate=limits.POST)
def close_poll(connection: live.Connection, channel: Channel, seq: Seq, key: Key) -> int:
    """Count no more votes in a poll."""
    return model.close(connection.person, channel, seq, key).seq
