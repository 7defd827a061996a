"""How often anybody may do something: a token bucket for each person, address and room, in bounded memory.

A bucket is one number: the time at which it will be full again.  Taking moves that time by the interval of the rate;
whoever moved it further ahead than a burst allows is refused, in words, with the seconds to wait.  Full buckets are
those whose time is over: they are forgotten, and beyond 20,000 those that were used longest ago.  Everything counts
for its person, where nobody is known yet for their address, and ten times as much may come from one address together.

HUBBUB_LIMITS=off lifts this for peers on this machine and for nobody else: see `door.network`.
"""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from hubbub.core import access
from hubbub.core.access import Refused

KEPT = 20_000  # buckets; about 4 MB
SWEPT = 8  # full buckets that each new one looks for, so that what is over is forgotten before it is 20,000
CROWD = 10  # times what one person may, for all behind one address
EXACT = 0.001  # seconds: who waits as long as they were told, in whole ms, is never too early
ROOM = 5  # times what one person may, for all in one channel


class Rate:
    """So many a second, and so many at once after a quiet time; `words` say what was too much."""

    __slots__ = ("name", "per_second", "burst", "words", "interval", "slack")

    def __init__(self, name: str, per_second: float, burst: int, words: str = "that is too fast") -> None:
        self.name, self.per_second, self.burst, self.words = name, per_second, burst, words
        self.interval = 1 / per_second
        self.slack = (burst - 1) * self.interval


class Class(Rate):
    """What one person may, with what all behind one address and, where others are told of it, all in a room may."""

    __slots__ = ("crowd", "room")

    def __init__(self, name: str, per_second: float, burst: int, is_told: bool = False) -> None:
        super().__init__(name, per_second, burst)
        self.crowd = Rate(f"{name} from an address", per_second * CROWD, burst * CROWD,
                          "too much comes from your address at once")
        self.room = Rate(f"{name} in a room", per_second * ROOM, burst * ROOM,
                         "too much happens here at once") if is_told else None


READ = Class("read", 100, 500)
WRITE = Class("write", 20, 100)
POST = Class("post", 20, 40, is_told=True)
STREAM = Class("stream", 100, 200, is_told=True)  # what hands, programs and uploads send many of
HEAVY = Class("heavy", 10, 60)
CLASSES = (READ, WRITE, POST, STREAM, HEAVY)
USUAL = {"read": READ, "write": WRITE, "admin": WRITE, "anyone": READ}  # by scope, of what declares none
ANY = Rate("request", 200, 3000, "too many requests come from your address")
ARRIVAL = Rate("arrival", 40, 400, "too many connections are opened from your address")  # handshakes and CONNECTs
OFFENCE = Rate("offence", 10, 250)  # refusals of one connection, after which it is closed

Who = int | str
Key = tuple[str, Who]
lifted = False  # whether peers on this machine are not counted
_full_at: OrderedDict[Key, float] = OrderedDict()


def take(rate: Class, who: Who | None, network: str) -> None:
    """Count one for a person, or for their address where nobody is known; Refused when it is too much.

    An empty network is a peer that is not counted.
    """
    if network:
        now = time.monotonic()
        _take(rate, who if who is not None else network, now)
        _take(rate.crowd, network, now)


def take_room(rate: Class, channel: str, network: str) -> None:
    """Count one for the channel that is told of it: those who read there are spared many who write together."""
    if network and rate.room is not None:
        _take(rate.room, channel, time.monotonic())


@contextmanager
def charge_room(rate: Class, channel: object, network: str) -> Iterator[None]:
    """Count one for a channel as soon as the caller's right to write there is established, and never without it.

    Otherwise a stranger could use up a private room's rate and so silence its members.
    """
    charged = False

    def charge(allowed: str) -> None:
        nonlocal charged
        if allowed == channel and not charged:
            charged = True
            take_room(rate, allowed, network)

    token = access.on_write.set(charge)
    try:
        yield
    finally:
        access.on_write.reset(token)


def take_address(rate: Rate, network: str) -> None:
    """Count one for an address alone."""
    if network:
        _take(rate, network, time.monotonic())


def goes_on(connection: str) -> bool:
    """Count a refusal of a connection; whether it goes on so far beyond all limits that it is to be closed."""
    try:
        _take(OFFENCE, connection, time.monotonic())
    except Refused:
        return True
    return False


def _take(rate: Rate, who: Who, now: float) -> None:
    key = rate.name, who
    full_at = _full_at.get(key)
    if full_at is None:
        _full_at[key] = now + rate.interval
        _forget_some(now)
        return
    _full_at.move_to_end(key)
    if full_at < now:
        full_at = now
    elif full_at - now > rate.slack + EXACT:
        raise _refusal(rate, full_at - now - rate.slack)
    _full_at[key] = full_at + rate.interval


def _refusal(rate: Rate, wait: float) -> Refused:
    seconds = math.ceil(wait)
    return Refused(f"{rate.words}: wait {seconds} second{'s' * (seconds > 1)}", "too_fast", retry_after=wait)


def _forget_some(now: float) -> None:
    """Forget those used longest ago, as far as they are full or too many."""
    for _ in range(SWEPT):
        key, full_at = next(iter(_full_at.items()))
        if full_at > now and len(_full_at) <= KEPT:
            return
        del _full_at[key]


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _full_at.clear()


def buckets() -> int:
    """How many are kept now."""
    return len(_full_at)


@lru_cache(4096)
def network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 address: whoever has one has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
