"""HTTP as it comes from the wire: gevent's server with deadlines and bounds, so that a slow peer costs only itself.

The headers of a request have 10 s from its first byte, and a new connection as long to send one.  A body has 10 s, and
a second more for each 16 KB that came.  A connection may rest for 75 s between requests, and a peer that takes nothing
of an answer is left after as long.  One clock looks after all connections each second, which costs a request nothing.
A connection that became a websocket is none of ours any more.
"""

import contextlib
import errno
import http.client
import io
import logging
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import gevent
from gevent.pywsgi import Input, WSGIHandler
from werkzeug.exceptions import RequestEntityTooLarge

from hubbub import limits
from hubbub.httpserver import listener, websocket_fast_path

log = logging.getLogger(__name__)

HEAD = 10.0  # seconds
BODY, PACE = 10.0, 16 * 1024  # seconds, and bytes that are worth one more
IDLE = 75.0  # seconds; more than the 60 s that proxies keep a connection
HEADERS = 32 * 1024  # bytes of a request line and its headers, of which there are 100 at most
BODY_LIMIT = 1024 * 1024  # bytes
CHUNKS = 10_000  # of a body
BODIES = {False: 256 << 20, True: 32 << 20}  # bytes of bodies that may come at a time: in all, from one address
CONNECTIONS = 400  # of one address, beside its websockets
FILES = 65_536  # open at a time, where the system lets us
BACKLOG = 4096
LATE = 1.0  # seconds that who talks nonsense on and on waits for an answer
BEAT = 1.0  # seconds between two looks for what is late
REASONS = {400: "Bad Request", 408: "Request Timeout", 429: "Too Many Requests",
           431: "Request Header Fields Too Large"}


class Intake(socket.SocketIO):
    """What comes in on one connection: how much, since when, and whether somebody waits for it."""

    def __init__(self, sock: Any) -> None:
        super().__init__(sock, "r")
        self.in_head = True
        self.opened = time.monotonic()
        self.began = 0.0  # when the first byte of this request, or the first read of its body, was; 0 for not yet
        self.got = 0
        self.served = self.is_waiting = self.is_broken = False
        self.body: io.BytesIO | None = None

    def readinto(self, buffer: Any) -> int | None:
        """Read what is there; too large a head is an OSError."""
        got = super().readinto(buffer)
        self.got += got or 0
        self.began = self.began or time.monotonic()
        if self.in_head and self.got > HEADERS:
            raise OSError(errno.EMSGSIZE, "too large a head")
        return got

    def expect(self, head: bool) -> None:
        """From now on a head comes in, or a body."""
        self.in_head, self.began, self.got, self.body = head, 0.0, 0, None

    def is_late(self, now: float) -> bool:
        """Whether this head has begun too long ago, the very first one has not, or a body is waited for too long."""
        if not self.in_head:
            return self.is_waiting and now - self.began > BODY + self.got / PACE
        return now - self.began > HEAD if self.began else not self.served and now - self.opened > HEAD


class Body(Input):
    """A request's body, whose reader waits within its deadline; the class that an `Input` becomes."""

    __slots__ = ()

    @property
    def intake(self) -> Intake:
        """Where it comes from."""
        return cast(Intake, cast(Any, self.rfile).raw)

    def read(self, length: int | None = None) -> bytes:
        """So many bytes, or all; an OSError when the peer is gone, late or says nonsense."""
        return self._waiting(super().read, length)

    def readline(self, size: int | None = None) -> bytes:
        """The same up to the end of a line."""
        return self._waiting(super().readline, size)

    def _waiting(self, read: Callable[[int | None], bytes], length: int | None) -> bytes:
        intake = self.intake
        intake.is_waiting, intake.began = True, intake.began or time.monotonic()
        try:
            return read(length)
        except OSError:
            intake.is_broken = True
            raise
        finally:
            intake.is_waiting = False

    def _chunked_read(self, length: int | None = None, use_readline: bool = False) -> bytes:
        intake = self.intake
        if length == 0:
            return b""
        if intake.body is None:
            cast(Any, self)._send_100_continue()
            intake.body = io.BytesIO(self._chunks())
        return bytes(intake.body.readline(length) if use_readline else intake.body.read(length))

    def _chunks(self) -> bytes:
        """The whole of a body in chunks."""
        parts: list[bytes] = []
        size = 0
        for _ in range(CHUNKS):
            length = self._chunk_length()
            if not length:
                return b"".join(parts)
            size += length
            if size > BODY_LIMIT:
                self.intake.is_broken = True
                raise RequestEntityTooLarge
            parts.append(self.rfile.read(length))
            if self.rfile.readline(2) != b"\r\n":
                raise OSError("a chunk that does not end")
        raise OSError("too many chunks")

    def _chunk_length(self) -> int:
        digits = self.rfile.readline(256).partition(b";")[0].strip()
        if not (0 < len(digits) <= 8 and all(digit in b"0123456789abcdefABCDEF" for digit in digits)):
            raise OSError("a chunk without its length")
        length = int(digits, 16)
        if length == 0:
            while self.rfile.readline(HEADERS) not in (b"\r\n", b"\n", b""):
                if self.intake.got > BODY_LIMIT:
                    raise OSError("trailers without end")
        return length

    def _discard(self) -> None:
        """Read what the application left; not for long, since a connection can also be closed."""
        intake = self.intake
        if self.chunked_input:
            intake.is_broken = intake.is_broken or intake.body is None
            return
        left = (self.content_length or 0) - self.position
        if left > BODY_LIMIT:
            intake.is_broken = True
        elif left > 0 and not intake.is_broken:
            self.send_100_continue_enabled = False
            self.read(left)


class Crowded(ValueError):
    """Too much comes from one address at once."""


class Handler(WSGIHandler):
    """One connection of HTTP."""

    ignored_socket_errors: Any = (*WSGIHandler.ignored_socket_errors, errno.EBADF, errno.ENOTCONN, "timed out")

    server: "Server"

    def __init__(self, sock: Any, address: Any, server: "Server", where: str = "") -> None:
        self.where, self.claimed = where, 0
        sock.settimeout(IDLE)
        sock._io_refs += 1
        self.intake = Intake(sock)
        super().__init__(sock, address, server, io.BufferedReader(self.intake))  # type: ignore[call-arg]

    def handle(self) -> None:
        """Serve it to its end; that the peer is gone is no error."""
        self.server.enter(self)
        try:
            with contextlib.suppress(OSError):
                super().handle()
        finally:
            self.server.leave(self)

    def handle_one_request(self) -> Any:
        """The next request: first its head."""
        gevent.sleep(0)  # who asks on before the answer takes turns with the others
        self.intake.expect(head=True)
        return super().handle_one_request()

    def read_request(self, raw_requestline: str) -> Any:
        """Read the headers; ValueError for those that two servers could understand differently."""
        super().read_request(raw_requestline)
        self.server.claim(self, self.content_length or BODY_LIMIT * ("transfer-encoding" in self.headers))
        self.intake.expect(head=False)
        self.intake.served = True
        return True

    def MessageClass(self, *args: Any) -> Any:
        """The headers, if they say one thing about what follows them."""
        headers = super().MessageClass(*args)
        lengths, encodings = headers.get_all("content-length", []), headers.get_all("transfer-encoding", [])
        if len(lengths) + len(encodings) > 1 or encodings and encodings[0].strip().lower() != "chunked":
            raise ValueError("more than one length")
        if any(not (length.isascii() and length.isdigit() and len(length) < 16) for length in lengths):
            raise ValueError("a length that is no number")
        if headers.defects or self.request_version not in ("HTTP/1.1", "HTTP/1.0"):
            raise ValueError("not HTTP/1.1")
        return headers

    def get_environ(self) -> dict[str, Any]:
        """The WSGI environment, with a body that has a deadline."""
        environ: dict[str, Any] = super().get_environ()
        self.wsgi_input.__class__ = Body
        return environ

    def handle_one_response(self) -> None:
        """Answer; after half a body nothing more can be understood."""
        try:
            super().handle_one_response()
        finally:
            self.server.release(self)
        if self.intake.is_broken:
            self.close_connection = True

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        is_long = isinstance(ex, OSError) and ex.errno == errno.EMSGSIZE or isinstance(ex, http.client.HTTPException)
        status = 429 if isinstance(ex, Crowded) else 431 if is_long else 400
        if limits.goes_on(f"nonsense of {self.where}"):  # no line in the log either: it would be a way to fill the disk
            gevent.sleep(LATE)
        else:
            log.info("refused a request of %s: %s", self.client_address[0], REASONS[status])
        return str(status), refusal(status)

    def cut_if_late(self, now: float) -> None:
        """End a connection whose peer lets us wait."""
        if not self.intake.is_late(now):
            return
        with contextlib.suppress(OSError, AttributeError):  # it may be gone, or somebody else's, by now
            sock: Any = self.socket
            if self.intake.in_head and self.intake.got:
                sock._sock.send(refusal(408))
            sock.shutdown(socket.SHUT_RDWR)


class Server(listener.Server):
    """Listens, looks after its connections, and turns away an address that holds too many.

    Behind proxies of our own the peers are those, and they count for themselves.
    """

    handler_class = Handler

    def __init__(self, where: tuple[str, int], app: Any, proxied: bool = False) -> None:
        super().__init__(where, app, log=None, backlog=BACKLOG)
        self.proxied = proxied
        self.handlers: set[Handler] = set()
        self.counts: Counter[str] = Counter()
        self.coming: Counter[str] = Counter()  # bytes of bodies
        self.clock: Any = None

    def start(self) -> None:
        """Listen."""
        super().start()
        allow_files()
        self.clock = gevent.spawn(self.look)

    def stop(self, timeout: float | None = None) -> None:
        """Stop listening, and let requests that are being answered finish for so many seconds."""
        self.close()
        end = time.monotonic() + (timeout or 0)
        while time.monotonic() < end and not all(handler.intake.in_head for handler in self.handlers):
            gevent.sleep(0.01)
        super().stop(0)
        if self.clock is not None:
            self.clock.kill(block=False)

    def look(self) -> None:
        """Look for what is late, forever."""
        while True:
            gevent.sleep(BEAT)
            now = time.monotonic()
            for handler in list(self.handlers):
                handler.cut_if_late(now)

    def handle(self, sock: Any, address: Any) -> None:
        """Serve one connection, unless its address has too many."""
        where = "" if self.proxied else limits.network(str(address[0]))
        if limits.lifted and where in ("127.0.0.1", limits.network("::1")):
            where = ""
        if where and self.counts[where] >= CONNECTIONS:
            with contextlib.suppress(OSError):
                sock._sock.send(refusal(429))
            return
        if (asked := websocket_fast_path.read(sock)) is not None:
            where_from = {"REMOTE_ADDR": str(address[0]), "REMOTE_PORT": str(address[1])}
            websocket_fast_path.answer(sock, self.application, self.get_environ() | where_from | asked)
        else:
            Handler(sock, address, self, where).handle()

    def enter(self, handler: Handler) -> None:
        """Look after a connection."""
        self.handlers.add(handler)
        self.counts[handler.where] += 1

    def leave(self, handler: Handler) -> None:
        """It is over."""
        self.release(handler)
        self.handlers.discard(handler)
        self.counts[handler.where] -= 1
        if not self.counts[handler.where]:
            del self.counts[handler.where]

    def claim(self, handler: Handler, size: int) -> None:
        """A body of this size begins to come; Crowded when it is too much with the others."""
        claimed = min(size, BODY_LIMIT)
        if claimed and self.coming[handler.where] + claimed > BODIES[handler.where != ""]:
            raise Crowded
        handler.claimed = claimed
        self.coming[handler.where] += claimed

    def release(self, handler: Handler) -> None:
        """The body is read and done with."""
        self.coming[handler.where] -= handler.claimed
        handler.claimed = 0
        if not self.coming[handler.where]:
            del self.coming[handler.where]


def refusal(status: int) -> bytes:
    """An answer without a body, after which the connection is closed."""
    wait = "Retry-After: 30\r\n" if status == 429 else ""
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n{wait}Connection: close\r\nContent-Length: 0\r\n\r\n".encode()


def allow_files() -> None:
    """Let this process have as many connections open as the system lets it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if hard == resource.RLIM_INFINITY else min(FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
