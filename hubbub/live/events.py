"""Reading channels over a connection: subscribe, resume, unsubscribe."""

import random
import time
from typing import Annotated

from msgspec import Meta

from hubbub import limits, live
from hubbub.core import follow, hub
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from hubbub.web.schema import Channel, Seq

Place = tuple[Seq, Annotated[str, Meta(max_length=100)]]
CHANNELS = 1000  # that one connection hears
Places = Annotated[dict[Channel, Place], Meta(max_length=CHANNELS)]


@live.on("subscribe", scope="read")
def subscribe(caller: live.Caller, channel: Channel, cursor: Place | None = None) -> dict[str, int]:
    """Hear a channel: what comes after the cursor [seq, key] first, or all of it; then every entry as it commits.

    Answered with the head when everything up to it was sent.
    """
    if len(hub.joined(caller) | {channel}) > CHANNELS:
        raise _too_many()
    return {"head": follow.follow(caller, channel, Cursor(*cursor) if cursor else START)}


@live.on("resume", scope="read", rate=limits.HEAVY)
def resume(caller: live.Caller, cursors: Places) -> dict[str, dict[str, str | float]]:
    """Go on after a cut, with every cursor at once; each channel is answered with its head or why not."""
    _admit()
    room = CHANNELS - len(hub.joined(caller) - set(cursors))
    within = {channel: Cursor(*place) for channel, place in [*cursors.items()][:room]}
    answers = dict.fromkeys(cursors, _too_many()) | follow.resume(caller, within)
    return {channel: answer.said if isinstance(answer, Refused) else {"head": answer}
            for channel, answer in answers.items()}


def _too_many() -> Refused:
    return Refused(f"one connection hears {CHANNELS} channels at most", "too_large")


_tokens = [float(live.RESUMES), 0.0]  # how many may come at once now, and when that was counted


def _admit() -> None:
    """When a herd comes back, those beyond what can be served soon come a little later."""
    left, at = _tokens
    now = time.monotonic()
    left = min(live.RESUMES, left + (now - at) * live.RESUMES)
    _tokens[:] = left - (left >= 1), now
    if left < 1:
        raise Refused("many are coming back at this moment: wait a little", "busy", retry_after=random.uniform(0.5, 2))


@live.on("unsubscribe", scope="read")
def unsubscribe(caller: live.Caller, channel: Channel) -> None:
    """Stop hearing a channel."""
    follow.leave(caller, channel)
