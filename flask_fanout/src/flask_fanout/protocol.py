"""The rules of Engine.IO v4 and Socket.IO v5 that the stock server does not enforce.

A client that breaks a rule is disconnected, with at most one line in the log that contains nothing it sent.  The rules
are set on one server instance, not on the libraries' classes, so a stock server in the same process is not affected.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs

import msgspec
import socketio
from engineio import packet as engine
from socketio import packet

from .frames import PROTOCOL_ERROR, ProtocolError
from .websocket import ClientConnection

MAX_ATTACHMENTS = 10
MAX_DEPTH = 32
PLAIN_EVENT = re.compile(r"42(?:(/[^,?\[]*),)?([0-9]{0,15})(\[.*)", re.DOTALL)
RESERVED = frozenset({"*", "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"})
PARSE_ERRORS = (ValueError, TypeError, LookupError, AttributeError, RecursionError, OverflowError)


class Protocol:
    """Checks what clients send to one server and passes it to the server's Socket.IO handlers."""

    def __init__(self, server: socketio.Server) -> None:
        self.server, self.engine = server, server.eio
        self.stock_handle_request, self.stock_ok = self.engine.handle_request, self.engine._ok
        self.engine.handle_request = self.handle_request
        self.engine._ok = self.ok_response
        self.engine._method_not_found = self.engine._bad_request

    # HTTP

    def handle_request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Serve Engine.IO as a WSGI application; refuse JSONP and requests that do not name their transport."""
        query = parse_qs(environ.get("QUERY_STRING", ""))
        if "transport" not in query or "j" in query:
            response = self.engine._bad_request("Invalid transport")
            start_response(response["status"], response["headers"])
            return [response["response"]]
        session = self.engine.sockets.get(query.get("sid", [""])[0])
        connection: ClientConnection | None = session and session.queue
        if connection is not None and connection.sock is not None:
            if query["transport"] == ["websocket"]:
                return connection.accept_websocket(environ, start_response)
            connection.on_readable()  # the upgrade packet that the client sent before this request
        body: Iterable[bytes] = self.stock_handle_request(environ, start_response)
        return body

    def ok_response(self, packets: list[engine.Packet] | None = None, **options: Any) -> dict[str, Any]:
        """Answer a POST with `ok`, and a poll without packets, because its session ended, with a NOOP."""
        if packets is None:
            return {**self.stock_ok(None, **options), "response": b"ok"}
        response: dict[str, Any] = self.stock_ok(packets or [engine.Packet(engine.NOOP)], **options)
        return response

    # Packets

    def receive(self, connection: ClientConnection, data: str | bytes) -> None:
        """Handle one Engine.IO packet, in the connection's worker greenlet."""
        if connection.session.closing:
            return  # the session ended while the packet waited
        if isinstance(data, bytes):
            self.add_attachment(connection, data)
        elif (event := self.parse_plain_event(connection, data)) is not None:
            self.server._handle_event(connection.eio_sid, *event)
        elif data.startswith("4"):
            self.handle_packet(connection, self.parse_packet(connection, data[1:]))
        elif data.startswith("1"):
            connection.session.close(wait=False, abort=True, reason=self.engine.reason.CLIENT_DISCONNECT)
        else:
            raise violation("unknown Engine.IO packet")

    def parse_plain_event(self, connection: ClientConnection, data: str) -> tuple[str, int | None, list[Any]] | None:
        """Parse an ordinary event quickly as (namespace, id, data); None leaves the packet to `parse_packet`."""
        match = PLAIN_EVENT.fullmatch(data)
        if match is None or connection.incomplete is not None:
            return None
        namespace, id, body = match[1] or "/", match[2], match[3]
        if namespace not in connection.sids or body.count("[") + body.count("{") > MAX_DEPTH:
            return None
        try:
            arguments = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return None
        name = arguments[0] if isinstance(arguments, list) and arguments else None
        if not isinstance(name, str) or name in RESERVED:
            return None
        return namespace, int(id) if id else None, arguments

    def parse_packet(self, connection: ClientConnection, text: str) -> packet.Packet:
        """Parse a Socket.IO packet and check its form."""
        if connection.incomplete is not None:
            raise violation("text instead of an announced attachment")
        try:
            parsed = self.server.packet_class(encoded_packet=text)
        except PARSE_ERRORS:
            raise violation("invalid Socket.IO packet") from None
        is_binary = parsed.packet_type in (packet.BINARY_EVENT, packet.BINARY_ACK)
        if not (1 <= parsed.attachment_count <= MAX_ATTACHMENTS if is_binary else parsed.attachment_count == 0):
            raise violation("invalid number of attachments")
        if text.count("[") + text.count("{") > MAX_DEPTH and depth(parsed.data) > MAX_DEPTH:
            raise violation("nested too deeply")
        if is_binary and not are_unique([*placeholders(parsed.data)], parsed.attachment_count):
            raise violation("unknown or repeated placeholder")
        return parsed

    def handle_packet(self, connection: ClientConnection, parsed: packet.Packet) -> None:
        """Check what a packet carries and pass it to Socket.IO's handlers."""
        kind, data, namespace = parsed.packet_type, parsed.data, parsed.namespace or "/"
        if kind == packet.CONNECT:
            self.handle_connect(connection, namespace, data)
        elif namespace not in connection.sids:
            if not connection.is_admitted:
                raise violation("packet before CONNECT")
            connection.limit_control_packets()
        elif kind == packet.DISCONNECT:
            self.handle_disconnect(connection, namespace)
        elif not isinstance(data, list):
            raise violation("packet data is not a list")
        elif parsed.attachment_count > len(parsed.attachments):
            connection.incomplete = parsed
        elif kind in (packet.EVENT, packet.BINARY_EVENT):
            if not data or not isinstance(data[0], str) or data[0] in RESERVED:
                raise violation("missing or reserved event name")
            self.server._handle_event(connection.eio_sid, namespace, parsed.id, data)
        elif kind in (packet.ACK, packet.BINARY_ACK) and parsed.id:
            self.server._handle_ack(connection.eio_sid, namespace, parsed.id, data)
        else:
            raise violation("unknown Socket.IO packet")

    def add_attachment(self, connection: ClientConnection, data: bytes) -> None:
        """Add an attachment to the incomplete packet; the last one completes it."""
        parsed = connection.incomplete
        if parsed is None:
            raise violation("unannounced attachment")
        if sum(map(len, parsed.attachments)) + len(data) > self.engine.max_http_buffer_size:
            raise violation("attachments over the size limit")
        try:
            is_complete = parsed.add_attachment(data)
        except PARSE_ERRORS:
            raise violation("invalid attachment") from None
        if is_complete:
            connection.incomplete = None
            self.handle_packet(connection, parsed)

    def handle_connect(self, connection: ClientConnection, namespace: str, data: Any) -> None:
        """Let a client enter a namespace; refuse if it does not exist or its connect handler raises."""
        server = self.server
        if namespace in connection.sids or not (data is None or isinstance(data, dict)):
            raise violation("invalid CONNECT")
        is_known = namespace in server.handlers or namespace in server.namespace_handlers
        if not is_known and server.namespaces != "*" and namespace not in server.namespaces:
            self.refuse_connect(connection, namespace, "Invalid namespace")
            return
        try:
            server._handle_connect(connection.eio_sid, namespace, data)
        except Exception:
            server.manager.disconnect(connection.sids.get(namespace), namespace)
            self.refuse_connect(connection, namespace, "Connection refused by server")
            raise
        if namespace in connection.sids:
            connection.admit()

    def handle_disconnect(self, connection: ClientConnection, namespace: str) -> None:
        """Let a client leave a namespace; it has to enter another one in time if it is in none then."""
        self.server._handle_disconnect(connection.eio_sid, namespace, self.engine.reason.CLIENT_DISCONNECT)
        if not connection.sids:
            self.server.manager.expect_namespace(connection)

    def refuse_connect(self, connection: ClientConnection, namespace: str, message: str) -> None:
        """Answer a CONNECT with an error."""
        refusal = packet.Packet(packet.CONNECT_ERROR, {"message": message}, namespace)
        self.server._send_packet(connection.eio_sid, refusal)


def violation(reason: str) -> ProtocolError:
    """Return the error for a packet that breaks the protocol."""
    return ProtocolError(PROTOCOL_ERROR, reason)


def placeholders(data: Any) -> Iterator[Any]:
    """Yield the attachment numbers of a packet's placeholders."""
    if isinstance(data, dict) and data.get("_placeholder") and "num" in data:
        yield data["num"]
    elif isinstance(data, dict | list):
        for inner in data.values() if isinstance(data, dict) else data:
            yield from placeholders(inner)


def are_unique(numbers: list[Any], count: int) -> bool:
    """Return whether all numbers belong to announced attachments and none repeats, which would multiply its size."""
    return all(type(number) is int and 0 <= number < count for number in numbers) and len(set(numbers)) == len(numbers)


def depth(data: Any) -> int:
    """Return how deeply lists and objects are nested, counting one level beyond the limit at most."""
    level, count = [data], 0
    while level and count <= MAX_DEPTH:
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, list | dict)]
        level, count = [child for children in inner for child in children], count + bool(inner)
    return count
