"""Latest-value channels: only the newest value of each symbol counts, so a slow watcher never gets a backlog.

Every `put` advances a version.  A watcher is owed what changed after the version of its last frame: there is no queue,
and no more memory than its list of symbols, however long it stays away.  At most one frame is on its way to a
connection; the next goes out when the client has acknowledged the last one, and no sooner than its rate allows.

Each node has all values.  Ten times a second, it sends the newest of those that it put to the nodes that have watchers.
The slice that puts values reads from the database what a node did not get, at the latest after a few seconds.
"""

from collections.abc import Iterable
from typing import Any

import gevent

from hubbub.core import bus, hub, node
from hubbub.core.tail import Frame, Peer

RATES = (100, 250, 1000, 5000)  # ms between two frames of a watcher
UNACKNOWLEDGED = 5.0  # seconds until the next frame goes to a client that does not acknowledge
TOPIC = "latest"  # of the bus
SHARED = 0.1  # seconds for which values are gathered before the other nodes get the newest

Age = tuple[float, int]  # the time when a source began, and its count since then: the later of two values has more


class Values(bus.Message, frozen=True):
    """The newest values that a node put, with their ages, and the symbols that it dropped."""

    values: dict[str, tuple[Age, Any]]
    dropped: list[str]


class Watcher:
    """The symbols that one connection watches, and the version up to which they were sent."""

    __slots__ = ("symbols", "rate", "sent", "sent_at")

    def __init__(self, symbols: frozenset[str], rate: int, sent: int) -> None:
        self.symbols = symbols
        self.rate = rate
        self.sent = sent
        self.sent_at = 0.0  # the time of a frame that is not acknowledged yet; 0 for none

    def is_ready(self, now: float) -> bool:
        """Return whether the last frame was acknowledged, or is no longer waited for."""
        return not self.sent_at or now - self.sent_at > UNACKNOWLEDGED


class Latest:
    """The newest values in this node, and their watchers."""

    def __init__(self) -> None:
        self.version = 0
        self.values: dict[str, tuple[int, Age, Any]] = {}
        self.unshared: set[str] = set()  # symbols that the other nodes have not got yet
        self.sharing: gevent.Greenlet[..., Any] | None = None
        self.watchers: dict[Peer, Watcher] = {}
        self.watched: dict[str, int] = {}  # the number of watchers of each symbol
        self.timers: dict[int, gevent.Greenlet[..., Any]] = {}  # by rate


state = node.state(Latest)


def put(symbol: str, value: Any, age: Age = (0.0, 0)) -> None:
    """Set the newest value of a symbol, here and at the other nodes; call it after the commit that stores it."""
    load(symbol, value, age)
    _share(symbol)


def load(symbol: str, value: Any, age: Age) -> None:
    """Set the value of a symbol at this node, unless a later one is there already."""
    latest = state()
    if symbol not in latest.values or latest.values[symbol][1] <= age:
        latest.version += 1
        latest.values[symbol] = latest.version, age, value


def drop(symbol: str) -> None:
    """Forget a symbol that was deleted, here and at the other nodes."""
    state().values.pop(symbol, None)
    _share(symbol)


def keep(symbols: Iterable[str]) -> None:
    """Forget all other symbols at this node."""
    latest, kept = state(), set(symbols)
    latest.values = {symbol: found for symbol, found in latest.values.items() if symbol in kept}


def value(symbol: str) -> Any | None:
    """Return the newest value, or None when there never was one."""
    found = state().values.get(symbol)
    return found[2] if found else None


def _share(symbol: str) -> None:
    latest = state()
    if bus.is_alone():
        return
    latest.unshared.add(symbol)
    if latest.sharing is None:
        latest.sharing = node.spawn_later(SHARED, _send)
        node.current().on_close(_stop_sharing)


def _send() -> None:
    latest = state()
    symbols, latest.unshared, latest.sharing = latest.unshared, set(), None
    values = {symbol: latest.values[symbol][1:] for symbol in symbols if symbol in latest.values}
    bus.send(Values(values, [symbol for symbol in symbols if symbol not in values]), TOPIC)


def _stop_sharing() -> None:
    if sharing := state().sharing:
        sharing.kill(block=False)


@bus.on(Values)
def _receive(message: Values) -> None:
    for symbol, (age, value) in message.values.items():
        load(symbol, value, age)
    for symbol in message.dropped:
        state().values.pop(symbol, None)


def watch(peer: Peer, symbols: Iterable[str], rate: int) -> dict[str, Any]:
    """Send a connection the changes of these symbols instead of those before; return their present values."""
    unwatch(peer)
    latest, wanted = state(), frozenset(symbols)
    if wanted:
        if not latest.watchers:
            bus.subscribe(TOPIC)
        latest.watchers[peer] = Watcher(wanted, rate, latest.version)
        for symbol in wanted:
            latest.watched[symbol] = latest.watched.get(symbol, 0) + 1
        if rate not in latest.timers:
            latest.timers[rate] = node.spawn(_run_timer, rate)
            node.current().on_close(_stop_timers)
    return _changes(wanted, 0)


def unwatch(peer: Peer) -> None:
    """Send nothing more, also to a closed connection."""
    latest = state()
    watcher = latest.watchers.pop(peer, None)
    for symbol in watcher.symbols if watcher else ():
        latest.watched[symbol] -= 1
        if not latest.watched[symbol]:
            del latest.watched[symbol]
    if watcher and not latest.watchers:
        bus.unsubscribe(TOPIC)


def acknowledge(peer: Peer, version: int) -> None:
    """Note that a connection has received everything up to this version: the next frame may go out."""
    watcher = state().watchers.get(peer)
    if watcher is not None and version >= watcher.sent:
        watcher.sent_at = 0.0


def is_watched(symbols: Iterable[str]) -> bool:
    """Return whether any of these symbols has a watcher."""
    watched = state().watched
    return any(symbol in watched for symbol in symbols)


def _changes(symbols: frozenset[str], since: int) -> dict[str, Any]:
    """Return what changed after a version, and the version at which this is true."""
    latest = state()
    return {"version": latest.version, "values": {symbol: latest.values[symbol][2] for symbol in symbols
                                                  if symbol in latest.values and latest.values[symbol][0] > since}}


def _run_timer(rate: int) -> None:
    """Flush the watchers of one rate until there are none."""
    latest = state()
    while any(watcher.rate == rate for watcher in latest.watchers.values()):
        started = node.monotonic()
        flush(rate, started)
        node.sleep(max(0.001, rate / 1000 - (node.monotonic() - started)))
    del latest.timers[rate]


def _stop_timers() -> None:
    gevent.killall(list(state().timers.values()), block=False)


def flush(rate: int, now: float) -> None:
    """Send every watcher of a rate what it is owed; watchers of the same symbols at the same version share a frame."""
    latest = state()
    frames: dict[tuple[frozenset[str], int], Frame | None] = {}
    for peer, watcher in list(latest.watchers.items()):
        if watcher.rate != rate or watcher.sent == latest.version or not watcher.is_ready(now) or peer.full:
            continue
        owed = watcher.symbols, watcher.sent
        if owed not in frames:
            changes = _changes(*owed)
            frames[owed] = hub.encode("latest", changes) if changes["values"] else None
        if frame := frames[owed]:
            watcher.sent_at = now
            peer.send(frame)
        watcher.sent = latest.version
