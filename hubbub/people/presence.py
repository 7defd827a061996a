"""Who is here: the people with a connection open, told as signals; a short absence (a reload) is not told."""

from collections import Counter

import gevent

from hubbub import live
from hubbub.core import hub
from hubbub.people import model

GRACE = 4.0  # seconds

_connections: Counter[int] = Counter()
_here: set[int] = set()
_leaving: "dict[int, gevent.Greenlet[[int], None]]" = {}  # who has no connection, and what will say that they are gone


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
        _tell(caller.person)


def left(caller: live.Caller) -> None:
    """One connection fewer; with the last one gone for a while, the person is."""
    _connections[caller.person] -= 1
    if not _connections[caller.person]:
        del _connections[caller.person]
        _leaving[caller.person] = gevent.spawn_later(GRACE, _gone, caller.person)


def _gone(person: int) -> None:
    del _leaving[person]
    _here.remove(person)
    _tell(person)


def _tell(person: int) -> None:
    hub.signal(model.EVERYBODY, "here", {"person": person, "here": person in _here})


def forget() -> None:
    """Begin anew, as a process that has just started."""
    gevent.killall(list(_leaving.values()), block=False)
    _leaving.clear()
    _connections.clear()
    _here.clear()


live.on_arrival(arrived)
live.on_departure(left)
