"""Pointers: where everybody writes in a document, told as signals under the name they signed in with."""

import time
from typing import Any, NamedTuple

import gevent

from hubbub import live
from hubbub.core import access, db, hub

GONE = 30.0  # seconds without a word
LOOK = 5.0  # seconds between two looks for such


class Pointer(NamedTuple):
    """One editor: whose it is, its Yjs client, where its selection begins and ends, and when it said so."""

    person: int
    client: int
    anchor: Any
    head: Any
    said: float


_there: dict[tuple[str, str], Pointer] = {}  # by channel and connection
_looking: "gevent.Greenlet[[], None] | None" = None


def move(caller: live.Caller, channel: str, client: int, anchor: Any, head: Any) -> list[dict[str, Any]]:
    """Say where the caller writes; answers where the others do."""
    global _looking
    access.check(db, caller.person, channel, "read")
    _there[channel, caller.sid] = pointer = Pointer(caller.person, client, anchor, head, time.monotonic())
    hub.signal(channel, "pointer", _said(pointer))
    if _looking is None:
        _looking = gevent.spawn(_look)
    return [_said(other) for (name, sid), other in _there.items() if name == channel and sid != caller.sid]


def _said(pointer: Pointer) -> dict[str, Any]:
    return {"person": pointer.person, "client": pointer.client, "anchor": pointer.anchor, "head": pointer.head}


def leave(channel: str, sid: str) -> None:
    """A connection has the document open no more."""
    if pointer := _there.pop((channel, sid), None):
        hub.signal(channel, "pointer", {"person": pointer.person, "client": pointer.client, "gone": True})


def left(caller: live.Caller) -> None:
    """A connection is gone."""
    for channel, sid in [place for place in _there if place[1] == caller.sid]:
        leave(channel, sid)


def _look() -> None:
    global _looking
    while _there:
        gevent.sleep(LOOK)
        sweep(time.monotonic())
    _looking = None


def sweep(now: float) -> None:
    """Let go of who has said nothing for half a minute, or does not hear the document any more."""
    for (channel, sid), pointer in list(_there.items()):
        if now - pointer.said > GONE or channel not in hub.heard_by(pointer.person):
            leave(channel, sid)


live.on_departure(left)
