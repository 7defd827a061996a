"""The open Socket.IO connections of this node: accepting, identifying and closing them."""

import logging
from collections.abc import Callable
from typing import Any

import msgspec
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as ConnectionRefused

import flask_fanout
from hubbub.core import db, hub, latest, node
from hubbub.core.access import Refused, Visitor
from hubbub.core.tail import Frame
from hubbub.live import admissions, connection_limits, registry
from hubbub.web import version

NAMESPACE = "/live"
UNANSWERED = 64  # events of one connection that may wait for their commit; then it is not read from

logger = logging.getLogger(__name__)
encode = msgspec.json.Encoder().encode


class Connection:
    """One open connection and the person behind it; to the core, a peer."""

    is_stream = False

    __slots__ = ("sid", "visitor", "person", "network", "batches", "calls", "_unanswered", "link", "send")

    def __init__(self, sid: str, visitor: Visitor, link: "flask_fanout.Connection", network: str = "") -> None:
        self.sid = sid
        self.visitor = visitor
        self.person = visitor.person
        self.network = network
        self.batches: list[db.Batch] = []  # those that its events wait for
        self.calls: list[Any] = []  # groups of calls that its events wait for
        self._unanswered = 0
        self.link = link
        self.send = link.send

    @property
    def full(self) -> bool:
        return self.link.full

    @property
    def is_answered(self) -> bool:
        """Whether no event of this connection waits for its commit."""
        return not self._unanswered

    def drained(self, timeout: float) -> bool:
        return self.link.drain(timeout)

    def close(self) -> None:
        self.link.close()

    def answer_after(self, batch: db.Batch, answer: Callable[[Refused | None], None]) -> None:
        """Answer when `batch` has ended; with too many open answers, wait, so that nothing more is read."""
        if batch not in self.batches:
            self.batches = [*(one for one in self.batches if not one.ended.is_set()), batch]
        batch.then(self._counted(answer))
        if self._unanswered >= UNANSWERED:
            batch.ended.wait()

    def answer_call(self, call: db.Call[Any], answer: Callable[[Any], None]) -> None:
        """Answer in the same way with the outcome of a call."""
        if call.group not in self.calls:
            self.calls = [*(one for one in self.calls if not one.is_committed), call.group]
        call.then(self._counted(answer))
        if self._unanswered >= UNANSWERED:
            call.group.wait_for_commit()

    def _counted(self, answer: Callable[[Any], None]) -> Callable[[Any], None]:
        self._unanswered += 1

        def ended(outcome: Any) -> None:
            self._unanswered -= 1
            answer(outcome)

        return ended


class Connections:
    """A node's Socket.IO server, its open connections by session id, and its open streams of server-sent events."""

    def __init__(self) -> None:
        self.socketio = SocketIO()
        self.by_sid: dict[str, Connection] = {}
        self.streams: set[Any] = set()
        self.broadcast_to_streams: Callable[[list[Any], Frame], None] = lambda streams, frame: None


state = node.state(Connections)


def socketio() -> SocketIO:
    """Return this node's Socket.IO."""
    return state().socketio


def count() -> int:
    """Return the number of open connections, in all namespaces."""
    return len(socketio().server.eio.sockets)


def unsent_bytes() -> int:
    """Return how many bytes wait to be sent, over all connections; 0 with the stock transport."""
    links = getattr(socketio().server.manager, "connections", {})
    return sum(getattr(link, "unsent_bytes", 0) for link in links.values())


def frame(event: str, payload: object) -> flask_fanout.EncodedEvent:
    """Encode an event of the product's namespace once, for any number of connections."""
    return flask_fanout.EncodedEvent(NAMESPACE, event, encode(payload))


def broadcast(connections: list[Any], frame: Frame) -> set[Any]:
    """Send a frame to each connection that is not full, and return the full ones."""
    full = {connection for connection in connections if connection.link.full}
    if full:
        connections = [connection for connection in connections if connection not in full]
    if state().streams and (streams := [connection for connection in connections if connection.is_stream]):
        for stream in streams:
            if stream.has_own_format:
                stream.send(frame)
        state().broadcast_to_streams([stream for stream in streams if not stream.has_own_format], frame)
        connections = [connection for connection in connections if not connection.is_stream]
    socketio().server.manager.broadcast([connection.link for connection in connections], frame)
    return full


def accept(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    """Open a connection to the product's namespace for the visitor that a handshake identifies, or refuse it."""
    server = socketio().server
    try:
        version.check(auth)
        admission = admissions.admit(sid, environ, auth, registry.identify, _close)
    except Refused as refusal:
        raise ConnectionRefused(refusal.message, refusal.payload) from None
    eio_sid = server.manager.eio_sid_from_sid(sid, NAMESPACE)
    if eio_sid is None or admission.visitor is None:  # the session ended meanwhile; no event will say so
        admissions.withdraw(sid)
        raise ConnectionRefused("the connection is gone")
    link = flask_fanout.find_connection(server, eio_sid)
    connection = state().by_sid[sid] = Connection(sid, admission.visitor, link, admission.network)
    if version.is_outdated(auth):
        connection.send(frame("new_version", {}))
    for hook in registry.connect_hooks:
        hook(connection)


def remove(sid: str, reason: str) -> None:
    """Forget a closed connection."""
    admissions.withdraw(sid)
    connection = state().by_sid.pop(sid, None)
    if connection is None:
        return
    stop_reading(connection)
    for hook in registry.disconnect_hooks:
        hook(connection)


def close_socket(call: Callable[[str, str], None], eio_sid: str, reason: str) -> None:
    """Have the transport handle the end of a socket, and stop counting it."""
    environ = socketio().server.environ.get(eio_sid, {})
    try:
        call(eio_sid, reason)
    finally:
        connection_limits.release(environ)


def stop_reading(connection: Connection) -> None:
    """Remove a connection from everything it reads and watches."""
    hub.disconnect(connection)
    latest.unwatch(connection)


def _close(sid: str) -> None:
    """Close a connection whose right ended."""
    if connection := state().by_sid.get(sid):
        remove(sid, "disconnected")
        connection.close()
