"""Latest-value channels: only the newest value of each symbol counts, so a slow watcher never gets a backlog.

Every `put` advances a version.  A watcher is owed what changed after the version of its last frame: there is no queue,
and no more memory than its list of symbols, however long it stays away.  At most one frame is on its way to a
connection; the next goes out when the client has acknowledged the last one, and no sooner than its rate allows.
"""

from collections.abc import Iterable
from typing import Any

import gevent

from hubbub.core import hub, node
from hubbub.core.hub import Peer

RATES = (100, 250, 1000, 5000)  # ms between two frames of a watcher
UNACKNOWLEDGED = 5.0  # seconds until the next frame goes to a client that does not acknowledge


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
        self.values: dict[str, tuple[int, Any]] = {}
        self.watchers: dict[Peer, Watcher] = {}
        self.watched: dict[str, int] = {}  # the number of watchers of each symbol
        self.timers: dict[int, gevent.Greenlet[..., Any]] = {}  # by rate


state = node.state(Latest)


def put(symbol: str, value: Any) -> None:
    """Set the newest value of a symbol; call it after the commit that stores it."""
    latest = state()
    latest.version += 1
    latest.values[symbol] = latest.version, value


def value(symbol: str) -> Any | None:
    """Return the newest value, or None when there never was one."""
    version_and_value = state().values.get(symbol)
    return version_and_value[1] if version_and_value else None


def watch(peer: Peer, symbols: Iterable[str], rate: int) -> dict[str, Any]:
    """Send a connection the changes of these symbols instead of those before; return their present values."""
    unwatch(peer)
    latest, wanted = state(), frozenset(symbols)
    if wanted:
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


def acknowledge(peer: Peer, version: int) -> None:
    """Note that a connection has received everything up to this version: the next frame may go out."""
    watcher = state().watchers.get(peer)
    if watcher is not None and version >= watcher.sent:
        watcher.sent_at = 0.0


def is_watched(symbols: Iterable[str]) -> bool:
    """Return whether any of these symbols has a watcher."""
    watched = state().watched
    return any(symbol in watched for symbol in symbols)


def drop(symbol: str) -> None:
    """Forget a symbol that was deleted."""
    state().values.pop(symbol, None)


def _changes(symbols: frozenset[str], since: int) -> dict[str, Any]:
    """Return what changed after a version, and the version at which this is true."""
    latest = state()
    return {"version": latest.version, "values": {symbol: latest.values[symbol][1] for symbol in symbols
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
    frames: dict[tuple[frozenset[str], int], hub.Frame | None] = {}
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
