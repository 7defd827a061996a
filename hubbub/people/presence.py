"""Who is here: the people with a connection open, told as signals; a short absence (a reload) is not told.

Those who come or go at about the same time are told together: a herd of 5,000 would else cost 25 million frames.
"""

from collections import Counter

import gevent

from hubbub import live
from hubbub.core import hub
from hubbub.people import model

GRACE = 4.0  # seconds of an absence that is none
TOGETHER = 0.25  # seconds in which changes are gathered

_connections: Counter[int] = Counter()
_here: set[int] = set()
_told: set[int] = set()  # who is here as it was told last
_leaving: "dict[int, gevent.Greenlet[[int], None]]" = {}  # who has no connection, and what will say that they are gone
_telling: "gevent.Greenlet[[], None] | None" = None


def here() -> list[int]:
    """The ids of the people who are here."""
    return sorted(_here)


def arrived(caller: live.Caller) -> None:
    """One more connection of a person; whatever was about to say that they are gone is called off."""
    _connections[caller.person] += 1
    if caller.person in _leaving:
        _leaving.pop(caller.person).kill(block=False)
    if caller.person not in _here:
        _here.add(caller.person)
        _tell_soon()


def left(caller: live.Caller) -> None:
    """One connection fewer; with the last one gone for a while, the person is."""
    _connections[caller.person] -= 1
    if not _connections[caller.person]:
        del _connections[caller.person]
        _leaving[caller.person] = gevent.spawn_later(GRACE, _gone, caller.person)


def _gone(person: int) -> None:
    del _leaving[person]
    _here.remove(person)
    _tell_soon()


def _tell_soon() -> None:
    global _telling
    if not _telling:
        _telling = gevent.spawn_later(TOGETHER, _tell)


def _tell() -> None:
    global _telling
    _telling = None
    come, gone = sorted(_here - _told), sorted(_told - _here)
    _told.clear()
    _told.update(_here)
    if come or gone:
        hub.signal(model.EVERYBODY, "here", {"here": come, "gone": gone})


def forget() -> None:
    """Begin anew, as a process that has just started."""
    global _telling
    gevent.killall([*_leaving.values(), *([_telling] if _telling else [])], block=False)
    _telling = None
    for known in (_leaving, _connections, _here, _told):
        known.clear()


live.on_arrival(arrived)
live.on_departure(left)
