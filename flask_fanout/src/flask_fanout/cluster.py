"""What the processes of one application tell each other over the bus, so that a room may span them.

An event goes, encoded once, to the topic of its room, to which the processes with members of the room subscribe.  A sid
names its process, so what concerns one client goes to the topic of its process.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterable
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import gevent
import msgspec
from gevent.event import Event

from . import bus
from .message import FramedMessage, Message
from .presence import Presence, Who

if TYPE_CHECKING:
    from .manager import Fanout

log = logging.getLogger(__name__)
SID = re.compile(r".+\.([0-9a-f]{12})")
JOIN_TIMEOUT = 1.0  # seconds that joining waits for the bus
REPORT_DELAY = 0.01  # seconds in which the gaps of one outage come together
MAX_PENDING = 10_000  # callbacks, and events to several rooms, to remember
OnGap = Callable[[str, Any], None]


class Request(msgspec.Struct, array_like=True, tag=True):
    """What one process tells another."""


class Emit(Request):
    """An encoded event for rooms; `answer` names the process and the id for acknowledgements, `id` repeated events."""

    namespace: str
    rooms: list[Any]
    skip: list[str]
    wire: bytes
    answer: tuple[str, int] | None = None
    id: bytes = b""


class Answer(Request):
    """A client's acknowledgement, or without arguments the end of a request."""

    id: int
    arguments: list[Any]


class Enter(Request):
    """Add a client of the receiver to a room, then answer."""

    namespace: str
    sid: str
    room: Any
    answer: tuple[str, int]


class Leave(Request):
    """Remove a client of the receiver from a room."""

    namespace: str
    sid: str
    room: Any


class Close(Request):
    """Remove all clients from a room."""

    namespace: str
    room: Any


class Disconnect(Request):
    """Disconnect a client of the receiver."""

    namespace: str
    sid: str


Requests = Emit | Answer | Enter | Leave | Close | Disconnect | Who
decode = msgspec.msgpack.Decoder(Requests).decode
encode = msgspec.msgpack.Encoder().encode


def topic_of(channel: str, namespace: str, room: Any) -> str:
    """Return the topic of a room, of a client (the topic of its process) or, for None, of a namespace."""
    node = find_node(room)
    return f"{channel} {namespace} {room!r}" if node is None else f"{channel} process {node}"


def find_node(sid: Any) -> str | None:
    """Return the process that a sid names, or None for a room."""
    match = SID.fullmatch(sid) if isinstance(sid, str) else None
    return None if match is None else match[1]


def emit_requests(
    channel: str, namespace: str, room: Any, skip_sid: Any, message: Message, answer: tuple[str, int] | None = None
) -> Iterable[tuple[str, bytes]]:
    """Return the topics and the requests that send an event to a room or several rooms of all processes."""
    rooms = [*room] if isinstance(room, list | tuple | set | frozenset) else [room]
    skipped = [skip_sid] if isinstance(skip_sid, str) else [sid for sid in skip_sid or () if sid]
    topics = {topic_of(channel, namespace, each) for each in rooms}
    id = os.urandom(8) if len(topics) > 1 else b""
    request = encode(Emit(namespace, rooms, skipped, message.wire, answer, id))
    return [(topic, request) for topic in topics]


class Cluster:
    """One process's part in the cluster."""

    def __init__(self, manager: Fanout, url: str, channel: str, on_gap: OnGap | None) -> None:
        bus.find_link(url)  # refuse a wrong URL now
        self.manager, self.url, self.channel, self.application_on_gap = manager, url, channel, on_gap
        self.node = os.urandom(6).hex()
        self.topic = f"{channel} process {self.node}"
        self.rooms: dict[str, tuple[str, Any]] = {}  # by topic: what this process subscribes to
        self.joining: dict[str, Event] = {}  # by topic: subscriptions that are not yet in effect
        self.callbacks: dict[int, tuple[bool, Callable[..., None]]] = {}  # by id: whether it may be called once only
        self.seen: dict[bytes, None] = {}  # ids of events to several rooms
        self.gaps: set[tuple[str, Any]] = set()
        self.is_reporting = False
        self.last_id = 0
        self.presence = Presence(self)
        self.handlers: dict[type, Callable[[Any], None]] = {
            Emit: self.on_emit, Answer: self.on_answer, Enter: self.on_enter, Leave: self.on_leave,
            Close: self.on_close, Disconnect: self.on_disconnect, Who: self.presence.on_who
        }  # fmt: skip

    @cached_property
    def bus(self) -> bus.Bus:
        """The bus, connected when it is first needed: after a server has forked its workers."""
        connected = bus.connect(self.url, receive=self.receive, on_gap=self.on_gap, on_state=self.on_state)
        self.joining[self.topic] = Event()
        connected.subscribe(self.topic)
        self.heartbeat = gevent.spawn_later(0, self.presence.run)
        return connected

    def close(self) -> None:
        """Leave the cluster."""
        if "bus" in vars(self):
            self.heartbeat.kill()
            self.bus.close()

    # Rooms

    def watch(self, namespace: str, room: Any) -> None:
        """Subscribe to a room that got its first member here."""
        topic = topic_of(self.channel, namespace, room)
        self.rooms[topic] = namespace, room
        if self.bus.accepts_messages:
            self.joining[topic] = Event()
        self.bus.subscribe(topic)

    def unwatch(self, namespace: str, room: Any) -> None:
        """Unsubscribe from a room that lost its last member here."""
        topic = topic_of(self.channel, namespace, room)
        self.rooms.pop(topic, None)
        joining = self.joining.pop(topic, None)
        if joining is not None:
            joining.set()
        self.bus.unsubscribe(topic)

    def wait_until_joined(self, namespace: str, room: Any) -> None:
        """Block this greenlet until the events of other processes to a room arrive here."""
        topic = topic_of(self.channel, namespace, room)
        joined = self.joining.get(topic)
        if joined is not None and not joined.wait(JOIN_TIMEOUT) and self.joining.get(topic) is joined:
            del self.joining[topic]  # so that it counts as a gap when it takes effect

    # What the manager asks for

    def emit(self, namespace: str, room: Any, skip_sid: Any, message: Message, callback: Any) -> None:
        """Send an encoded event to the rooms' members in other processes."""
        if find_node(room) == self.node:
            return
        answer = None
        if callback is not None:
            answer = self.node, self.remember(callback, once=find_node(room) is not None)
        for topic, request in emit_requests(self.channel, namespace, room, skip_sid, message, answer):
            if topic != self.topic:
                self.bus.publish(topic, request)

    def is_elsewhere(self, sid: Any) -> bool:
        """Return whether a client belongs to another process."""
        return find_node(sid) not in (None, self.node)

    def enter(self, sid: str, namespace: str, room: Any) -> None:
        """Add a client of another process to a room, and wait until events to the room reach it."""
        entered = Event()
        self.tell(sid, Enter(namespace, sid, room, (self.node, self.remember(entered.set, once=True))))
        if gevent.getcurrent() is not gevent.get_hub():
            entered.wait(JOIN_TIMEOUT)

    def tell(self, sid: str, request: Request) -> None:
        """Send a request to a client's process."""
        self.bus.publish(topic_of(self.channel, "", sid), encode(request))

    def publish_to_room(self, namespace: str, room: Any, request: Any) -> None:
        """Send a request to the processes with members of a room."""
        self.bus.publish(topic_of(self.channel, namespace, room), encode(request))

    def remember(self, callback: Callable[..., None], once: bool) -> int:
        """Return the id of a callback that another process may ask for; the oldest ones are forgotten."""
        self.last_id += 1
        self.callbacks[self.last_id] = once, callback
        if len(self.callbacks) > MAX_PENDING:
            del self.callbacks[next(iter(self.callbacks))]
        return self.last_id

    def answer(self, address: tuple[str, int], *arguments: Any) -> None:
        """Answer another process's request."""
        node, id = address
        self.bus.publish(f"{self.channel} process {node}", encode(Answer(id, [*arguments])))

    # What the bus reports

    def receive(self, topic: str, data: bytes) -> None:
        """Handle another process's request."""
        try:
            request = None if self.presence.receive(topic, data) else decode(data)
        except msgspec.DecodeError as error:
            log.warning("Ignored a message of another process, which may run another version: %s", error)
            return
        if request is not None:
            self.handlers[type(request)](request)

    def on_emit(self, request: Emit) -> None:
        """Deliver an event to this process's members of its rooms."""
        if request.id:
            if request.id in self.seen:
                return
            self.seen[request.id] = None
            if len(self.seen) > MAX_PENDING:
                del self.seen[next(iter(self.seen))]
        rooms = request.rooms[0] if len(request.rooms) == 1 else request.rooms
        callback = None if request.answer is None else partial(self.answer, request.answer)
        members = self.manager.members(request.namespace, rooms)
        self.manager.deliver(members, FramedMessage(request.wire), request.namespace, request.skip, callback)

    def on_answer(self, request: Answer) -> None:
        """Call the callback that a client in another process has answered."""
        once, callback = self.callbacks.get(request.id, (False, None))
        if once:
            del self.callbacks[request.id]
        if callback is not None:
            gevent.spawn(callback, *request.arguments)

    def on_enter(self, request: Enter) -> None:
        """Add a client to a room."""

        def enter() -> None:
            if self.manager.client(request.sid, request.namespace) is not None:
                self.manager.enter_room(request.sid, request.namespace, request.room)
                self.answer(request.answer)

        gevent.spawn(enter)

    def on_leave(self, request: Leave) -> None:
        """Remove a client from a room."""
        self.manager.basic_leave_room(request.sid, request.namespace, request.room)

    def on_close(self, request: Close) -> None:
        """Remove this process's clients from a room."""
        self.manager.basic_close_room(request.room, request.namespace)

    def on_disconnect(self, request: Disconnect) -> None:
        """Disconnect a client; its disconnect handler may block."""
        gevent.spawn(self.manager.server.disconnect, request.sid, request.namespace, ignore_queue=True)

    def on_state(self, is_up: bool) -> None:
        """Let the clients that are joining go on while the bus is away; they get a gap when it is back."""
        if not is_up:
            joining, self.joining = self.joining, {}
            for joined in joining.values():
                joined.set()

    def on_gap(self, topic: str) -> None:
        """Report missing events, once for a room that lost several; a new subscription has missed none."""
        joined = self.joining.pop(topic, None)
        if joined is not None:
            joined.set()
        elif self.presence.on_gap(topic):
            return
        elif topic == self.topic:
            self.gaps.update((namespace, None) for namespace, room in self.rooms.values() if room is None)
        elif topic in self.rooms:
            self.gaps.add(self.rooms[topic])
        if self.gaps and not self.is_reporting:
            self.is_reporting = True
            gevent.spawn_later(REPORT_DELAY, self.report_gaps)

    def report_gaps(self) -> None:
        """Tell the application, or the log, where events may be missing."""
        self.is_reporting = False
        gaps, self.gaps = self.gaps, set()
        log.warning("Events of other processes to %d rooms may be missing", len(gaps))
        if self.application_on_gap is not None:
            for namespace, room in gaps:
                self.application_on_gap(namespace, room)
