"""Alerts as rules: the same list, and the same way to add and remove one, as for everything that notifies a person."""

from typing import get_args

from hubbub.core import db
from hubbub.core.access import Reads, Refused
from hubbub.feeds import alerts
from hubbub.feeds.alerts import Direction
from hubbub.notifications import rules
from hubbub.notifications.rules import Rule, Shown, Source


def mine(reads: Reads, person: int) -> list[Shown]:
    """Return the alerts of a person that are active."""
    active = (one for one in alerts.mine(reads, person) if one.active)
    return [Shown("alert", f"feed:{one.symbol}", word=one.direction, about=int(one.once),
                  level=alerts.decimal(one.level), title=one.symbol) for one in active]


def add(person: int, rule: Rule) -> None:
    """Set an alert."""
    symbol, level, direction = _parts(rule)
    alerts.set(person, symbol, level, direction, bool(rule.about))


def remove(person: int, rule: Rule) -> None:
    """Delete an alert."""
    symbol, level, direction = _parts(rule)
    with db.transaction() as tx:
        tx.execute("delete from alert where person = :person and symbol = :symbol and level = :level "
                   "and direction = :direction", person=person, symbol=symbol, level=level, direction=direction)


def _parts(rule: Rule) -> tuple[str, float, Direction]:
    kind, _, symbol = rule.channel.partition(":")
    try:
        level = float(rule.level)
    except ValueError:
        level = float("nan")
    directions: tuple[Direction, ...] = get_args(Direction)
    direction = next((one for one in directions if one == rule.word), None)
    if kind != "feed" or direction is None or not abs(level) < 1e300:
        raise Refused("error.alert_invalid", "bad_input")
    return symbol, level, direction


rules.keep("alert", Source(mine, add, remove))
