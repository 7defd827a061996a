"""Socket events of symbols: watch their latest values."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from hubbub import limits, live
from hubbub.core import access, db, latest
from hubbub.feeds import market
from hubbub.web.schema import Seq

Symbols = Annotated[tuple[Annotated[str, Meta(max_length=100)], ...], Meta(max_length=200)]
Rate = Literal[100, 250, 1000, 5000]


@live.on("watch", scope="read")
def watch(connection: live.Connection, symbols: Symbols, rate: Rate = 250) -> dict[str, Any]:
    """Receive the changes of these symbols, at most once in `rate` ms; the answer is their current values.

    It replaces the previous watch; unknown symbols are ignored.
    """
    known = [name for name in dict.fromkeys(symbols) if access.allows(db, connection.person, f"feed:{name}", "read")]
    values = latest.watch(connection, known, rate)
    market.resume()
    return values


@live.tail.latest_of("feed")
def tail(stream: live.Stream, symbol: str, rate: int) -> dict[str, Any]:
    """Send a tail the changes of a symbol; return its present value."""
    value = latest.watch(stream, [symbol], rate)
    market.resume()
    return value


@live.on("ack_latest", scope="read", rate=limits.STREAM)
def ack_latest(connection: live.Connection, version: Seq) -> None:
    """Acknowledge all values up to this version, so that the next may be sent."""
    latest.acknowledge(connection, version)
