"""Alerts: notify a person when a value crosses a level, exactly once for each crossing."""

from decimal import Decimal
from typing import Literal
from urllib.parse import quote

import msgspec

from hubbub.core import access, db, node
from hubbub.core.access import Reads, Refused
from hubbub.feeds import model
from hubbub.feeds.candles import Counted
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import model as people

MOST = 100  # alerts of one person
THERE, AWAY = "there", "away"

Direction = Literal["above", "below"]


class Alert(msgspec.Struct, frozen=True):
    """One alert; `fired` is how often it fired, `at` the last time; a finished one is not active."""

    id: int
    symbol: str
    level: float
    direction: str
    once: bool
    fired: int
    at: float | None
    active: bool


COLUMNS = "id, symbol, level, direction, once, fired, at, active"


def _alert(row: tuple[object, ...]) -> Alert:
    id, symbol, level, direction, once, fired, at, active = row
    return Alert(id, symbol, level, direction, bool(once), fired, at, bool(active))  # type: ignore[arg-type]


def side(value: float, level: float, direction: str) -> str:
    """Return the side of the level on which a value is: there or away; on the level is there."""
    return THERE if (value >= level if direction == "above" else value <= level) else AWAY


def set(person: int, symbol: str, level: float, direction: Direction, once: bool) -> Alert:
    """Set an alert for a value that crosses a level; setting it again makes it active again."""
    with db.transaction() as tx:
        access.check(tx, person, f"feed:{symbol}", "read")
        people.require(tx, person, "guest")
        model.lock(tx, model.symbol(tx, symbol).feed)  # a tick that comes now sees this alert, or is seen by it
        tx.lock(notifications.inbox(person))
        [(count,)] = tx.execute("select count(*) from alert where person = :person and not (symbol = :symbol "
                                "and level = :level and direction = :direction)",
                                person=person, symbol=symbol, level=level, direction=direction)
        if count >= MOST:
            raise Refused("error.alert_limit", "too_large", limit=MOST)
        [(value,)] = tx.execute("select value from symbol where name = :symbol", symbol=symbol)
        seen = "" if value is None else side(value, level, direction)
        [row] = tx.execute(
            "insert into alert (person, symbol, level, direction, once, side, since) values "
            "(:person, :symbol, :level, :direction, :once, :side, :now) on conflict (person, symbol, level, direction) "
            f"do update set once = :once, side = :side, active = 1 returning {COLUMNS}",
            person=person, symbol=symbol, level=level, direction=direction, once=int(once), side=seen, now=node.now())
        return _alert(row)


def mine(reads: Reads, person: int) -> list[Alert]:
    """Return the alerts of a person, by symbol and level."""
    rows = reads.execute(f"select {COLUMNS} from alert where person = :person order by symbol, level, direction",
                         person=person)
    return [_alert(row) for row in rows]


def remove(person: int, id: int) -> None:
    """Delete an alert; refuse if the person has none with this id."""
    with db.transaction() as tx:
        if not tx.execute("delete from alert where id = :id and person = :person returning id", id=id, person=person):
            raise Refused("error.alert_not_found", "not_found")


def check(tx: db.Transaction, symbol: str, ticks: list[Counted]) -> None:
    """Check the alerts of a symbol against its ticks in order; notify of each crossing in this transaction."""
    if not ticks:
        return
    waiting = tx.execute("select id, person, level, direction, once, side, fired from alert where symbol = :symbol "
                         "and active = 1 order by id", symbol=symbol)
    for id, person, level, direction, once, last, fired in waiting:
        seen, nth, at = last, fired, None
        for tick in ticks:
            now = side(tick.value, level, direction)
            if now == THERE and seen == AWAY:
                nth, at = nth + 1, tick.at
                _notify(tx, person, id, nth, symbol, level, direction, tick.value)
                if once:
                    break
            seen = now
        if at is not None or seen != last:
            tx.execute("update alert set side = :side, fired = :nth, at = coalesce(:at, at), active = :active "
                       "where id = :id", id=id, side=seen, nth=nth, at=at, active=int(not (once and nth > fired)))


def _notify(tx: db.Transaction, person: int, id: int, nth: int, symbol: str, level: float, direction: str,
          value: float) -> None:
    notifications.notify(tx, [person], Cause(
        "alert", 0, f"alert:{id}:{nth}", title=symbol, url=f"/feed/{quote(symbol, safe='')}",
        conversation=f"feed:{symbol}",
        text_id="feeds.inbox.alert.above" if direction == "above" else "feeds.inbox.alert.below",
        params={"symbol": symbol, "level": decimal(level), "value": decimal(value)}))


def decimal(value: float) -> str:
    """Return a value with the digits that it was sent with, never with an exponent; like `numbers.js`."""
    digits = len(Decimal(repr(value)).normalize().as_tuple().digits)
    return format(Decimal(f"{value:.{12 if digits > 15 else 15}g}"), "f")
