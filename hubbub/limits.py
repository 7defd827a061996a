"""Rate limits: a token bucket for each person, address and room, in bounded memory.

A bucket is one number: the time at which it will be full again.  Taking a token moves that time by the interval of the
rate; if it would lie further ahead than a burst allows, the caller is refused with the seconds to wait.  Full buckets
are forgotten, and beyond 20,000 the least recently used.  Everything counts for its person, or for the address where
the person is not known yet, and ten times as much may come from one address in all.

In a cluster, each node informs the others once a second of those who took more than its part of their rate there.  So
a client that spreads a flood over all nodes gets what one node allows, after a second at most.

HUBBUB_LIMITS=off exempts peers on this machine and no one else: see `client.network`.
"""

import ipaddress
import math
from collections import Counter, OrderedDict
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

from hubbub.core import access, bus, cluster, node
from hubbub.core.access import Refused

KEPT = 20_000  # buckets; about 4 MB
CHECKED = 8  # full buckets that each new one looks for, so that old ones are forgotten before there are 20,000
PER_ADDRESS = 10  # times what one person may, for everyone behind one address
TOLERANCE = 0.001  # seconds: a client that waits for `retry_after`, which is in whole ms, is never too early
PER_ROOM = 5  # times what one person may, for everyone in one channel


RATES: dict[str, "Rate"] = {}
INTERVAL = 1.0  # seconds between two messages to other nodes


class Rate:
    """A number per second, and a burst after a pause; `refusal` is the id of the string if it is exceeded."""

    __slots__ = ("name", "per_second", "burst", "refusal", "interval", "slack")

    def __init__(self, name: str, per_second: float, burst: int, refusal: str = "error.too_fast") -> None:
        self.name, self.per_second, self.burst, self.refusal = name, per_second, burst, refusal
        self.interval = 1 / per_second
        self.slack = (burst - 1) * self.interval
        RATES[name] = self


class Class(Rate):
    """The rate of one person, with those of an address and, where others are notified, of a room."""

    __slots__ = ("address", "room")

    def __init__(self, name: str, per_second: float, burst: int, notifies_room: bool = False) -> None:
        super().__init__(name, per_second, burst)
        self.address = Rate(f"{name} from an address", per_second * PER_ADDRESS, burst * PER_ADDRESS,
                            "error.too_fast_address")
        self.room = Rate(f"{name} in a room", per_second * PER_ROOM, burst * PER_ROOM,
                         "error.too_fast_room") if notifies_room else None


READ = Class("read", 100, 500)
WRITE = Class("write", 20, 100)
POST = Class("post", 20, 40, notifies_room=True)
STREAM = Class("stream", 100, 200, notifies_room=True)  # what typing, programs and uploads send many of
HEAVY = Class("heavy", 10, 60)
URGENT = Class("urgent", 1 / 360, 10)  # notifications that ring in quiet times, too: ten an hour of a person
ALARMS = Class("urgent by programs", 1 / 60, 60)
CLASSES = (READ, WRITE, POST, STREAM, HEAVY)
USUAL = {"read": READ, "write": WRITE, "admin": WRITE, "anyone": READ}  # by scope, where none is declared
REQUEST = Rate("request", 200, 3000, "error.too_many_requests")
CONNECT = Rate("connect", 40, 400, "error.too_many_handshakes")  # handshakes and CONNECTs
ABUSE = Rate("abuse", 10, 250)  # refusals of one connection, after which it is closed

Subject = int | str  # a person, an address, a room or a connection


class Buckets:
    """The buckets of a node: when each will be full again."""

    def __init__(self) -> None:
        self.full_at: OrderedDict[tuple[str, Subject], float] = OrderedDict()
        self.taken: Counter[tuple[str, Subject]] | None = None  # lately; None while there is no other node


state = node.state(Buckets)


def exempt_loopback() -> bool:
    """Return whether peers on this machine are not counted."""
    return node.current().config.limits == "off"


def take(rate: Class, person: Subject | None, network: str) -> None:
    """Count one event for a person, or for the address where the person is unknown; Refused when it is too much.

    An empty network is a peer that is not counted.
    """
    if network:
        now = node.monotonic()
        _take(rate, person if person is not None else network, now)
        _take(rate.address, network, now)


def take_room(rate: Class, channel: str, network: str) -> None:
    """Count one event for a channel, to protect its readers from many who write together."""
    if network and rate.room is not None:
        _take(rate.room, channel, node.monotonic())


class RoomCharge:
    """Counts one event for a channel as soon as the caller's right to write there is established, and never without it.

    Otherwise a stranger could use up a private room's rate and so silence its members.
    """

    __slots__ = ("rate", "channel", "network", "_token")

    def __init__(self, rate: Class, channel: str, network: str) -> None:
        self.rate, self.channel, self.network = rate, channel, network

    def __enter__(self) -> None:
        self._token = access.on_write.set(self._charge)

    def __exit__(self, *_: object) -> None:
        access.on_write.reset(self._token)

    def _charge(self, allowed: str) -> None:
        if allowed == self.channel:
            self.channel = ""
            take_room(self.rate, allowed, self.network)


UNCHARGED = nullcontext()


def charge_room(rate: Class, channel: object, network: str) -> AbstractContextManager[None]:
    """Count one event for a channel while a handler runs, once it may write there."""
    if not network or rate.room is None or not isinstance(channel, str):
        return UNCHARGED
    return RoomCharge(rate, channel, network)


def take_address(rate: Rate, network: str) -> None:
    """Count one event for an address alone."""
    if network:
        _take(rate, network, node.monotonic())


def is_abusive(connection: str) -> bool:
    """Count a refusal of a connection; return whether it ignores so many that it must be closed."""
    try:
        _take(ABUSE, connection, node.monotonic())
    except Refused:
        return True
    return False


def _take(rate: Rate, subject: Subject, now: float) -> None:
    limits = state()
    buckets, key = limits.full_at, (rate.name, subject)
    full_at = buckets.get(key)
    if full_at is None:
        buckets[key] = now + rate.interval
        _forget_full(buckets, now)
    else:
        buckets.move_to_end(key)
        if full_at < now:
            full_at = now
        elif full_at - now > rate.slack + TOLERANCE:
            raise _refusal(rate, full_at - now - rate.slack)
        buckets[key] = full_at + rate.interval
    if limits.taken is not None:
        limits.taken[key] += 1


def _refusal(rate: Rate, wait: float) -> Refused:
    return Refused(rate.refusal, "too_fast", n=math.ceil(wait), retry_after=wait)


def _forget_full(buckets: OrderedDict[tuple[str, Subject], float], now: float) -> None:
    """Forget the least recently used buckets, as far as they are full or too many."""
    for _ in range(CHECKED):
        key, full_at = next(iter(buckets.items()))
        if full_at > now and len(buckets) <= KEPT:
            return
        del buckets[key]


@lru_cache(4096)
def network(address: str) -> str:
    """Return an IPv4 address, or the /64 of an IPv6 address, all of which belongs to one customer."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped is None:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)


class Taken(bus.Message, frozen=True):
    """How much was taken lately at a node, by those who took more than its part: rate, subject and number."""

    taken: list[tuple[str, Subject, int]]


@bus.on(cluster.Heartbeat)
def _share_from_now_on(heartbeat: cluster.Heartbeat) -> None:
    limits = state()
    if limits.taken is None:
        limits.taken = Counter()
        sharing = node.spawn(_share_regularly, limits)
        node.current().on_close(lambda: sharing.kill(block=False))


def _share_regularly(limits: Buckets) -> None:
    """Inform the other nodes, for as long as there are some."""
    while (nodes := cluster.size()) > 1:
        node.sleep(INTERVAL)
        taken, limits.taken = limits.taken or Counter(), Counter()
        many = [(name, subject, count) for (name, subject), count in taken.items()
                if name != ABUSE.name and count > RATES[name].per_second * INTERVAL / nodes]
        if many:
            bus.send(Taken(many))
    limits.taken = None


@bus.on(Taken)
def _take_elsewhere(message: Taken) -> None:
    """Count what was taken at another node; nobody waits longer for it than a second more than for a burst here."""
    buckets, now = state().full_at, node.monotonic()
    for name, subject, count in message.taken:
        if rate := RATES.get(name):
            key = name, subject
            full_at = max(buckets.get(key, now), now) + count * rate.interval
            buckets[key] = min(full_at, now + rate.slack + INTERVAL)
            buckets.move_to_end(key)
            _forget_full(buckets, now)
