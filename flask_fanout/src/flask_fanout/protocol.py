"""The rules of Engine.IO v4 and Socket.IO v5 that the stock server leaves open, as overrides on one server's instance.

Whoever breaks one is disconnected, with at most one line in the log that holds nothing of what was sent.  Nothing here
touches the libraries' classes, so a stock server in the same process stays stock.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import msgspec
import socketio
from engineio import packet as engine
from socketio import packet

from .frames import BAD_FRAME, ProtocolError
from .message import Message
from .session import Session
from .websocket import Connection

if TYPE_CHECKING:
    from .manager import Fanout

log = logging.getLogger(__name__)

ATTACHMENTS = 10
DEPTH = 32
CONNECT_DEADLINE = 10.0
PLAIN = re.compile(r"42(?:(/[^,?\[]*),)?([0-9]{0,15})(\[.*)", re.DOTALL)
RESERVED = frozenset({"*", "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
MALFORMED = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError)


class Protocol:
    """Stands between one server's sessions and its Socket.IO handlers."""

    def __init__(self, manager: "Fanout", server: socketio.Server) -> None:
        self.manager, self.server, self.engine = manager, server, server.eio
        self.stock_request, self.stock_ok = self.engine.handle_request, self.engine._ok
        self.engine.handle_request = self.request
        self.engine._ok = self.ok
        self.engine._method_not_found = self.engine._bad_request
        self.engine.start_service_task = False
        self.engine.on("connect", self.connected)
        self.engine.on("disconnect", self.disconnected)
        server._send_packet = self.send

    # HTTP

    def request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Engine.IO's WSGI application: a request has to name its transport, and JSONP is off."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "transport" not in query or "j" in query:
            answer = self.engine._bad_request("Invalid transport")
            start_response(answer["status"], answer["headers"])
            return [answer["response"]]
        answered: Iterable[bytes] = self.stock_request(environ, start_response)
        return answered

    def ok(self, packets: list[engine.Packet] | None = None, **options: Any) -> dict[str, Any]:
        """The answer to a POST is `ok`; a poll that has nothing to say, because the session ended, gets a NOOP."""
        if packets is None:
            return {**self.stock_ok(None, **options), "response": b"ok"}
        answer: dict[str, Any] = self.stock_ok(packets or [engine.Packet(engine.NOOP)], **options)
        return answer

    # Sessions

    def connected(self, eio_sid: str, environ: dict[str, Any]) -> None:
        """A session opens: it gets its connection, and announces its ping interval to the millisecond."""
        session = self.engine.sockets[eio_sid]
        session.queue.peek(block=False).data["pingInterval"] = int(
            (self.engine.ping_interval + self.engine.ping_interval_grace_period) * 1000
        )
        session.__class__ = Session
        connection = self.manager.links[eio_sid] = Connection(self.manager, session)
        self.manager.wheel.call(CONNECT_DEADLINE, connection.waited)
        self.manager.look_after()
        self.server._handle_eio_connect(eio_sid, environ)

    def disconnected(self, eio_sid: str, reason: str) -> None:
        """A session ends: its handlers hear of it, then nothing of it remains."""
        try:
            self.server._handle_eio_disconnect(eio_sid, reason)
        finally:
            self.manager.forget(eio_sid)

    def send(self, eio_sid: str, parcel: packet.Packet) -> None:
        """Send a Socket.IO packet to one session."""
        link = self.manager.links.get(eio_sid)
        if link is not None:
            link.send(Message(parcel.encode()))

    # Packets

    def receive(self, connection: Connection, message: str | bytes) -> None:
        """One Engine.IO packet, in the connection's worker."""
        if connection.session.closing:
            return  # it ended while this waited for its turn
        if isinstance(message, bytes):
            self.attach(connection, message)
        elif (plain := self.plain(connection, message)) is not None:
            self.server._handle_event(connection.eio_sid, *plain)
        elif message.startswith("4"):
            self.handle(connection, self.decode(connection, message[1:]))
        elif message == "1":
            connection.session.close(wait=False, abort=True, reason=self.engine.reason.CLIENT_DISCONNECT)
        else:
            raise broken("an unknown Engine.IO packet")

    def plain(self, connection: Connection, message: str) -> tuple[str, int | None, list[Any]] | None:
        """An ordinary event, read quickly: its namespace, id and data; None leaves it to `decode`, which knows all."""
        read = PLAIN.fullmatch(message)
        if read is None or connection.attachments is not None:
            return None
        namespace, id, body = read[1] or "/", read[2], read[3]
        if namespace not in connection.sids or body.count("[") + body.count("{") > DEPTH:
            return None
        try:
            data = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return None
        if not (isinstance(data, list) and data and isinstance(data[0], str) and data[0] not in RESERVED):
            return None
        return namespace, int(id) if id else None, data

    def decode(self, connection: Connection, text: str) -> packet.Packet:
        """A Socket.IO packet whose form is right."""
        if connection.attachments is not None:
            raise broken("text where an attachment was announced")
        try:
            parcel = self.server.packet_class(encoded_packet=text)
        except MALFORMED:
            raise broken("not a Socket.IO packet") from None
        binary = parcel.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK)
        if not (1 <= parcel.attachment_count <= ATTACHMENTS if binary else parcel.attachment_count == 0):
            raise broken("a bad number of attachments")
        if text.count("[") + text.count("{") > DEPTH and depth(parcel.data) > DEPTH:
            raise broken("too deep")
        if binary and not each_once([*places(parcel.data)], parcel.attachment_count):
            raise broken("a placeholder of nothing, or a second one of the same")
        return parcel

    def handle(self, connection: Connection, parcel: packet.Packet) -> None:
        """Check what a packet may carry, and hand it to Socket.IO's own handlers."""
        kind, data, namespace = parcel.packet_type, parcel.data, parcel.namespace or "/"
        if kind == packet.CONNECT:
            self.connect(connection, namespace, data)
        elif namespace not in connection.sids:
            if not connection.greeted:
                raise broken("a packet before CONNECT")
            connection.count_beside()
        elif kind == packet.DISCONNECT:
            self.server._handle_disconnect(connection.eio_sid, namespace, self.engine.reason.CLIENT_DISCONNECT)
        elif not isinstance(data, list):
            raise broken("a packet without a list")
        elif parcel.attachment_count > len(parcel.attachments):
            connection.attachments = parcel
        elif kind in (packet.EVENT, packet.BINARY_EVENT):
            if not data or not isinstance(data[0], str) or data[0] in RESERVED:
                raise broken("an event without a name of its own")
            self.server._handle_event(connection.eio_sid, namespace, parcel.id, data)
        elif kind in (packet.ACK, packet.BINARY_ACK) and parcel.id:
            self.server._handle_ack(connection.eio_sid, namespace, parcel.id, data)
        else:
            raise broken("an unknown Socket.IO packet")

    def attach(self, connection: Connection, data: bytes) -> None:
        """One attachment; with the last one the packet is whole."""
        parcel = connection.attachments
        if parcel is None:
            raise broken("an attachment that was not announced")
        if sum(map(len, parcel.attachments)) + len(data) > self.engine.max_http_buffer_size:
            raise broken("attachments over the limit")
        try:
            whole = parcel.add_attachment(data)
        except MALFORMED:
            raise broken("a bad attachment") from None
        if whole:
            connection.attachments = None
            self.handle(connection, parcel)

    def connect(self, connection: Connection, namespace: str, data: Any) -> None:
        """A client enters a namespace; one that does not exist is refused, and so is one whose handler broke."""
        server = self.server
        if namespace in connection.sids or not (data is None or isinstance(data, dict)):
            raise broken("a bad CONNECT")
        known = namespace in server.handlers or namespace in server.namespace_handlers
        if not known and server.namespaces != "*" and namespace not in server.namespaces:
            self.refuse(connection, namespace, "Invalid namespace")
            return
        try:
            server._handle_connect(connection.eio_sid, namespace, data)
        except Exception:
            self.manager.disconnect(connection.sids.get(namespace), namespace)
            self.refuse(connection, namespace, "Connection refused by server")
            raise
        connection.greeted = connection.greeted or namespace in connection.sids

    def refuse(self, connection: Connection, namespace: str, words: str) -> None:
        """Answer a CONNECT with an error."""
        self.send(connection.eio_sid, packet.Packet(packet.CONNECT_ERROR, {"message": words}, namespace))


def broken(words: str) -> ProtocolError:
    """The error of a peer that sends what no client sends."""
    return ProtocolError(BAD_FRAME, words)


def places(data: Any) -> Iterator[Any]:
    """The numbers of the attachments that a packet's placeholders stand for."""
    if isinstance(data, dict) and data.get("_placeholder") and "num" in data:
        yield data["num"]
    elif isinstance(data, dict | list):
        for inner in data.values() if isinstance(data, dict) else data:
            yield from places(inner)


def each_once(numbers: list[Any], count: int) -> bool:
    """Whether these are attachments that were announced, none twice: a megabyte in many places would be many."""
    return all(type(number) is int and 0 <= number < count for number in numbers) and len(set(numbers)) == len(numbers)


def depth(data: Any) -> int:
    """How deep lists and objects are nested; looks one level further than is allowed, at most."""
    level, at = [data], 0
    while level and at <= DEPTH:
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, list | dict)]
        level, at = [child for children in inner for child in children], at + bool(inner)
    return at
