"""Engine.IO's session with its timers on the wheel, its websocket and its packets handed to our connection."""

import functools
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import gevent
from engineio import exceptions
from engineio import packet as engine
from engineio.socket import Socket
from gevent.queue import Empty

from . import outbox, websocket

BODY_DEADLINE = 10.0
POLL, POLL_BYTES = 16, 256 * 1024


class Session(Socket):  # type: ignore[misc]
    """What a session's class becomes under Fanout; its `queue` is its connection."""

    queue: websocket.Connection
    last_ping: float | None
    closing: bool
    closed: bool

    def schedule_ping(self) -> None:
        """Send the next ping after the interval; called when the session opens and for each pong."""
        if self.last_ping:
            self.last_ping = None
            self.queue.manager.wheel.call(self.server.ping_interval, self.ping)

    def ping(self) -> None:
        """Ask the client whether it is there."""
        if not self.closing and not self.closed:
            self.last_ping = asked = time.time()
            self.send(engine.Packet(engine.PING))
            self.queue.manager.wheel.call(self.server.ping_timeout, functools.partial(self.overdue, asked))

    def overdue(self, asked: float) -> None:
        """End the session if that ping is still unanswered; a client that we do not read cannot answer."""
        if self.last_ping != asked or self.closing or self.closed:
            return
        if self.queue.throttled:
            self.queue.manager.wheel.call(self.server.ping_timeout, functools.partial(self.overdue, asked))
        else:
            self.queue.finish(self.server.reason.PING_TIMEOUT, abort=False)

    def check_ping_timeout(self) -> bool:
        """The wheel watches; a send does not."""
        if self.closed:
            raise exceptions.SocketIsClosedError
        return True

    def poll(self) -> list[engine.Packet]:
        """What waits, as soon as something does, up to 256 KB, and no more than a Python client takes in one answer."""
        try:
            packets = [self.queue.get(timeout=self.server.ping_interval + self.server.ping_timeout)]
        except Empty:
            raise exceptions.QueueEmpty from None
        size = outbox.cost(packets[0])
        while len(packets) < POLL and size < POLL_BYTES and self.queue.qsize():
            packets.append(self.queue.get(block=False))
            size += outbox.cost(packets[-1])
        return [packet for packet in packets if packet is not None]

    def handle_get_request(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Any:
        """A poll, or the handshake of a websocket; a second poll beside the first ends the session."""
        if parse_qs(environ["QUERY_STRING"])["transport"][0] == "websocket":
            return self.queue.accept(environ, start_response)
        environ.pop("HTTP_UPGRADE", None)
        if self.queue.polling:
            self.close(wait=False, reason=self.server.reason.TRANSPORT_ERROR)
            raise exceptions.UnknownPacketError
        self.queue.polling = True
        try:
            return super().handle_get_request(environ, start_response)
        finally:
            self.queue.polling = False

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """The packets of a polling client; bad ones, or a second POST beside the first, end the session."""
        connection, is_handled = self.queue, False
        if not connection.posting:
            connection.posting = True
            try:
                body = read(environ, self.server.max_http_buffer_size)
                is_handled = body is not None and not self.closed and connection.post(body)
            finally:
                connection.posting = False
        if not is_handled:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_ERROR)
            raise exceptions.UnknownPacketError


def read(environ: dict[str, Any], limit: int) -> str | None:
    """A request's body; None when it is too long, too slow or not UTF-8."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        if length > limit:
            return None
        with gevent.Timeout(BODY_DEADLINE, False):  # type: ignore[arg-type]
            body: bytes = environ["wsgi.input"].read(length)
            return body.decode()
    except (ValueError, OSError):
        pass
    return None
