"""The last requests of each hook: when, how each was answered, and how its body began.

A flood writes at most one row a second, so that it does not push the other requests out of the list.
"""

import contextlib
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from hubbub.core import db, node
from hubbub.core.access import Reads, Refused
from hubbub.hooks import payloads
from hubbub.hooks.message import CONTROL, Rejected
from hubbub.hooks.model import Hook

KEPT = 20  # of each hook
BODY = 8000  # characters
PAUSE = 1.0  # seconds between two rows about requests that were too fast
REMEMBERED = 1000  # hooks


class Delivery(msgspec.Struct, frozen=True):
    """A request to a hook; `n` is its number, `status` that of the response, `error` empty where it was accepted."""

    n: int
    at: float
    status: int
    error: str
    body: str


class New(NamedTuple):
    """A request that was just answered."""

    hook: int
    status: int
    error: str
    body: str


class Floods:
    """When this node last stored that a hook is too fast."""

    def __init__(self) -> None:
        self.stored: dict[int, float] = {}


state = node.state(Floods)

COUNT = """update hook set received = received + more.count from each(:counts) as more(hook bigint, count bigint)
    where hook.id = more.hook returning hook.id, hook.received"""
STORE = """insert into hook_delivery (hook, slot, n, at, status, error, body)
    select hook, slot, n, :at, status, error, body from each(:rows) as delivery(hook bigint, slot bigint, n bigint,
    status bigint, error text, body text) where true on conflict (hook, slot) do update
    set n = excluded.n, at = excluded.at, status = excluded.status, error = excluded.error, body = excluded.body"""


def record(hook: Hook, body: str, status: int = 200, error: str = "") -> None:
    """Store how a request was answered, together with others that are answered meanwhile."""
    db.together(store, hook.channel, new(hook, body, status, error)).wait()


def new(hook: Hook, body: str, status: int = 200, error: str = "") -> New:
    """Return what is stored of a request."""
    return New(hook.id, status, error, CONTROL.sub("", body[:BODY]))


def record_flood(hook: Hook, error: str) -> None:
    """Store that a hook is too fast, unless that was stored a moment ago."""
    stored, now = state().stored, node.monotonic()
    if now - stored.get(hook.id, -PAUSE) < PAUSE:
        return
    if len(stored) >= REMEMBERED:
        stored.clear()
    stored[hook.id] = now
    record(hook, "", 429, error)


def store(tx: db.Transaction, deliveries: Sequence[New]) -> list[int | Refused]:
    """Store how requests were answered, with two statements for any number."""
    counts = Counter(one.hook for one in deliveries)
    last = dict(tx.execute(COUNT, counts=sorted(counts.items())))
    rows = []
    for one in reversed(deliveries):
        n = last.get(one.hook)  # None: the hook was revoked meanwhile
        if n is not None:
            last[one.hook] = n - 1
            rows.append((one.hook, n % KEPT, n, *one[1:]))
    newest = {(row[0], row[1]): row for row in reversed(rows)}  # a slot twice in a statement is an error
    tx.execute(STORE, rows=list(newest.values()), at=node.now())
    return [0 for _ in deliveries]


def last_payload(reads: Reads, hook: int) -> Any:
    """Return the JSON that a hook received last; refuse if none of its last requests had any that is kept whole."""
    for one in recent(reads, hook):
        with contextlib.suppress(Rejected):
            if one.body[:1] in ("{", "[") and len(one.body) < BODY:
                return payloads.decode(one.body)
    raise Refused("error.hook_payload_missing", "not_found")


def recent(reads: Reads, hook: int) -> list[Delivery]:
    """Return the last requests of a hook, newest first."""
    rows = reads.execute("select n, at, status, error, body from hook_delivery where hook = :hook order by n desc",
                         hook=hook)
    return [Delivery(*row) for row in rows]
