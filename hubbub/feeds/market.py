"""The demo market: made-up symbols whose values change at random while they are watched, clearly labelled as demo."""

import logging
import random
from typing import Any

import gevent

from hubbub.core import db, latest, leases, node
from hubbub.core.access import Refused
from hubbub.feeds import model, ticks
from hubbub.feeds.model import DAY, MINUTE, Feed
from hubbub.feeds.ticks import Tick
from hubbub.people import model as people

logger = logging.getLogger(__name__)

NAME, TITLE = "demo", "Demo market"
SYMBOLS = {
    "ACME": ("Acme Anvils", 184.0), "BREW": ("Brewery on the Corner", 42.5), "CLOUD": ("Cloud Nine Beds", 73.2),
    "DUCK": ("Rubber Duck Holdings", 12.8), "GLOBE": ("Globe Trotters", 311.0), "HONEY": ("Honey & Daughters", 56.4),
    "KITE": ("Kite Works", 98.6), "TEA": ("Tea at Five", 27.9),
}
BEAT = 0.25  # seconds between two steps
STOP = 5.0  # seconds that a step gets to finish
PAUSE = 5.0  # seconds after a failure
LEASE, LEASE_SECONDS = "feeds_market", 6.0
STEP = 0.0006  # standard deviation of one step, relative to the value
DAYS, MINUTES = 30, 180  # of history, so that no chart starts empty


class Market:
    """The greenlet that changes the values of the demo market while this node has watchers, and its lease."""

    def __init__(self) -> None:
        self.greenlet: gevent.Greenlet[..., Any] | None = None
        self.has_lease, self.ask_at = False, 0.0


state = node.state(Market)


def start(person: int) -> Feed:
    """Create the demo market with a history, or resume it.  For members and above."""
    people.require(db, person, "member")
    for symbol in SYMBOLS:
        if (found := model.find(db, symbol)) and found[0] != NAME:
            raise Refused("error.symbol_taken", "conflict", symbol=symbol, feed=found[0])
    if model.feed(db, NAME) is None:
        for batch in _history(node.now()):  # numbered, in case that another node does the same
            ticks.publish(0, NAME, batch, TITLE)
        with db.transaction() as tx:
            for name, (title, _) in SYMBOLS.items():
                tx.execute("update symbol set title = :title where name = :name", title=title, name=name)
    resume()
    with db.transaction() as tx:
        return model.require_feed(tx, NAME)


def resume() -> None:
    """Change the values for as long as they are watched at this node."""
    if state().greenlet is None and latest.is_watched(SYMBOLS):
        state().greenlet = node.spawn(_run)
        node.current().on_close(stop)


def stop() -> None:
    """Stop changing the values, and let another node do it."""
    market = state()
    if market.greenlet is not None:
        market.greenlet.kill(timeout=STOP)
    if market.has_lease:
        leases.release([LEASE])
    state.forget()


def _run() -> None:
    market = state()
    while latest.is_watched(SYMBOLS):
        node.sleep(BEAT)
        try:
            if _has_lease(market) and model.feed(db, NAME) is not None:
                step()
        except Refused as refusal:
            logger.warning("the demo market pauses: %s", refusal.message)
            node.sleep(PAUSE)
    market.greenlet = None


def _has_lease(market: Market) -> bool:
    """Return whether this is the one node of the cluster that changes the values."""
    if node.monotonic() >= market.ask_at:
        market.has_lease = leases.take(LEASE, LEASE_SECONDS) > 0
        market.ask_at = node.monotonic() + LEASE_SECONDS / 2
    return market.has_lease


def step() -> None:
    """Change the values of about half of the symbols."""
    some = random.sample(sorted(SYMBOLS), len(SYMBOLS) // 2)
    ticks.publish(0, NAME, tuple(Tick(name, _next(_last(name), STEP)) for name in some))


def _last(name: str) -> float:
    quote = latest.value(name)
    return float(quote["value"]) if quote else SYMBOLS[name][1]


def _next(value: float, deviation: float) -> float:
    return round(max(0.01, value * (1 + random.gauss(0, deviation))), 2)


def _history(now: float) -> list[tuple[Tick, ...]]:
    """Return values of the last days and minutes, the oldest first, in batches."""
    times = [*(now - day * DAY - part * DAY / 5 for day in range(DAYS, 0, -1) for part in range(4, 0, -1)),
             *(now - minute * MINUTE - part * MINUTE / 4 for minute in range(MINUTES, 0, -1) for part in (3, 2, 1))]
    values = {name: value for name, (_, value) in SYMBOLS.items()}
    made: list[Tick] = []
    for at in sorted(times):
        deviation = 0.01 if at < now - DAY else 2 * STEP
        for name in values:
            values[name] = _next(values[name], deviation)
            made.append(Tick(name, values[name], at, len(made) + 1))
    return [tuple(made[first:first + ticks.MOST]) for first in range(0, len(made), ticks.MOST)]
