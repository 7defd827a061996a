"""Who is here: the people with a connection open, told as signals; a short absence (a reload) is not told."""

from collections import Counter

import gevent

from hubbub import live
from hubbub.core import hub
from hubbub.people import model

GRACE = 4.0  # seconds

_connections: Counter[int] = Counter()
_here: set[int] = set()


def here() -> list[int]:
    """The ids of the people who are here."""
    return sorted(_here)


def arrived(caller: live.Caller) -> None:
    """One more connection of a person."""
    _connections[caller.person] += 1
    if caller.person not in _here:
        _here.add(caller.person)
        _tell(caller.person)


def left(caller: live.Caller) -> None:
    """One connection fewer; with the last one gone for a while, the person is."""
    _connections[caller.person] -= 1
    if not _connections[caller.person]:
        gevent.spawn_later(GRACE, _gone, caller.person)


def _gone(person: int) -> None:
    if not _connections[person] and person in _here:
        del _connections[person]
        _here.remove(person)
        _tell(person)


def _tell(person: int) -> None:
    hub.signal(model.EVERYBODY, "here", {"person": person, "here": person in _here})


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _connections.clear()
    _here.clear()


live.on_arrival(arrived)
live.on_departure(left)
