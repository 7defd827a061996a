"""An Engine.IO session whose timers, WebSocket and packets are handled by its connection."""

import base64
import binascii
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import gevent
from engineio import exceptions
from engineio import packet as engine
from engineio.socket import Socket
from gevent.queue import Empty

from . import frames, outbox, websocket

BODY_TIMEOUT = 10.0  # seconds
POLL_PACKETS, POLL_BYTES = 16, 256 * 1024  # in one response; python-socketio's client accepts 16 packets


class Session(Socket):  # type: ignore[misc]
    """The class that sessions get under Fanout; `queue` is the session's connection."""

    queue: websocket.ClientConnection
    last_ping: float | None
    closing: bool
    closed: bool
    pong_deadline: float  # by the monotonic clock; the timers can be late

    def schedule_ping(self) -> None:
        """Schedule the next ping, when the session opens and after each pong."""
        if self.last_ping:
            self.last_ping = None
            self.pong_deadline = time.monotonic() + self.server.ping_interval + self.server.ping_timeout
            self.queue.context.timers.call_later(self.server.ping_interval, self.ping)

    def ping(self) -> None:
        """Send a ping and schedule the check for its pong."""
        if not self.closing and not self.closed:
            self.last_ping = sent_at = time.time()
            self.send(engine.Packet(engine.PING))
            self.queue.context.timers.call_later(self.server.ping_timeout, self.check_pong, sent_at)

    def check_pong(self, sent_at: float) -> None:
        """End the session if the ping is still unanswered and the server is reading from the client."""
        if self.last_ping != sent_at or self.closing or self.closed:
            return
        if self.queue.is_throttled:
            self.queue.context.timers.call_later(self.server.ping_timeout, self.check_pong, sent_at)
        else:
            self.queue.end_session(self.server.reason.PING_TIMEOUT, abort=False)

    def close(self, *arguments: Any, **options: Any) -> None:
        """End the session; the call that ends it separates it from its connection."""
        super().close(*arguments, **options)
        if self.closed:
            self.queue.session = EndedSession(self.server)

    def check_ping_timeout(self) -> bool:
        """Check only that the session is open: a timer watches the pings."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        return True

    def poll(self) -> list[engine.Packet]:
        """Wait for packets, and return at most 16 packets or about 256 KB of them."""
        try:
            packets = [self.queue.get(timeout=self.server.ping_interval + self.server.ping_timeout)]
        except Empty:
            raise exceptions.QueueEmpty from None
        size = outbox.packet_size(packets[0])
        while len(packets) < POLL_PACKETS and size < POLL_BYTES and self.queue.qsize():
            packets.append(self.queue.get(block=False))
            size += outbox.packet_size(packets[-1])
        return [packet for packet in packets if packet is not None]

    def handle_get_request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        """Handle a poll or a WebSocket handshake; a second simultaneous poll, or a missing pong, ends the session."""
        if parse_qs(environ["QUERY_STRING"])["transport"][0] == "websocket":
            return self.queue.accept_websocket(environ, start_response)
        environ.pop("HTTP_UPGRADE", None)
        is_late = time.monotonic() > self.pong_deadline and not self.queue.is_throttled
        if is_late or self.queue.has_open_poll:
            reasons = self.server.reason
            self.close(wait=False, reason=reasons.PING_TIMEOUT if is_late else reasons.TRANSPORT_ERROR)
            raise exceptions.UnknownPacketError
        self.queue.has_open_poll = True
        try:
            return super().handle_get_request(environ, start_response)
        finally:
            self.queue.has_open_poll = False

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Handle a polling client's packets; invalid ones or a second simultaneous POST end the session."""
        connection, is_handled = self.queue, False
        if not connection.has_open_post:
            connection.has_open_post = True
            try:
                body = read_body(environ, connection.message_limit)
                is_handled = body is not None and not self.closed and handle_body(connection, body)
            finally:
                connection.has_open_post = False
        if not is_handled:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR)
            raise exceptions.UnknownPacketError


def handle_body(connection: websocket.ClientConnection, body: str) -> bool:
    """Handle a polling client's packets after all earlier ones; return False if they broke the protocol."""
    connection.body_size = len(body)
    connection.count_input()
    try:
        for part in frames.split_payload(body):
            connection.on_packet(base64.b64decode(part[1:], validate=True) if part.startswith("b") else part)
            if connection.is_throttled:
                connection.wait_until_handled()
    except binascii.Error:
        connection.reject(frames.ProtocolError(frames.INVALID_DATA, "attachment is not base64"))
    except frames.ProtocolError as error:
        connection.reject(error)
    connection.wait_until_handled()
    connection.body_size = 0
    connection.count_input()
    return not connection.is_rejected


class EndedSession:
    """Replaces a closed session in its connection; otherwise the two would keep each other in memory."""

    def __init__(self, server: Any) -> None:
        self.server, self.closing, self.closed = server, True, True
        self.connected, self.upgrading, self.upgraded = False, False, False

    def schedule_ping(self) -> None:
        """Do nothing."""

    def close(self, **options: Any) -> None:
        """Do nothing."""


def read_body(environ: dict[str, Any], limit: int) -> str | None:
    """Return a request's body, or None if it is too long, too slow or not UTF-8."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > limit:
            return None
        with gevent.Timeout(BODY_TIMEOUT, False):  # type: ignore[arg-type]
            body: bytes = environ["wsgi.input"].read(length)
            return body.decode()
    except (ValueError, OSError):
        pass
    return None
