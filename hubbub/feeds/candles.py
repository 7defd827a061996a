"""Candles: the values of a symbol in a minute or a day, the same for any order of the ticks.

Open is the value with the least (time, number), close the one with the greatest, so a late tick is counted correctly.
Candles of other lengths are made from the stored ones when they are read.
"""

from collections.abc import Iterable
from typing import NamedTuple

from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.feeds.model import DAY, MINUTE

RESOLUTIONS = (MINUTE, DAY)
MADE = {300: MINUTE, 900: MINUTE, 3600: MINUTE, 14_400: MINUTE, 604_800: DAY}  # from which stored resolution
PAGE = 1000
SOURCES = 31 * DAY // MINUTE
MONDAY = 259_200  # seconds from a Monday to 1970, so that weeks begin on Mondays; a multiple of the other lengths

Place = tuple[str, int, int]  # symbol, resolution, start


class Counted(NamedTuple):
    """A tick that was accepted, with its number and time."""

    n: int
    symbol: str
    value: float
    at: float


class Candle:
    """Open, high, low, close and number of the ticks in one span."""

    __slots__ = ("open", "high", "low", "close", "first", "last", "ticks")

    def __init__(self, tick: Counted) -> None:
        self.open = self.high = self.low = self.close = tick.value
        self.first = self.last = tick.at, tick.n
        self.ticks = 1

    def add(self, tick: Counted) -> None:
        """Add a tick, in any order."""
        self.high = max(self.high, tick.value)
        self.low = min(self.low, tick.value)
        self.ticks += 1
        if (tick.at, tick.n) < self.first:
            self.first, self.open = (tick.at, tick.n), tick.value
        if (tick.at, tick.n) > self.last:
            self.last, self.close = (tick.at, tick.n), tick.value


MERGE = """insert into candle
    (symbol, resolution, start, open, high, low, close, first_at, first_n, last_at, last_n, ticks)
    select symbol, resolution, start, open, high, low, close, first_at, first_n, last_at, last_n, ticks
    from each(:candles) as more(symbol text, resolution bigint, start bigint, open double precision,
    high double precision, low double precision, close double precision, first_at double precision, first_n bigint,
    last_at double precision, last_n bigint, ticks bigint) where true
    on conflict (symbol, resolution, start) do update set
    open = case when (excluded.first_at, excluded.first_n) < (candle.first_at, candle.first_n)
        then excluded.open else candle.open end,
    close = case when (excluded.last_at, excluded.last_n) > (candle.last_at, candle.last_n)
        then excluded.close else candle.close end,
    high = case when excluded.high > candle.high then excluded.high else candle.high end,
    low = case when excluded.low < candle.low then excluded.low else candle.low end,
    first_n = case when (excluded.first_at, excluded.first_n) < (candle.first_at, candle.first_n)
        then excluded.first_n else candle.first_n end,
    last_n = case when (excluded.last_at, excluded.last_n) > (candle.last_at, candle.last_n)
        then excluded.last_n else candle.last_n end,
    first_at = case when excluded.first_at < candle.first_at then excluded.first_at else candle.first_at end,
    last_at = case when excluded.last_at > candle.last_at then excluded.last_at else candle.last_at end,
    ticks = candle.ticks + excluded.ticks
    returning symbol, resolution, start, open, high, low"""


def gather(ticks: Iterable[Counted]) -> dict[Place, Candle]:
    """Return the candles of these ticks alone."""
    found: dict[Place, Candle] = {}
    for tick in ticks:
        for resolution in RESOLUTIONS:
            place = tick.symbol, resolution, int(tick.at // resolution) * resolution
            if place in found:
                found[place].add(tick)
            else:
                found[place] = Candle(tick)
    return found


def store(tx: db.Transaction, ticks: Iterable[Counted]) -> dict[Place, tuple[float, float, float]]:
    """Merge ticks into the stored candles; return open, high and low of those that changed."""
    rows = [(*place, one.open, one.high, one.low, one.close, *one.first, *one.last, one.ticks)
            for place, one in sorted(gather(ticks).items())]
    found = tx.execute(MERGE, candles=rows) if rows else []
    return {(symbol, resolution, start): (open, high, low) for symbol, resolution, start, open, high, low in found}


def day(reads: Reads, symbol: str, at: float) -> tuple[float, float, float]:
    """Return open, high and low of the UTC day of a time; the day must have a tick."""
    [found] = reads.execute("select open, high, low from candle where symbol = :symbol and resolution = :day "
                            "and start = :start", symbol=symbol, day=DAY, start=int(at // DAY) * DAY)
    return found


READ = """select start, open, high, low, close from candle where symbol = :symbol and resolution = :resolution
    and start >= :after and start < :before order by start desc limit :limit"""
MAKE = f"""with made as (
    select start - (start + {MONDAY}) % :length as at, min(start) as first, max(start) as last, max(high) as high,
        min(low) as low
    from candle where symbol = :symbol and resolution = :resolution and start >= :after and start < :before
    group by 1 order by 1 desc limit :limit
)
select made.at, opening.open, made.high, made.low, closing.close from made
    join candle opening on opening.symbol = :symbol and opening.resolution = :resolution and opening.start = made.first
    join candle closing on closing.symbol = :symbol and closing.resolution = :resolution and closing.start = made.last
    order by made.at desc"""


def read(reads: Reads, symbol: str, length: int, before: float, limit: int = PAGE, span: int = 0) -> list[list[float]]:
    """Return the last candles that start before a time, oldest first: [start, open, high, low, close].

    With `span`, only those of so many seconds up to the newest of them.  Candles that are made from others span at
    most `limit` times their length, and are made from at most `SOURCES` stored ones, so that no call takes long.
    """
    resolution = MADE.get(length, length)
    [(newest,)] = reads.execute("select max(start) from candle where symbol = :symbol and resolution = :resolution "
                                "and start < :before", symbol=symbol, resolution=resolution, before=int(before))
    if newest is None:
        return []
    last = _start(newest, length)
    if length in MADE:
        span = min(span or limit * length, limit * length, SOURCES * resolution)
    after = last + length - span if span else 0
    rows = reads.execute(MAKE if length in MADE else READ, symbol=symbol, resolution=resolution, after=after,
                         before=int(before), limit=limit, **({"length": length} if length in MADE else {}))
    return [list(row) for row in reversed(rows)]


def _start(at: int, length: int) -> int:
    return at - (at + MONDAY) % length
