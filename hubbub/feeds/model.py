"""Feeds and symbols: their publishers and their latest values."""

import re
from typing import Any

import msgspec

from hubbub import short_text
from hubbub.core import access, db, latest, node, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.windows import Span
from hubbub.people import model as people

DAY, MINUTE = 86_400, 60  # resolutions, in seconds
SPARK = 60  # candles of a sparkline
MOST = 2000  # symbols in all feeds
FEED = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
SYMBOL = re.compile(r"[A-Za-z0-9^](?:[A-Za-z0-9._/^=:-]*[A-Za-z0-9])?")  # 0700.HK, EUR/USD, ^GSPC, queue.depth
SYMBOL_LIMIT = 64


class Feed(msgspec.Struct, frozen=True):
    """A source of ticks; `n` is the number of the last one that was accepted."""

    name: str
    title: str
    demo: bool
    created_by: int
    n: int


class Quote(msgspec.Struct, frozen=True):
    """The latest value of a symbol and its time; open, high and low are of that UTC day."""

    value: float
    at: float
    open: float
    high: float
    low: float


class Symbol(msgspec.Struct, frozen=True):
    """A symbol with its latest value, null before the first; the value an hour ago and each minute's close since."""

    name: str
    title: str
    feed: str
    demo: bool
    quote: Any
    sparkline: list[float] = []


@access.rule("feed")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Let everybody watch any symbol; ticks are written by `ticks.publish`, never as entries."""
    return verb == "read" and people.role(reads, person) != "" and find(reads, name) is not None


def find(reads: Reads, name: str) -> tuple[str, float | None, float | None, int] | None:
    """Return a symbol's feed, latest value, its time and number; None if there is no such symbol."""
    rows = reads.execute("select feed, value, at, n from symbol where name = :name", name=name)
    return rows[0] if rows else None


FEEDS = "select name, title, demo, created_by, n from feed"
SYMBOLS = """select symbol.name, symbol.title, symbol.feed, feed.demo, symbol.value, symbol.at,
    candle.open, candle.high, candle.low from symbol join feed on feed.name = symbol.feed
    left join candle on candle.symbol = symbol.name and candle.resolution = 86400
    and candle.start <= symbol.at and candle.start > symbol.at - 86400"""


def feed(reads: Reads, name: str) -> Feed | None:
    """Return the feed of this name, if it exists."""
    rows = reads.execute(f"{FEEDS} where name = :name", name=name)
    return _feed(rows[0]) if rows else None


def require_feed(reads: Reads, name: str) -> Feed:
    """Return the feed of this name; refuse if there is none."""
    if found := feed(reads, name):
        return found
    raise Refused("error.feed_not_found", "not_found")


def _feed(row: tuple[Any, ...]) -> Feed:
    name, title, demo, created_by, n = row
    return Feed(name, title, bool(demo), created_by, n)


def feeds(reads: Reads) -> list[Feed]:
    """Return all feeds, by title."""
    return [_feed(row) for row in reads.execute(f"{FEEDS} order by demo, title, name")]


def symbols(reads: Reads, sparklines: bool = False) -> list[Symbol]:
    """Return all symbols by feed and name; with `sparklines`, how they moved in the last hour."""
    lines = _sparklines(reads) if sparklines else {}
    rows = reads.execute(f"{SYMBOLS} order by symbol.feed, symbol.name limit :most", most=MOST)
    return [_symbol(row, lines.get(row[0], [])) for row in rows]


def matching(reads: Reads, words: str, limit: int) -> list[Symbol]:
    """Return the symbols whose name contains a text, or whose title has a word that begins with it, the best first."""
    low = short_text.fold(words)
    rows = reads.execute("select name, title from symbol order by name limit :most", most=MOST)
    ranked = sorted((rank, name) for name, title in rows if (rank := _rank(low, name.lower(), title)) is not None)
    names = [name for _, name in ranked[:limit]]
    rows = reads.execute(f"{SYMBOLS} where symbol.name = any(:names)", names=names)
    found = {row[0]: _symbol(row, []) for row in rows}
    return [found[name] for name in names if name in found]


def _rank(low: str, name: str, title: str) -> int | None:
    if name.startswith(low):
        return 0
    if f" {low}" in f" {title.lower() if title.isascii() else short_text.fold(title)}":
        return 1
    return 2 if low in name else None


def changed(reads: Reads, feed: str, after: int) -> list[Symbol]:
    """Return the symbols of a feed whose latest value came after the feed's tick `after`."""
    return [_symbol(row, []) for row in reads.execute(f"{SYMBOLS} where symbol.feed = :feed and symbol.n > :after",
                                                      feed=feed, after=after)]


def symbol(reads: Reads, name: str) -> Symbol:
    """Return a symbol; refuse if there is none."""
    rows = reads.execute(f"{SYMBOLS} where symbol.name = :name", name=name)
    if not rows:
        raise Refused("error.symbol_not_found", "not_found")
    return _symbol(rows[0], [])


def _symbol(row: tuple[Any, ...], sparkline: list[float]) -> Symbol:
    name, title, feed, demo, value, at, opened, high, low = row
    quote = None if value is None else Quote(value, at, opened, high, low)
    return Symbol(name, title, feed, bool(demo), quote, sparkline)


def _sparklines(reads: Reads) -> dict[str, list[float]]:
    lines: dict[str, list[float]] = {}
    for name, opened, close in reads.execute(
            "select candle.symbol, candle.open, candle.close from candle join symbol on symbol.name = candle.symbol "
            "where resolution = 60 and start > symbol.at - :span order by candle.symbol, start",
            span=SPARK * MINUTE):
        lines.setdefault(name, [opened]).append(close)
    return lines


def lock(tx: db.Transaction, name: str) -> None:
    """Lock a feed: its symbols, candles and alerts change in no other transaction until this one commits."""
    tx.execute("select 1 from feed where name = :name for update", name=name)


def open_feed(tx: db.Transaction, person: int, name: str, title: str) -> Feed:
    """Return the feed that a person publishes to, created by their first tick; refuse one of another person."""
    role = people.require(tx, person, "member") if person else ""
    lock(tx, name)
    found = feed(tx, name)
    if found is None:
        return _create(tx, person, name, title)
    if found.demo and person:
        raise Refused("error.demo_feed", "denied")
    if found.created_by != person and role not in ("admin", "owner"):
        raise Refused("error.other_feed", "denied", feed=name)
    return found


def _create(tx: db.Transaction, person: int, name: str, title: str) -> Feed:
    if not FEED.fullmatch(name):
        raise Refused("error.feed_name_invalid", "bad_input")
    title = short_text.clean(title) or name
    if not short_text.is_visible(title):
        raise Refused("error.feed_title_invisible", "bad_input")
    tx.execute("insert into feed (name, title, demo, created_by, since) values (:name, :title, :demo, :person, :at)",
               name=name, title=title, demo=int(not person), person=person, at=node.now())
    return Feed(name, title, not person, person, 0)


def remove(person: int, name: str) -> None:
    """Delete a feed with its symbols, candles and alerts; for its creator, admins and owners."""
    with db.transaction() as tx:
        role = people.require(tx, person, "guest")
        lock(tx, name)
        found = require_feed(tx, name)
        if found.created_by != person and role not in ("admin", "owner"):
            raise Refused("error.feed_not_yours", "denied")
        gone = [symbol for symbol, in tx.execute("select name from symbol where feed = :feed", feed=name)]
        for symbol in gone:
            tx.execute("delete from candle where symbol = :symbol", symbol=symbol)
            tx.execute("delete from alert where symbol = :symbol", symbol=symbol)
            tx.after_commit(lambda symbol=symbol: latest.drop(symbol))  # type: ignore[misc]
        tx.execute("delete from symbol where feed = :feed", feed=name)
        tx.execute("delete from feed where name = :feed", feed=name)


@windows.projection("feed")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the window of a symbol: its latest value, since it has no log."""
    return {"items": [], "quote": symbol(reads, channel.partition(":")[2]).quote}
