"""Feeds over HTTP: publishing, reading, alerts; and what the page loads."""

from typing import Annotated, Any, Literal

from flask import Blueprint
from msgspec import Meta

from hubbub import limits
from hubbub.core import access, db
from hubbub.core.access import Visitor
from hubbub.feeds import alerts, candles, market, model, ticks
from hubbub.feeds.alerts import Alert
from hubbub.feeds.model import Feed, Symbol
from hubbub.feeds.ticks import Ticks
from hubbub.web import api

blueprint = Blueprint("feeds", __name__)

Name = Annotated[str, Meta(max_length=100)]
Limit = Annotated[int, Meta(ge=1, le=candles.PAGE)]
Moment = Annotated[float, Meta(ge=0, le=1e12)]


@api.route(blueprint, "POST", "/api/feeds/<feed>/ticks", rate=limits.STREAM)
def publish(visitor: Visitor, feed: Name, ticks: Ticks, title: Name = "") -> dict[str, int]:
    """Publish values; answered once they are kept, with the number of the last and how many were new.

    A tick with the number of one that counted before is left out, so the same batch may be sent again.
    """
    n, counted = _publish(visitor.person, feed, ticks, title)
    return {"n": n, "counted": counted}


_publish = ticks.publish


@api.route(blueprint, "GET", "/api/feeds")
def everything(visitor: Visitor) -> dict[str, Any]:
    """All feeds, and all symbols with their newest values and the closes of their last hour."""
    with db.snapshot() as reads:
        return {"feeds": model.feeds(reads), "symbols": model.symbols(reads, sparks=True)}


@api.route(blueprint, "GET", "/api/feeds/<feed>")
def one_feed(visitor: Visitor, feed: Name) -> Feed:
    """A feed; `n` is the number of the last tick that counted, after which its source goes on."""
    return model.look(db, feed)


@api.route(blueprint, "DELETE", "/api/feeds/<feed>")
def remove_feed(visitor: Visitor, feed: Name) -> None:
    """Forget a feed with its symbols, candles and alerts."""
    model.remove(visitor.person, feed)


@api.route(blueprint, "POST", "/api/market")
def start_market(visitor: Visitor) -> Feed:
    """Open the demo market: made-up values that wander while somebody watches."""
    return market.start(visitor.person)


@api.route(blueprint, "GET", "/api/symbols/<symbol>")
def one_symbol(visitor: Visitor, symbol: Name) -> Symbol:
    """A symbol and its newest value."""
    return model.symbol(db, symbol)


@api.route(blueprint, "GET", "/api/symbols/<symbol>/candles")
def history(visitor: Visitor, symbol: Name, resolution: Literal[60, 86400] = 60, before: Moment = 1e12,
            limit: Limit = 180) -> dict[str, Any]:
    """The last candles that begin before a time, oldest first: [start, open, high, low, close], in UTC seconds."""
    access.check(db, visitor.person, f"feed:{symbol}", "read")
    return {"candles": candles.read(db, symbol, resolution, before, limit)}


@api.route(blueprint, "GET", "/api/alerts")
def my_alerts(visitor: Visitor) -> list[Alert]:
    """The alerts that one has set."""
    return alerts.mine(db, visitor.person)


@api.route(blueprint, "POST", "/api/alerts", status=201)
def set_alert(visitor: Visitor, symbol: Name, level: float, direction: alerts.Direction, once: bool = True) -> Alert:
    """Be told when a value crosses a level; the same alert again is armed anew."""
    return alerts.set(visitor.person, symbol, level, direction, once)


@api.route(blueprint, "DELETE", "/api/alerts/<int:id>")
def remove_alert(visitor: Visitor, id: int) -> None:
    """Forget an alert of one's own."""
    alerts.remove(visitor.person, id)
