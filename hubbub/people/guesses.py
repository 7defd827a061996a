"""Slow on guessing: wrong passwords make the next try wait, by account and by address, and nobody is locked out.

A try is counted before its password is looked at, so many at once gain nothing, and a try that must wait is not
counted.  The account's wait ends after a minute at most, the address's after a quarter of an hour.  A browser that
signed in to this account before is counted on its own and not slowed by what others guess, and so is this machine:
an owner gets in while the whole internet guesses.  Unknown handles are counted like known ones.
"""

import math
from collections import OrderedDict
from typing import NamedTuple

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.limits import network

KEPT = 20_000  # places that are counted; about 5 MB
FORGIVEN = 3600.0  # seconds of quiet after which a place is forgotten


class Place(NamedTuple):
    """Where guesses are counted: how many are free, and the longest wait in seconds after them."""

    name: str
    free: int
    longest: float


class Guesses:
    """The failed attempts that this node remembers: how many, and when the last one was, by place."""

    def __init__(self) -> None:
        self.counts: OrderedDict[str, tuple[int, float]] = OrderedDict()


state = node.state(Guesses)


def places(handle: str, address: str, own: str = "") -> list[Place]:
    """Where a try is counted; `own` names a browser that is known for this account, or this machine."""
    if own:
        return [Place(f"own {handle} {own}", 5, 60)]
    return [Place(f"account {handle}", 5, 60), Place(f"address {network(address)}", 20, 900)]


def begin(*where: Place) -> None:
    """Count a try; Refused with the seconds to wait if it comes too soon."""
    counts, now = state().counts, node.monotonic()
    left = max(_left(place, now) for place in where)
    if left > 0:
        seconds = math.ceil(left)
        raise Refused(f"too many tries: wait {seconds} second{'s' * (seconds > 1)}, then try again", "too_fast",
                      retry_after=left)
    for place in where:
        count, _ = _recall(place, now)
        counts[place.name] = count + 1, now
        counts.move_to_end(place.name)
    while len(counts) > KEPT:
        counts.popitem(last=False)


def right(*where: Place) -> None:
    """The try was right: it does not count for its address, and the account begins anew."""
    counts = state().counts
    for place in where:
        count, at = counts.pop(place.name, (0, 0.0))
        if place.name.startswith("address") and count > 1:
            counts[place.name] = count - 1, at


def _left(place: Place, now: float) -> float:
    count, at = _recall(place, now)
    beyond = count - place.free
    return at + min(place.longest, 2.0 ** min(beyond, 20)) - now if beyond >= 0 else 0.0


def _recall(place: Place, now: float) -> tuple[int, float]:
    count, at = state().counts.get(place.name, (0, 0.0))
    return (count, at) if now - at < FORGIVEN else (0, 0.0)
