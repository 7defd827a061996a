"""Presence: the people with a connection open at any node, announced as signals; a short absence is not.

Each node has its part of a shared map.  A node announces to its own readers who came or went, and people who do so at
about the same time together: 5,000 clients that reconnect at once would otherwise cost 25 million frames.
"""

from collections import Counter
from typing import Any

import gevent

from hubbub import live
from hubbub.core import cluster, hub, node
from hubbub.people import model

ABSENCE = 12.0  # seconds without a connection after which a person is offline; everyone knows it within 15
DELAY = 0.25  # seconds for which changes are gathered

present = cluster.SharedMap("presence")


class Presence:
    """The people with connections to this node, and whom it has announced as present."""

    def __init__(self) -> None:
        self.connections: Counter[int] = Counter()
        self.leaving: dict[int, gevent.Greenlet[..., Any]] = {}  # timers of people without a connection
        self.announced: set[int] = set()
        self.changed: set[int] = set()  # people to look at in the next announcement
        self.announcing: gevent.Greenlet[..., Any] | None = None

    def stop(self) -> None:
        """Stop the timers."""
        gevent.killall([*self.leaving.values(), *([self.announcing] if self.announcing else [])], block=False)


state = node.state(Presence)


def online() -> list[int]:
    """Return the ids of the people who are present."""
    return sorted(map(int, present))


@live.on_connect
def connected(connection: live.Connection) -> None:
    """Count one more connection of a person, who is then not leaving."""
    presence, person = state(), connection.person
    presence.connections[person] += 1
    if person in presence.leaving:
        presence.leaving.pop(person).kill(block=False)
    present.put(person)


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
    present.remove(person)


@present.on_change
def _announce_soon(people: set[cluster.Key]) -> None:
    presence = state()
    presence.changed.update(map(int, people))
    if presence.announcing is None:
        presence.announcing = node.spawn_later(DELAY, _announce, presence)
        node.current().on_close(presence.stop)


def _announce(presence: Presence) -> None:
    changed, presence.changed, presence.announcing = presence.changed, set(), None
    here = {person for person in changed if person in present}
    arrived, left = sorted(here - presence.announced), sorted((changed - here) & presence.announced)
    presence.announced = (presence.announced | here).difference(left)
    if arrived or left:
        hub.signal_here(model.EVERYBODY, "presence", {"online": arrived, "offline": left})
