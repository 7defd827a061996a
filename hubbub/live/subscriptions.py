"""The events by which a connection reads channels: subscribe, resume, unsubscribe."""

import random
from typing import Annotated, Any

from msgspec import Meta

from hubbub import limits
from hubbub.core import follow, hub, node
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from hubbub.live import registry
from hubbub.live.connections import Connection
from hubbub.live.shutdown import RESUMES_PER_SECOND
from hubbub.web.schema import Channel, Seq

Position = tuple[Seq, Annotated[str, Meta(max_length=100)]]
CHANNELS = 1000  # that one connection may read
Positions = Annotated[dict[Channel, Position], Meta(max_length=CHANNELS)]


@registry.on("subscribe", scope="read")
def subscribe(connection: Connection, channel: Channel, cursor: Position | None = None) -> dict[str, int]:
    """Read a channel: what comes after the cursor [seq, key] first, or all of it; then every entry as it commits.

    The answer, with the head, comes when everything up to it was sent.
    """
    if len(hub.channels_of(connection) | {channel}) > CHANNELS:
        raise _too_many()
    return {"head": follow.follow(connection, channel, Cursor(*cursor) if cursor else START)}


@registry.on("resume", scope="read", rate=limits.HEAVY)
def resume(connection: Connection, cursors: Positions) -> dict[str, dict[str, Any]]:
    """Continue after a disconnection, with every cursor at once; the answer has a head or a refusal per channel."""
    admit_resume()
    room = CHANNELS - len(hub.channels_of(connection) - set(cursors))
    within = {channel: Cursor(*position) for channel, position in [*cursors.items()][:room]}
    answers = dict.fromkeys(cursors, _too_many()) | follow.resume(connection, within)
    return {channel: answer.payload if isinstance(answer, Refused) else {"head": answer}
            for channel, answer in answers.items()}


def _too_many() -> Refused:
    return Refused("error.subscription_limit", "too_large", limit=CHANNELS)


class Admission:
    """A token bucket for the resumes of a node."""

    def __init__(self) -> None:
        self.left, self.at = float(RESUMES_PER_SECOND), 0.0


admission = node.state(Admission)


def admit_resume() -> None:
    """Refuse a resume, to be repeated soon, when more clients return than can be served at once."""
    bucket, now = admission(), node.monotonic()
    bucket.left = min(RESUMES_PER_SECOND, bucket.left + (now - bucket.at) * RESUMES_PER_SECOND)
    bucket.at = now
    if bucket.left < 1:
        raise Refused("error.many_reconnect", "busy", retry_after=random.uniform(0.5, 2))
    bucket.left -= 1


@registry.on("unsubscribe", scope="read")
def unsubscribe(connection: Connection, channel: Channel) -> None:
    """Stop reading a channel."""
    follow.leave(connection, channel)
