"""Password throttling: wrong passwords delay the next attempt, by account and by address; no account is locked.

An attempt is counted before its password is checked, so parallel attempts gain nothing; an attempt that is refused
because it came too soon is not counted.  The longest delay is a minute for an account and 15 minutes for an address.
A browser that signed in to this account before, and this machine, have counters of their own: the owner can sign in
while strangers guess.  Unknown handles are counted like existing ones.
"""

import math
from collections import OrderedDict
from typing import NamedTuple

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.limits import network

MOST = 20_000  # counters, about 5 MB
EXPIRY = 3600.0  # seconds without an attempt after which a counter is forgotten


class Place(NamedTuple):
    """A counter of attempts: how many are free, and the longest delay in seconds after those."""

    name: str
    free: int
    longest: float


class Guesses:
    """The failed attempts that this node remembers: count and time of the last one, by the name of a place."""

    def __init__(self) -> None:
        self.counts: OrderedDict[str, tuple[int, float]] = OrderedDict()


state = node.state(Guesses)


def places(handle: str, address: str, own: str = "") -> list[Place]:
    """Return the counters of an attempt; `own` names this machine, or a device of the account."""
    if own:
        return [Place(f"own {handle} {own}", 5, 60)]
    return [Place(f"account {handle}", 5, 60), Place(f"address {network(address)}", 20, 900)]


def begin(*where: Place) -> None:
    """Count an attempt; Refused with the seconds to wait if it comes too soon."""
    counts, now = state().counts, node.monotonic()
    left = max(_delay(place, now) for place in where)
    if left > 0:
        raise Refused("error.too_many_attempts", "too_fast", n=math.ceil(left), retry_after=left)
    for place in where:
        count, _ = _count(place, now)
        counts[place.name] = count + 1, now
        counts.move_to_end(place.name)
    while len(counts) > MOST:
        counts.popitem(last=False)


def succeeded(*where: Place) -> None:
    """Uncount a successful attempt for its address, and reset the counter of the account."""
    counts = state().counts
    for place in where:
        count, at = counts.pop(place.name, (0, 0.0))
        if place.name.startswith("address") and count > 1:
            counts[place.name] = count - 1, at


def _delay(place: Place, now: float) -> float:
    count, at = _count(place, now)
    beyond = count - place.free
    return at + min(place.longest, 2.0 ** min(beyond, 20)) - now if beyond >= 0 else 0.0


def _count(place: Place, now: float) -> tuple[int, float]:
    count, at = state().counts.get(place.name, (0, 0.0))
    return (count, at) if now - at < EXPIRY else (0, 0.0)
