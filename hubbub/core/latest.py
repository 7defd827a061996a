"""Latest-value channels: of each symbol only the newest value counts, so a slow watcher never gets a backlog.

Every `put` counts one clock on.  A watcher is owed the symbols that changed after the clock of its last frame: no
queue, and no more memory than its list of symbols, however long it stays away.  One frame at most is on its way to a
connection; the next goes out when the client said that it took the last one, at the earliest when its rate allows.
"""

import time
from collections.abc import Iterable
from typing import Any

import gevent

from hubbub.core import hub
from hubbub.core.hub import Peer

RATES = (100, 250, 1000, 5000)  # ms between two frames of a watcher
PATIENCE = 5.0  # seconds until the next frame goes to a client that does not say what it took


class Watcher:
    """What one connection watches, and up to which clock it was sent."""

    __slots__ = ("symbols", "rate", "sent", "asked")

    def __init__(self, symbols: frozenset[str], rate: int, sent: int) -> None:
        self.symbols = symbols
        self.rate = rate
        self.sent = sent
        self.asked = 0.0  # when a frame went out that is not answered yet; 0 for none

    def is_free(self, now: float) -> bool:
        """Whether the last frame was taken, or is given up."""
        return not self.asked or now - self.asked > PATIENCE


_clock = 0
_values: dict[str, tuple[int, Any]] = {}
_watchers: dict[Peer, Watcher] = {}
_watched: dict[str, int] = {}  # how many watch a symbol
_beats: "dict[int, gevent.Greenlet[[int], None]]" = {}


def put(symbol: str, value: Any) -> None:
    """Say the newest value of a symbol; call it after the commit that keeps it."""
    global _clock
    _clock += 1
    _values[symbol] = _clock, value


def value(symbol: str) -> Any | None:
    """The newest value, None when there never was one."""
    return _values[symbol][1] if symbol in _values else None


def watch(peer: Peer, symbols: Iterable[str], rate: int) -> dict[str, Any]:
    """Send a connection what changes among these symbols, in place of those before; answers how they are now."""
    unwatch(peer)
    wanted = frozenset(symbols)
    if wanted:
        _watchers[peer] = Watcher(wanted, rate, _clock)
        for symbol in wanted:
            _watched[symbol] = _watched.get(symbol, 0) + 1
        if rate not in _beats:
            _beats[rate] = gevent.spawn(_beat, rate)
    return _changes(wanted, 0)


def unwatch(peer: Peer) -> None:
    """Send nothing more; also for a connection that is gone."""
    watcher = _watchers.pop(peer, None)
    for symbol in watcher.symbols if watcher else ():
        _watched[symbol] -= 1
        if not _watched[symbol]:
            del _watched[symbol]


def taken(peer: Peer, version: int) -> None:
    """The connection has what was sent up to this version: the next may come."""
    watcher = _watchers.get(peer)
    if watcher is not None and version >= watcher.sent:
        watcher.asked = 0.0


def is_watched(symbols: Iterable[str]) -> bool:
    """Whether anybody watches one of these."""
    return any(symbol in _watched for symbol in symbols)


def drop(symbol: str) -> None:
    """There is no such symbol any more."""
    _values.pop(symbol, None)


def _changes(symbols: frozenset[str], since: int) -> dict[str, Any]:
    """What is newer than a clock; the version is the clock at which this is true."""
    return {"version": _clock, "values": {symbol: _values[symbol][1] for symbol in symbols
                                          if symbol in _values and _values[symbol][0] > since}}


def _beat(rate: int) -> None:
    """One rate's heart, which stops when nobody watches at this rate."""
    while any(watcher.rate == rate for watcher in _watchers.values()):
        started = time.monotonic()
        flush(rate, started)
        gevent.sleep(max(0.001, rate / 1000 - (time.monotonic() - started)))
    del _beats[rate]


def flush(rate: int, now: float) -> None:
    """Send every watcher of a rate what it is owed; those who watch the same and are equally far share one frame."""
    frames: dict[tuple[frozenset[str], int], hub.Frame | None] = {}
    for peer, watcher in list(_watchers.items()):
        if watcher.rate != rate or watcher.sent == _clock or not watcher.is_free(now) or peer.full:
            continue
        owed = watcher.symbols, watcher.sent
        if owed not in frames:
            changes = _changes(*owed)
            frames[owed] = hub.encode("latest", changes) if changes["values"] else None
        if frame := frames[owed]:
            watcher.asked = now
            peer.send(frame)
        watcher.sent = _clock


def forget() -> None:
    """Begin anew, as a process that has just started."""
    gevent.killall(list(_beats.values()), block=False)
    for known in (_values, _watchers, _watched, _beats):
        known.clear()
