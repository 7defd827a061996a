"""Windows: how a channel looks now at its end or before some entry, projected by its slice, read in one snapshot."""

from collections.abc import Callable
from typing import Any

from hubbub.core import db, log
from hubbub.core.access import Reads

PAGE = 50  # items
NEWEST = 2**53  # before nothing

Projection = Callable[[Reads, str, int, int], dict[str, Any]]
_projections: dict[str, Projection] = {}


def projection(kind: str) -> Callable[[Projection], Projection]:
    """Register how a slice shows the items of channel kind:name before a seq, oldest first, at most `limit`."""

    def register(project: Projection) -> Projection:
        _projections[kind] = project
        return project

    return register


def newest(channel: str, before: int = NEWEST, limit: int = PAGE) -> dict[str, Any]:
    """The channel's last items before `before`, and `as_of`, the cursor they are true at."""
    kind, _, _ = channel.partition(":")
    with db.snapshot() as reads:
        items = _projections[kind](reads, channel, before, limit)
        return {"channel": channel, **items, "as_of": log.head(reads, channel)}
