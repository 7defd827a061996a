"""Watching symbols over a connection."""

from typing import Annotated, Any, Literal

from msgspec import Meta

from hubbub import limits, live
from hubbub.core import access, db, latest
from hubbub.web.schema import Seq

Symbols = Annotated[tuple[Annotated[str, Meta(max_length=100)], ...], Meta(max_length=200)]
Rate = Literal[100, 250, 1000, 5000]


@live.on("watch", scope="read")
def watch(connection: live.Connection, symbols: Symbols, rate: Rate = 250) -> dict[str, Any]:
    """Have what changes among these symbols sent, at most once in `rate` ms; answered with how they are now.

    It takes the place of what was watched before; unknown symbols are left out.
    """
    known = [name for name in dict.fromkeys(symbols) if access.allows(db, connection.person, f"feed:{name}", "read")]
    return latest.watch(connection, known, rate)


@live.on("took", scope="read", rate=limits.STREAM)
def took(connection: live.Connection, version: Seq) -> None:
    """Say that what was sent up to this version was taken: the next may come."""
    latest.acknowledge(connection, version)
