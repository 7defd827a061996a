"""Windows: the present state of a channel at its end or around an entry, projected by its slice in one snapshot."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from hubbub.core import db, log
from hubbub.core.access import Reads

PAGE = 50  # items
NEWEST = 2**53  # a seq that no entry reaches
UNKNOWN = ("",)  # the name of no channel


class Span(NamedTuple):
    """A range of items: the last `limit` before a seq, or with `after` the first `limit` after it."""

    before: int = NEWEST
    after: int = 0
    limit: int = PAGE


Projection = Callable[[Reads, str, Span], dict[str, Any]]
_projections: dict[str, Projection] = {}
_sources: dict[str, Sequence[str]] = {}


def projection(kind: str, sources: Sequence[str] = UNKNOWN) -> Callable[[Projection], Projection]:
    """Register a slice's function that returns the items of channel kind:name in a span, oldest first.

    `sources` are the channels whose entries, with the channel's own, are all that its windows are made of; such windows
    are shared between clients.
    """

    def register(project: Projection) -> Projection:
        _projections[kind], _sources[kind] = project, sources
        return project

    return register


def sources(channel: str) -> Sequence[str]:
    """Return the channels that windows of this one depend on besides it."""
    return _sources[channel.partition(":")[0]]


def newest(channel: str, span: Span = Span()) -> dict[str, Any]:  # noqa: B008
    """Return the channel's items in a span, by default the last ones, and `as_of`, the cursor they are true at."""
    with db.snapshot() as reads:
        return {"channel": channel, **_project(reads, channel, span), "as_of": log.head(reads, channel)}


def around(channel: str, seq: int, limit: int = PAGE) -> dict[str, Any]:
    """Return an entry and the items on both sides of it."""
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
