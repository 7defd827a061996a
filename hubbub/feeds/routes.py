"""HTTP routes of feeds: publish values, read feeds and symbols, set alerts."""

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
Resolution = Literal[60, 300, 900, 3600, 14400, 86400, 604800]  # seconds
Span = Annotated[int, Meta(ge=0, le=10**10)]


@api.route(blueprint, "POST", "/api/feeds/<feed>/ticks", rate=limits.STREAM)
def publish(visitor: Visitor, feed: Name, ticks: Ticks, title: Name = "") -> dict[str, int]:
    """Publish values; return the number of the last one and how many were new, once they are durable.

    A tick whose number was accepted before is ignored, so the same batch may be sent again.
    """
    n, accepted = _publish(visitor.person, feed, ticks, title)
    return {"n": n, "accepted": accepted}


_publish = ticks.publish


@api.route(blueprint, "GET", "/api/feeds")
def everything(visitor: Visitor) -> dict[str, Any]:
    """List all feeds, and all symbols with their latest values and those of the last hour, by minute."""
    with db.snapshot() as reads:
        return {"feeds": model.feeds(reads), "symbols": model.symbols(reads, sparklines=True)}


@api.route(blueprint, "GET", "/api/feeds/<feed>")
def one_feed(visitor: Visitor, feed: Name) -> Feed:
    """Return a feed; `n` is the number of its last accepted tick, after which its source continues."""
    return model.require_feed(db, feed)


@api.route(blueprint, "DELETE", "/api/feeds/<feed>")
def remove_feed(visitor: Visitor, feed: Name) -> None:
    """Delete a feed with its symbols, candles and alerts."""
    model.remove(visitor.person, feed)


@api.route(blueprint, "POST", "/api/market")
def start_market(visitor: Visitor) -> Feed:
    """Start the demo market: made-up values that change while they are watched."""
    return market.start(visitor.person)


@api.route(blueprint, "GET", "/api/symbols")
def find(visitor: Visitor, q: Name = "", limit: Annotated[int, Meta(ge=1, le=50)] = 20) -> list[Symbol]:
    """Find symbols by a part of their name or the beginning of a word of their title, the best matches first."""
    with db.snapshot() as reads:
        return model.matching(reads, q, limit)


@api.route(blueprint, "GET", "/api/symbols/<path:symbol>")
def one_symbol(visitor: Visitor, symbol: Name) -> Symbol:
    """Return a symbol and its latest value."""
    return model.symbol(db, symbol)


@api.route(blueprint, "GET", "/api/symbols/<path:symbol>/candles")
def history(visitor: Visitor, symbol: Name, resolution: Resolution = 60, before: Moment = 1e12,
            limit: Limit = 180, span: Span = 0) -> dict[str, Any]:
    """List the last candles that start before a time, oldest first: [start, open, high, low, close], UTC seconds.

    With `span`, only those of so many seconds up to the newest one.
    """
    with db.snapshot() as reads:
        access.check(reads, visitor.person, f"feed:{symbol}", "read")
        return {"candles": candles.read(reads, symbol, resolution, before, limit, span)}


@api.route(blueprint, "GET", "/api/alerts")
def my_alerts(visitor: Visitor) -> list[Alert]:
    """List your alerts."""
    return alerts.mine(db, visitor.person)


@api.route(blueprint, "POST", "/api/alerts", status=201)
def set_alert(visitor: Visitor, symbol: Name, level: float, direction: alerts.Direction, once: bool = True) -> Alert:
    """Set an alert for a value that crosses a level; setting it again makes it active again."""
    return alerts.set(visitor.person, symbol, level, direction, once)


@api.route(blueprint, "DELETE", "/api/alerts/<int:id>")
def remove_alert(visitor: Visitor, id: int) -> None:
    """Delete one of your alerts."""
    alerts.remove(visitor.person, id)
