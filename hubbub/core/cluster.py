"""The live nodes of the cluster, and maps that are the union of what each node has.

A node owns its part of each map.  It numbers the changes and sends them to the others; its heartbeat repeats the number
of the last one, so that a node which missed some asks for the whole part.  A node that is silent for 10 s is dropped
with all its parts; when it is heard again, the others ask for them.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gevent

from hubbub.core import bus, node

HEARTBEAT = 1.0  # seconds
SILENT = 10.0  # seconds without any message, after which a node is dropped
DELAY = 0.1  # seconds for which changes are gathered

Key = int | str
Pairs = list[tuple[Key, Any]]
Hook = Callable[[set[Key]], None]


class Heartbeat(bus.Message, frozen=True):
    """A node is alive; the number of its last change of each map."""

    node: str
    numbers: dict[str, int]


class MapChanged(bus.Message, frozen=True):
    """The change `number` of a node's part of a map."""

    node: str
    map: str
    number: int
    put: Pairs
    removed: list[Key]


class MapRequested(bus.Message, frozen=True):
    """Some node misses changes of a node's part of a map."""

    node: str
    map: str


class MapState(bus.Message, frozen=True):
    """A node's whole part of a map, after the change `number`."""

    node: str
    map: str
    number: int
    pairs: Pairs


class Part:
    """What one node has in a map, after its change `number`."""

    __slots__ = ("number", "values")

    def __init__(self) -> None:
        self.number = 0
        self.values: dict[Key, Any] = {}


class Cluster:
    """What this node knows of the others: when it heard each last, and their parts of the maps."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.heard: dict[str, float] = {}
        self.parts: dict[str, dict[str, Part]] = {name: {self.id: Part()} for name in _maps}
        self.changed: dict[str, set[Key]] = {}  # keys of this node's parts that changed, to be sent
        self.requested: set[str] = set()  # maps of which another node wants the whole part
        self.sending: gevent.Greenlet[..., Any] | None = None


_maps: dict[str, "SharedMap"] = {}
state = node.state(Cluster)


class SharedMap:
    """A map whose keys each node puts and removes for itself; a key is there while any live node has it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._hooks: list[Hook] = []
        _maps[name] = self

    def put(self, key: Key, value: Any = True) -> None:
        """Set this node's value of a key."""
        own = self._own()
        if key not in own or own[key] != value:
            own[key] = value
            self._note(key)

    def remove(self, key: Key) -> None:
        """Remove this node's value of a key, if it has one."""
        if self._own().pop(key, None) is not None:
            self._note(key)

    def values(self, key: Key) -> list[Any]:
        """Return the values of a key at the nodes that have it."""
        return [part.values[key] for part in self._parts().values() if key in part.values]

    def elsewhere(self, key: Key) -> list[Any]:
        """Return the values of a key at other nodes."""
        own = state().id
        return [part.values[key] for other, part in self._parts().items() if other != own and key in part.values]

    def __contains__(self, key: Key) -> bool:
        return any(key in part.values for part in self._parts().values())

    def __iter__(self) -> Iterator[Key]:
        return iter({key for part in self._parts().values() for key in part.values})

    def on_change(self, call: Hook) -> Hook:
        """Call the decorated function, at every node, with the keys that some node put or removed lately."""
        self._hooks.append(call)
        return call

    def call_hooks(self, keys: Iterable[Key]) -> None:
        if changed := set(keys):
            for call in self._hooks:
                call(changed)

    def _parts(self) -> dict[str, Part]:
        return state().parts[self.name]

    def _own(self) -> dict[Key, Any]:
        return self._parts()[state().id].values

    def _note(self, key: Key) -> None:
        state().changed.setdefault(self.name, set()).add(key)
        _send_soon()


def size() -> int:
    """Return the number of live nodes, this one included."""
    return 1 + len(state().heard)


def start() -> None:
    """Send heartbeats until the node closes."""
    beating = node.spawn(_beat)
    node.current().on_close(lambda: beating.kill(block=False))


def _beat() -> None:
    while True:
        heartbeat()
        node.sleep(HEARTBEAT)


def heartbeat() -> None:
    """Send this node's heartbeat, and drop the nodes that have been silent for too long."""
    cluster, now = state(), node.monotonic()
    bus.send(Heartbeat(cluster.id, {name: parts[cluster.id].number for name, parts in cluster.parts.items()}))
    for other in [other for other, at in cluster.heard.items() if now - at > SILENT]:
        del cluster.heard[other]
        for name, parts in cluster.parts.items():
            if part := parts.pop(other, None):
                _maps[name].call_hooks(part.values)


def _send_soon() -> None:
    cluster = state()
    if cluster.sending is None:
        node.current().on_close(_stop_sending)
        cluster.sending = node.spawn_later(DELAY, _send)


def _stop_sending() -> None:
    if sending := state().sending:
        sending.kill(block=False)


def _send() -> None:
    """Send what was gathered, and call the hooks of this node for its own changes."""
    cluster = state()
    cluster.sending = None
    changed, cluster.changed = cluster.changed, {}
    for name, keys in changed.items():
        part = cluster.parts[name][cluster.id]
        part.number += 1
        put = [(key, part.values[key]) for key in keys if key in part.values]
        removed = [key for key in keys if key not in part.values]
        bus.send(MapChanged(cluster.id, name, part.number, put, removed))
        _maps[name].call_hooks(keys)
    requested, cluster.requested = cluster.requested, set()
    for name in requested:
        part = cluster.parts[name][cluster.id]
        bus.send(MapState(cluster.id, name, part.number, list(part.values.items())))


@bus.on(Heartbeat)
def _receive_heartbeat(message: Heartbeat) -> None:
    _hear(message.node)
    for name, number in message.numbers.items():
        if name in _maps and number > _part(message.node, name).number:
            bus.send(MapRequested(message.node, name))


@bus.on(MapChanged)
def _receive_change(message: MapChanged) -> None:
    _hear(message.node)
    if message.map not in _maps:
        return  # of a slice that only the other node has
    part = _part(message.node, message.map)
    if message.number == part.number + 1:
        part.number = message.number
        part.values.update(message.put)
        for key in message.removed:
            part.values.pop(key, None)
        _maps[message.map].call_hooks([*(key for key, _ in message.put), *message.removed])
    elif message.number > part.number:
        bus.send(MapRequested(message.node, message.map))


@bus.on(MapRequested)
def _receive_request(message: MapRequested) -> None:
    if message.node == state().id and message.map in _maps:
        state().requested.add(message.map)
        _send_soon()


@bus.on(MapState)
def _receive_state(message: MapState) -> None:
    _hear(message.node)
    if message.map in _maps and message.number > (part := _part(message.node, message.map)).number:
        before, part.number, part.values = part.values, message.number, dict(message.pairs)
        _maps[message.map].call_hooks(key for key in before.keys() | part.values.keys()
                                      if before.get(key) != part.values.get(key))


def _hear(other: str) -> None:
    state().heard[other] = node.monotonic()


def _part(other: str, name: str) -> Part:
    return state().parts[name].setdefault(other, Part())
