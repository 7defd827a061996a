"""The clients in a room, in all processes: each publishes who joins and leaves, and the first question asks for lists.

Only processes that ask subscribe to the answers, so a room that nobody asks about costs one message per join.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
import msgspec
from gevent.event import Event

if TYPE_CHECKING:
    from .cluster import Cluster

HEARTBEAT, EXPIRY = 1.0, 10.0  # seconds between heartbeats, and of silence after which a process is gone
SUBSCRIBE_TIMEOUT, ANSWER_TIME = 1.0, 0.1  # seconds that the first question about a room waits
FORGET_AFTER = 60.0  # seconds without a question after which a room is no longer followed
Room = tuple[str, Any]  # namespace and name


class Who(msgspec.Struct, array_like=True, tag=True):
    """Ask the processes with members of a room for their lists."""

    namespace: str
    room: Any


class Members(msgspec.Struct, array_like=True, tag=True):
    """All members of a room in one process."""

    node: str
    sids: list[str]


class Changes(msgspec.Struct, array_like=True, tag=True):
    """Who joined a room in one process (true) and who left (false)."""

    node: str
    sids: dict[str, bool]


class Alive(msgspec.Struct, array_like=True, tag=True):
    """A process's heartbeat."""

    node: str


class Followed:
    """A room that this process asks about."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.subscribed = Event()
        self.asked_at = 0.0
        self.nodes: dict[str, set[str]] = {}  # its members in other processes


class Presence:
    """This process's part in the presence of all rooms."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.heartbeat_topic = f"{cluster.channel} heartbeat"
        self.followed: dict[str, Followed] = {}  # by topic
        self.heard_at: dict[str, float] = {}  # when each process last sent something
        self.changes: dict[Room, dict[str, bool]] = {}  # to publish
        self.must_ask = False

    def topic_of(self, room: Room) -> str:
        """Return the topic of a room's presence."""
        return f"{self.cluster.channel} presence {room[0]} {room[1]!r}"

    def publish(self, topic: str, message: msgspec.Struct) -> None:
        """Send a message to the processes that follow a topic."""
        self.cluster.bus.publish(topic, msgspec.msgpack.encode(message))

    # Telling

    def change(self, namespace: str, room: Any, sid: str, joined: bool) -> None:
        """Publish that a client joined or left, together with others of this iteration of the event loop."""
        if not self.changes:
            gevent.get_hub().loop.run_callback(self.publish_changes)
        self.changes.setdefault((namespace, room), {})[sid] = joined

    def publish_changes(self) -> None:
        """Publish who joined and left."""
        changes, self.changes = self.changes, {}
        for room, sids in changes.items():
            self.publish(self.topic_of(room), Changes(self.cluster.node, sids))

    def on_who(self, request: Who) -> None:
        """Answer another process's question."""
        room = request.namespace, request.room
        self.publish(self.topic_of(room), Members(self.cluster.node, [*self.cluster.manager.present_here(*room)]))

    # Asking

    def present(self, namespace: str, room: Any) -> set[str]:
        """Return the sids in a room in other processes; the first question about a room waits for the answers."""
        topic = self.topic_of((namespace, room))
        followed = self.followed.get(topic)
        if followed is None:
            followed = self.followed[topic] = Followed((namespace, room))
            followed.asked_at = time.monotonic()
            self.cluster.bus.subscribe(self.heartbeat_topic)
            self.cluster.bus.subscribe(topic)
            if followed.subscribed.wait(SUBSCRIBE_TIMEOUT):
                gevent.sleep(ANSWER_TIME)
        followed.asked_at = time.monotonic()
        self.drop_silent()
        return set().union(*followed.nodes.values())

    def on_gap(self, topic: str) -> bool:
        """Ask for the lists of a room if this topic is one of a room's presence."""
        followed = self.followed.get(topic)
        if followed is not None:
            self.ask(followed)
            followed.subscribed.set()
        return followed is not None or topic == self.heartbeat_topic

    def ask(self, followed: Followed) -> None:
        """Ask the processes with members of a room for their lists."""
        self.cluster.publish_to_room(*followed.room, Who(*followed.room))

    def receive(self, topic: str, data: bytes) -> bool:
        """Handle a message if its topic is one of presence."""
        followed = self.followed.get(topic)
        if followed is None and topic != self.heartbeat_topic:
            return False
        message = decode(data)
        if message.node not in self.heard_at:
            self.must_ask = True
        self.heard_at[message.node] = time.monotonic()
        if followed is not None and not isinstance(message, Alive):
            if isinstance(message, Members):
                followed.nodes[message.node] = {*message.sids}
            else:
                members = followed.nodes.setdefault(message.node, set())
                for sid, joined in message.sids.items():
                    (members.add if joined else members.discard)(sid)
        return True

    def drop_silent(self) -> None:
        """Forget the processes that were silent for too long."""
        limit = time.monotonic() - EXPIRY
        for node in [node for node, heard_at in self.heard_at.items() if heard_at < limit]:
            del self.heard_at[node]
            for followed in self.followed.values():
                followed.nodes.pop(node, None)

    # Regularly

    def run(self) -> None:
        """Send heartbeats and stop following rooms that nobody asks about any more."""
        while True:
            self.publish(self.heartbeat_topic, Alive(self.cluster.node))
            self.drop_silent()
            for topic, followed in [*self.followed.items()]:
                if followed.asked_at < time.monotonic() - FORGET_AFTER:
                    del self.followed[topic]
                    self.cluster.bus.unsubscribe(topic)
                elif self.must_ask:
                    self.ask(followed)
            if not self.followed:
                self.cluster.bus.unsubscribe(self.heartbeat_topic)
            self.must_ask = False
            gevent.sleep(HEARTBEAT)


decode: Callable[[bytes], Any] = msgspec.msgpack.Decoder(Members | Changes | Alive).decode
