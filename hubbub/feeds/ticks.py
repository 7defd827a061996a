"""Ticks: accept batches of values, each value once, with their candles and alerts in one transaction."""

from typing import Annotated

import msgspec
from msgspec import Meta

from hubbub.core import db, latest, node
from hubbub.core.access import Refused
from hubbub.feeds import alerts, candles, model
from hubbub.feeds.candles import Counted
from hubbub.feeds.model import DAY, SYMBOL, SYMBOL_LIMIT, Feed, Quote

MOST = 1000  # ticks of one batch
AHEAD = 60.0  # seconds that a source's clock may be ahead of ours
LARGEST = 1e15


class Tick(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One value as a source sends it: `n` is the source's own count without gaps, `at` UTC seconds."""

    symbol: Annotated[str, Meta(max_length=100)]
    value: float
    at: float | None = None
    n: int | None = None


Ticks = Annotated[tuple[Tick, ...], Meta(min_length=1, max_length=MOST)]


def publish(person: int, name: str, ticks: Ticks, title: str = "") -> tuple[int, int]:
    """Accept a batch; return the number of the feed's last tick and how many of these were new.

    Ticks that were accepted before are ignored, so a source that got no answer may send the same batch again.
    """
    with db.transaction() as tx:
        feed = model.open_feed(tx, person, name, title)
        fresh = _numbered(feed, ticks, _now(tx, feed))
        if fresh:
            _count(tx, feed, fresh)
        return fresh[-1].n if fresh else feed.n, len(fresh)


def _now(tx: db.Transaction, feed: Feed) -> float:
    """Return the time, never before the feed's last tick, for when the clock is set back."""
    [(newest,)] = tx.execute("select max(at) from symbol where feed = :feed", feed=feed.name)
    return max(node.now(), newest or 0.0)


def _numbered(feed: Feed, ticks: Ticks, now: float) -> list[Counted]:
    """Return the new ticks in the order of their numbers; refuse a gap."""
    fresh: list[Counted] = []
    last = feed.n
    for tick in ticks:
        n = last + 1 if tick.n is None else tick.n
        if n > last + 1:
            raise Refused("error.tick_number", "bad_input", feed=feed.name, expected=last + 1, number=n)
        if n <= last:
            continue
        last = n
        fresh.append(Counted(n, _symbol(tick.symbol), _value(tick.value), _time(tick.at, now)))
    return fresh


def _symbol(name: str) -> str:
    if len(name) > SYMBOL_LIMIT or not SYMBOL.fullmatch(name):
        raise Refused("error.symbol_invalid", "bad_input", limit=SYMBOL_LIMIT)
    return name


def _value(value: float) -> float:
    if not abs(value) <= LARGEST:
        raise Refused("error.value_out_of_range", "bad_input")
    return value


def _time(at: float | None, now: float) -> float:
    if at is None:
        return now
    if not 0 <= at <= now + AHEAD:
        raise Refused("error.time_out_of_range", "bad_input")
    return at


def _count(tx: db.Transaction, feed: Feed, fresh: list[Counted]) -> None:
    newest = {symbol: _newest(tx, feed, symbol) for symbol in dict.fromkeys(tick.symbol for tick in fresh)}
    days, quotes = candles.store(tx, fresh), {}
    for symbol, before in newest.items():
        mine = [tick for tick in fresh if tick.symbol == symbol]
        alerts.check(tx, symbol, _in_time(mine, before))
        best = max([before, *mine] if before else mine, key=lambda tick: (tick.at, tick.n))
        if best is not before:
            tx.execute("update symbol set value = :value, at = :at, n = :n where name = :name",
                       value=best.value, at=best.at, n=best.n, name=symbol)
        place = symbol, DAY, int(best.at // DAY) * DAY
        quotes[symbol] = Quote(best.value, best.at, *(days.get(place) or candles.day(tx, symbol, best.at)))
    [age] = tx.execute("update feed set n = :n where name = :name returning since, n", n=fresh[-1].n, name=feed.name)
    tx.after_commit(lambda: _show(quotes, age))


def _show(quotes: dict[str, Quote], age: tuple[float, int]) -> None:
    for symbol, quote in quotes.items():
        latest.put(symbol, msgspec.to_builtins(quote), age)


def _newest(tx: db.Transaction, feed: Feed, symbol: str) -> Counted | None:
    """Return the latest tick of a symbol; its first tick creates it."""
    known = model.find(tx, symbol)
    if known is None:
        tx.lock("feeds:all")  # for the limit of all feeds
        [(count,)] = tx.execute("select count(*) from symbol")
        if count >= model.MOST:
            raise Refused("error.symbol_limit", "too_large", limit=model.MOST)
        tx.execute("insert into symbol (name, feed, since) values (:name, :feed, :at)",
                   name=symbol, feed=feed.name, at=node.now())
        return None
    owner, value, at, n = known
    if owner != feed.name:
        raise Refused("error.symbol_taken", "conflict", symbol=symbol, feed=owner)
    return None if value is None or at is None else Counted(n, symbol, value, at)


def _in_time(ticks: list[Counted], before: Counted | None) -> list[Counted]:
    """Return the ticks that were the latest when they arrived: late ones change candles but fire no alert."""
    found, newest = [], before.at if before else 0.0
    for tick in ticks:
        if tick.at >= newest:
            newest = tick.at
            found.append(tick)
    return found
