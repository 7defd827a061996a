"""Reading channels over a connection: subscribe, resume, unsubscribe."""

from typing import Annotated

from msgspec import Meta

from hubbub import live
from hubbub.core import access, follow
from hubbub.core.log import START, Cursor
from hubbub.web.schema import Channel, Seq

Place = tuple[Seq, Annotated[str, Meta(max_length=64)]]
Places = Annotated[dict[Channel, Place], Meta(max_length=1000)]


@live.on("subscribe", scope="read")
def subscribe(caller: live.Caller, channel: Channel, cursor: Place | None = None) -> dict[str, int]:
    """Hear a channel: what comes after the cursor [seq, key] first, or all of it; then every entry as it commits.

    Answered with the head when everything up to it was sent.
    """
    return {"head": follow.follow(caller, channel, Cursor(*cursor) if cursor else START)}


@live.on("resume", scope="read")
def resume(caller: live.Caller, cursors: Places) -> dict[str, dict[str, str | float]]:
    """Go on after a cut, with every cursor at once; each channel is answered with its head or why not."""
    return {channel: _resume(caller, channel, place) for channel, place in cursors.items()}


def _resume(caller: live.Caller, channel: str, place: Place) -> dict[str, str | float]:
    try:
        return {"head": follow.follow(caller, channel, Cursor(*place))}
    except access.Refused as no:
        return no.said


@live.on("unsubscribe", scope="read")
def unsubscribe(caller: live.Caller, channel: Channel) -> None:
    """Stop hearing a channel."""
    follow.leave(caller, channel)
