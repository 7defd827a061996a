"""Presence: the people with a connection open, announced as signals; a short absence, such as a reload, is not.

People who come or go at about the same time are announced together: 5,000 clients that reconnect at once would
otherwise cost 25 million frames.
"""

from collections import Counter
from typing import Any

import gevent

from hubbub import live
from hubbub.core import hub, node
from hubbub.people import model

ABSENCE = 4.0  # seconds without a connection after which a person is offline
DELAY = 0.25  # seconds for which changes are gathered


class Presence:
    """The people who are present at this node."""

    def __init__(self) -> None:
        self.connections: Counter[int] = Counter()
        self.present: set[int] = set()
        self.announced: set[int] = set()
        self.leaving: dict[int, gevent.Greenlet[..., Any]] = {}  # timers of people without a connection
        self.announcing: gevent.Greenlet[..., Any] | None = None

    def stop(self) -> None:
        """Stop the timers."""
        gevent.killall([*self.leaving.values(), *([self.announcing] if self.announcing else [])], block=False)


state = node.state(Presence)


def online() -> list[int]:
    """Return the ids of the people who are present."""
    return sorted(state().present)


@live.on_connect
def connected(connection: live.Connection) -> None:
    """Count one more connection of a person, who is then not leaving."""
    presence, person = state(), connection.person
    presence.connections[person] += 1
    if person in presence.leaving:
        presence.leaving.pop(person).kill(block=False)
    if person not in presence.present:
        presence.present.add(person)
        _announce_soon(presence)


@live.on_disconnect
def disconnected(connection: live.Connection) -> None:
    """Count one connection fewer; some time after the last one, the person is offline."""
    presence, person = state(), connection.person
    presence.connections[person] -= 1
    if not presence.connections[person]:
        del presence.connections[person]
        presence.leaving[person] = node.spawn_later(ABSENCE, _leave, presence, person)
        node.current().on_close(presence.stop)


def _leave(presence: Presence, person: int) -> None:
    del presence.leaving[person]
    presence.present.remove(person)
    _announce_soon(presence)


def _announce_soon(presence: Presence) -> None:
    if not presence.announcing:
        presence.announcing = node.spawn_later(DELAY, _announce, presence)


def _announce(presence: Presence) -> None:
    presence.announcing = None
    arrived, left = sorted(presence.present - presence.announced), sorted(presence.announced - presence.present)
    presence.announced = set(presence.present)
    if arrived or left:
        hub.signal(model.EVERYBODY, "presence", {"online": arrived, "offline": left})
