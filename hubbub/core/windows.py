"""Windows: how a channel looks now at its end or around some entry, projected by its slice, read in one snapshot."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hubbub.core import db, log
from hubbub.core.access import Reads

PAGE = 50  # items
NEWEST = 2**53  # before nothing


class Span(NamedTuple):
    """Which items: the last `limit` before a seq, or with `after` the first `limit` after it."""

    before: int = NEWEST
    after: int = 0
    limit: int = PAGE


Projection = Callable[[Reads, str, Span], dict[str, Any]]
_projections: dict[str, Projection] = {}


def projection(kind: str) -> Callable[[Projection], Projection]:
    """Register how a slice shows the items of channel kind:name in a span, oldest first."""

    def register(project: Projection) -> Projection:
        _projections[kind] = project
        return project

    return register


def newest(channel: str, span: Span = Span()) -> dict[str, Any]:  # noqa: B008
    """The channel's items in a span, by default the last ones, and `as_of`, the cursor they are true at."""
    with db.snapshot() as reads:
        return {"channel": channel, **_project(reads, channel, span), "as_of": log.head(reads, channel)}


def around(channel: str, seq: int, limit: int = PAGE) -> dict[str, Any]:
    """The items on both sides of an entry, and it."""
    half = limit // 2
    with db.snapshot() as reads:
        older = _project(reads, channel, Span(before=seq + 1, limit=half))
        newer = _project(reads, channel, Span(after=seq, limit=limit - half))
        both = {"items": older["items"] + newer["items"],
                "people": older.get("people", {}) | newer.get("people", {})}
        return {"channel": channel, **older, **newer, **both, "complete": older.get("complete", False),
                "as_of": log.head(reads, channel)}


def _project(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    kind, _, _ = channel.partition(":")
    return _projections[kind](reads, channel, span)
