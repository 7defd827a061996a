"""Pointers: where people write in a document now, sent as signals under the name they signed in with."""

import time
from typing import Any, NamedTuple

import gevent

from hubbub import live
from hubbub.core import access, db, hub

GONE = 30.0  # seconds after its last move when a pointer goes
LOOK = 5.0  # seconds between two sweeps


class Pointer(NamedTuple):
    """One editor: its connection, its Yjs client, where its selection begins and ends, and when it moved last."""

    caller: live.Caller
    client: int
    anchor: Any
    head: Any
    moved: float


_open: dict[str, dict[str, Pointer]] = {}  # by document channel, then by connection
_sweeper: "gevent.Greenlet[[], None] | None" = None


def move(caller: live.Caller, channel: str, client: int, anchor: Any, head: Any) -> list[dict[str, Any]]:
    """Set where the caller writes; return where the others do."""
    global _sweeper
    access.check(db, caller.person, channel, "point")
    there = _open.setdefault(channel, {})
    there[caller.sid] = pointer = Pointer(caller, client, anchor, head, time.monotonic())
    hub.signal(channel, "pointer", _public(pointer))
    if _sweeper is None:
        _sweeper = gevent.spawn(_sweep_while_open)
    return [_public(other) for sid, other in there.items() if sid != caller.sid]


def _public(pointer: Pointer) -> dict[str, Any]:
    return {"person": pointer.caller.person, "client": pointer.client, "anchor": pointer.anchor, "head": pointer.head}


def leave(channel: str, sid: str) -> None:
    """Remove the pointer of a connection that closed the document."""
    there = _open.get(channel, {})
    if pointer := there.pop(sid, None):
        hub.signal(channel, "pointer", {"person": pointer.caller.person, "client": pointer.client, "gone": True})
        if not there:
            del _open[channel]


def left(caller: live.Caller) -> None:
    """Remove the pointers of a connection that closed."""
    for channel in [channel for channel, there in _open.items() if caller.sid in there]:
        leave(channel, caller.sid)


def _sweep_while_open() -> None:
    global _sweeper
    while _open:
        gevent.sleep(LOOK)
        sweep(time.monotonic())
    _sweeper = None


def sweep(now: float) -> None:
    """Remove the pointers that did not move for half a minute, or whose connection does not read the document now."""
    for channel, there in list(_open.items()):
        for sid, pointer in list(there.items()):
            if now - pointer.moved > GONE or channel not in hub.joined(pointer.caller):
                leave(channel, sid)


live.on_departure(left)
