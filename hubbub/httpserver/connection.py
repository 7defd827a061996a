"""One HTTP connection: read a request within its deadline, have the application answer it, and read the next.

The headers of a request have 10 s from its first byte, and a new connection as long to send one.  A body has 10 s, and
a second more for each 16 KB that came.  A connection may rest for 75 s between requests, and is closed when its peer
accepts nothing of an answer for as long.  The server's watchdog enforces deadlines once a second, which costs a request
nothing.  A connection that became a websocket has no deadline here.
"""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import time
from math import inf
from typing import TYPE_CHECKING, Any

import gevent
from werkzeug.exceptions import RequestEntityTooLarge

from hubbub import limits
from hubbub.httpserver.parser import BODY_LIMIT, BadRequest, Parser, Request
from hubbub.httpserver.response import REASONS, RETRY_AFTER, Response, refusal

if TYPE_CHECKING:
    from hubbub.httpserver.server import Server

log = logging.getLogger(__name__)

HEAD_TIMEOUT = 10.0  # seconds
FIRST_REQUEST = 1.0  # seconds in which a new connection is expected to send a request; a stop waits for it
BODY_TIMEOUT, BODY_RATE = 10.0, 16 * 1024  # seconds, and bytes that earn one more
IDLE_TIMEOUT = 75.0  # seconds; more than the 60 s that proxies keep a connection
ABUSE_DELAY = 1.0  # seconds that a peer waits for an answer after many bad requests
HEAD_SIZE, BODY_SIZE = 16 * 1024, 64 * 1024  # bytes read at once; heads and small chunks take long to parse
EMPTY_INPUT = io.BytesIO()
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Disconnected(ConnectionError):
    """The peer is gone, too slow, or sent a body that breaks off."""


class Connection:
    """One connection from `accept` to its end."""

    def __init__(self, server: Server, sock: Any, address: Any, network: str, read: bytes = b"") -> None:
        sock.settimeout(IDLE_TIMEOUT)
        self.server, self.sock, self.address, self.network = server, sock, str(address[0]), network
        self.parser = Parser(server.environ | {"REMOTE_ADDR": self.address, "REMOTE_PORT": str(address[1])})
        self.accepted = time.monotonic()
        self.deadline = self.accepted + HEAD_TIMEOUT
        self.is_late = False
        self.request: Request | None = None
        self.has_asked = False  # at least once
        self.claimed = 0  # bytes of the body that count for the network
        self._body_began = 0.0
        self._read: list[bytes] | None = [read] if server.handover else None  # since the current request began
        if read:
            self.parser.feed(read)

    def serve(self) -> None:
        """Serve all requests of the connection."""
        self.server.enter(self)
        try:
            while request := self._next_request():
                if self._is_handed_over(request):
                    return
                self.request, self.has_asked = request, True
                self.server.claim(self, BODY_LIMIT if request.is_chunked else request.length)
                if request.is_upgrade:
                    self.server.leave(self)
                self.server.turns.wait()
                if not self._answer(request):
                    break
                self.server.release(self)
                self.request = None
                gevent.sleep(0)  # pipelined requests take turns with other connections
            self._discard_input()
        except BadRequest as error:
            self._refuse(error.status)
        except Disconnected:
            pass
        finally:
            self.server.leave(self)
            self.parser.close()

    def _is_handed_over(self, request: Request) -> bool:
        """Give the connection to another worker if the request is for a session there; return whether it has it.

        Behind an earlier request that was read together with it, its bytes are not known: it is answered here.
        """
        handover, read, self._read = self.server.handover, self._read, None
        if handover is None or read is None or (owner := handover.owner(request.environ)) is None:
            return False
        return handover.give(owner, self.sock, b"".join(read))

    def is_busy(self) -> bool:
        """Return whether a request is being answered, or the first of a new connection should be here any moment."""
        return self.request is not None or not self.has_asked and time.monotonic() - self.accepted < FIRST_REQUEST

    def expire(self) -> None:
        """End the wait for a peer that is too slow."""
        self.is_late, self.deadline = True, inf
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RD)

    def receive_body(self, request: Request) -> None:
        """Wait for more of a request's body; raise Disconnected or RequestEntityTooLarge when there is none to come."""
        if request.expects_continue:
            request.expects_continue = False
            self._send(CONTINUE)
        self._body_began = self._body_began or time.monotonic()
        self.deadline = self._body_began + BODY_TIMEOUT + request.received / BODY_RATE
        if self.parser.error is None and not self._receive():
            self.parser.error = BadRequest(408 if self.is_late else 400)
        self.deadline = inf
        if self.parser.error and not request.is_complete:
            if self.parser.error.status == 413:
                raise RequestEntityTooLarge
            raise Disconnected("the request's body breaks off")

    def _next_request(self) -> Request | None:
        parser = self.parser
        if self.server.handover and self._read is None and not (parser.in_head or parser.requests):
            self._read = []
        if parser.in_head:
            self.deadline = time.monotonic() + HEAD_TIMEOUT
        while not parser.requests:
            if parser.error:
                raise parser.error
            had_begun = parser.in_head
            if not self._receive():
                if parser.in_head:
                    raise BadRequest(408 if self.is_late else 400)
                return None
            if parser.in_head and not had_begun:
                self.deadline = time.monotonic() + HEAD_TIMEOUT
        self.deadline, self._body_began = inf, 0.0
        return parser.requests.popleft()

    def _receive(self) -> bool:
        try:
            data = self.sock.recv(BODY_SIZE if self.request and not self.request.is_chunked else HEAD_SIZE)
        except OSError:
            return False
        if data and not self.is_late:
            if self._read is not None:
                self._read.append(data)
            self.parser.feed(data)
        return bool(data) and not self.is_late

    def _send(self, data: bytes) -> None:
        try:
            self.sock.sendall(data)
        except OSError as error:
            raise Disconnected(*error.args) from None

    def _answer(self, request: Request) -> bool:
        """Have the application answer; return whether the connection can be used again."""
        response = Response(request, self._send, lambda: self._may_keep_alive(request))
        environ = request.environ
        environ["wsgi.input"], environ["wsgi.input_terminated"] = self._input(request), not request.is_upgrade
        if not request.is_upgrade:
            environ["hubbub.socket"] = self.sock  # an answer that lasts may take it over after the head
        try:
            result = self.server.application(environ, response.start)
            try:
                if response.status or not request.is_upgrade:  # else the application took the socket
                    response.send_all(result)
            finally:
                if hasattr(result, "close"):
                    result.close()
        except Disconnected:
            raise
        except Exception:
            log.exception("the application failed")
            if not response.is_head_sent:
                self._send(refusal(500))
            return False
        finally:
            environ["wsgi.input"] = EMPTY_INPUT  # the body would keep its request in memory, and the other way round
            environ.pop("hubbub.socket", None)
        while response.keep_alive and not request.is_complete:
            request.body.clear()
            self.receive_body(request)
        return response.keep_alive

    def _input(self, request: Request) -> Any:
        if request.is_upgrade:
            return Upgrade(self.sock, self.parser.rest)
        return io.BytesIO() if request.is_complete and not request.body else io.BufferedReader(Body(self, request))

    def _may_keep_alive(self, request: Request) -> bool:
        """Whether another request can follow: the body is read, or there is so little left that it will be."""
        is_short = not request.is_chunked and request.length - request.received <= BODY_LIMIT
        return (request.keep_alive and not request.is_upgrade and not self.server.closed
                and (request.is_complete or is_short and not request.expects_continue and not self.parser.error))

    def _refuse(self, status: int) -> None:
        if limits.is_abusive(f"nonsense of {self.network}"):  # without a log line: it could fill the disk
            gevent.sleep(ABUSE_DELAY)
        else:
            log.info("refused a request from %s: %s", self.address, REASONS[status])
        with contextlib.suppress(Disconnected):
            self._send(refusal(status, wait=RETRY_AFTER if status == 429 else 0))
            self._discard_input()

    def _discard_input(self) -> None:
        """Read what has arrived: with unread data, closing would be a reset, which can destroy the last answer."""
        with contextlib.suppress(OSError):
            self.sock.settimeout(0)
            self.sock.recv(BODY_SIZE)


class Body(io.RawIOBase):
    """The body of a request as the application reads it, within its deadline."""

    def __init__(self, connection: Connection, request: Request) -> None:
        self._connection, self._request = connection, request

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what is there, or wait for more; 0 at the end.  A chunked body is read once it is complete."""
        request = self._request
        while not request.is_complete and (request.is_chunked or not request.body):
            self._connection.receive_body(request)
        if not request.body:
            return 0
        piece = memoryview(request.body.popleft())
        size = min(len(buffer), len(piece))
        buffer[:size] = piece[:size]
        if size < len(piece):
            request.body.appendleft(piece[size:])
        return size


class Upgrade:
    """The input of a request to upgrade: its socket, in the shape of gevent's WSGI server, and what was read of it."""

    def __init__(self, sock: Any, rest: bytes) -> None:
        self._sock, self._rest = sock, rest

    @property
    def raw(self) -> Upgrade:
        """The object with the socket: this one."""
        return self

    def peek(self) -> bytes:
        """Return what came right behind the request."""
        return self._rest
