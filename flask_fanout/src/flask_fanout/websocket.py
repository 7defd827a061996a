"""The connection: takes its socket from pywsgi, reads in the loop, and has one worker handle its messages in order."""

import _socket
import base64
import binascii
import contextlib
import functools
import hashlib
import io
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import gevent
from engineio import packet as engine
from engineio.socket import Socket
from gevent.event import Event
from gevent.socket import socket as gevent_socket

from . import frames, outbox
from .frames import ProtocolError
from .message import Raw, frame_of

if TYPE_CHECKING:
    from .manager import Fanout

log = logging.getLogger(__name__)

READABLE = 1
CHUNK = 65536
UNHANDLED = 64
DEADLINE = 10.0
LINGER = 5.0
TURN = 0.004  # seconds; who sends without a pause takes turns with the others
BESIDE, AHEAD = 0.01, 10.0  # seconds that one packet beside events takes, and how far they may run ahead
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
EMPTY = io.BytesIO()
Stage = Callable[["Connection", str | bytes], None]


class Connection(outbox.Outbox):
    """One session from its first poll or handshake to its end."""

    __slots__ = (
        *("attachments", "beside", "greeted", "inbox", "inbox_size", "polling", "posting"),
        *("reader", "refused", "stage", "watcher", "working"),
    )

    def __init__(self, manager: "Fanout", session: Socket) -> None:
        super().__init__(manager, session)
        self.reader: frames.Reader | None = None
        self.watcher: Any = None
        self.stage: Stage = Connection.probe
        self.inbox: deque[str | bytes | Callable[[], None]] = deque()
        self.inbox_size, self.working = 0, False
        self.polling, self.posting, self.greeted, self.refused = False, False, False, False
        self.attachments: Any = None
        self.beside = 0.0

    # Opening

    def accept(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer a websocket handshake: the socket leaves pywsgi, and the loop calls us from then on."""
        rfile = environ["wsgi.input"]
        sock = getattr(getattr(rfile, "raw", None), "_sock", None)
        key, version = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip(), environ.get("HTTP_SEC_WEBSOCKET_VERSION")
        is_right = upgrades(environ) and version == "13" and sound(key)
        if type(sock) is not gevent_socket or not is_right or self.sock is not None:
            if not self.session.connected:
                self.finish(self.session.server.reason.TRANSPORT_ERROR)
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return ()
        self.sock = _socket.socket(fileno=sock.detach())
        self.sock.setblocking(False)
        self.sock.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        self.push = self.sock.send
        self.reader = frames.Reader(self.session.server.max_http_buffer_size)
        with contextlib.suppress(OSError):  # raised where nothing came right behind the request: the socket is ours now
            self.reader.feed(rfile.peek())
        environ["wsgi.input"] = EMPTY
        self.begin(handshake(key))
        return ()

    def begin(self, answer: bytes) -> None:
        """Answer the handshake and start to read."""
        if self.session.connected:
            self.stage = Connection.probe
            self.now(answer)
            self.manager.wheel.call(DEADLINE, functools.partial(self.overdue, self.sock))
        else:
            self.out.append(answer)
            self.start()
        if self.sock is not None:
            self.watcher = gevent.get_hub().loop.io(self.sock.fileno(), READABLE)
            self.watcher.start(self.readable)
            gevent.get_hub().loop.run_callback(self.parse)

    def overdue(self, sock: _socket.socket | None) -> None:
        """An upgrade that was not finished in time leaves the session polling."""
        if self.sock is sock and not self.live and not self.ended:
            self.lost()

    def now(self, data: bytes) -> None:
        """Send a few bytes past the outbox, which is not ours yet."""
        try:
            self.push(data)
        except OSError:
            self.lost()

    def waited(self) -> None:
        """End a session that has entered no namespace in time."""
        if not self.greeted:
            self.refuse(ProtocolError(frames.BAD_FRAME, "no CONNECT in time"))

    def probe(self, message: str | bytes) -> None:
        """The first word of an upgrade; the poll that waits is ended."""
        if message != "2probe":
            raise ProtocolError(frames.BAD_FRAME, "an upgrade without its probe")
        self.session.upgrading, self.stage = True, Connection.upgrade
        self.now(frames.encode(b"3probe"))
        self.queue.put(engine.Packet(engine.NOOP))

    def upgrade(self, message: str | bytes) -> None:
        """The second word of an upgrade; from here on nothing goes by polling."""
        if message != "5":
            raise ProtocolError(frames.BAD_FRAME, "an upgrade that was not finished")
        self.start()

    def start(self) -> None:
        """The websocket is the transport now; what waits for a poll goes first."""
        session = self.session
        session.connected, session.upgraded, session.upgrading = True, True, False
        self.live, self.stage, self.size = True, Connection.receive, 0
        queue, self.queue = self.queue, None
        while not queue.empty():
            packet = queue.get_nowait()
            if packet is not None and packet.packet_type != engine.NOOP:
                self.add(Raw(frame_of(packet)))
        queue.put(None)

    # Ending

    def finish(self, reason: str, abort: bool = True) -> None:
        """End the session once, after what it sent us is handled."""
        if self.open:
            self.open = False
            self.wake()
            self.hand(functools.partial(self.session.close, wait=False, abort=abort, reason=reason))

    def close(self) -> None:
        """End the connection, after what it already sent us is handled."""
        self.finish(self.session.server.reason.SERVER_DISCONNECT, abort=False)

    def shut(self) -> None:
        """The session is over: a websocket gets its close frame and some seconds to follow, a poll an answer."""
        if self.ended:
            return
        self.ended, self.open = True, False
        self.session.server.sockets.pop(self.eio_sid, None)
        if self.live:
            self.leave(frames.NORMAL)
        elif self.queue is not None:
            self.queue.put(None)
            if self.sock is not None and not self.leaving:
                self.lost()
        self.wake()

    def leave(self, code: int) -> None:
        """Send a close frame; a peer that does not follow is cut off."""
        self.say(code)
        if self.sock is not None:
            self.manager.wheel.call(LINGER, self.lost)

    def refuse(self, error: ProtocolError) -> None:
        """End a connection that broke the protocol, with one line in the log."""
        if not self.refused:
            self.refused = True
            log.info("closed %s: %s", self.eio_sid, error)
            if self.live:
                self.leave(error.code)
            self.finish(self.session.server.reason.TRANSPORT_ERROR)

    def lost(self) -> None:
        """The socket is of no more use: an upgrade falls back to polling, a session ends."""
        if self.sock is None:
            return
        for watcher in (self.watcher, self.writer):
            if watcher is not None:
                watcher.close()
        self.sock.close()
        self.sock = self.watcher = self.writer = self.reader = None
        self.push, self.busy = outbox.nowhere, False
        self.out.clear()
        if self.queue is not None:
            self.session.upgrading = False
            return
        self.live, self.size = False, 0
        self.finish(self.session.server.reason.TRANSPORT_CLOSE)
        self.wake()

    # Receiving

    def readable(self) -> None:
        """The socket has something: in the loop, so never blocking."""
        if self.sock is None or self.reader is None:
            return
        try:
            data = self.sock.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.lost()
        elif not self.leaving:
            self.reader.feed(data)
            self.parse()

    def parse(self) -> None:
        """Take the messages that are here, as long as the worker keeps up."""
        try:
            while not self.leaving and self.reader is not None and not self.throttled:
                message = self.reader.next()
                if message is None:
                    return
                self.take(*message)
        except ProtocolError as error:
            if self.live:
                self.refuse(error)
            else:
                self.lost()

    @property
    def throttled(self) -> bool:
        """Whether so much is not handled yet that we stop reading and TCP holds the peer back."""
        return len(self.inbox) >= UNHANDLED or self.inbox_size > self.manager.outbox_limit

    def take(self, opcode: int, data: bytes) -> None:
        """One message or control frame."""
        if opcode == frames.TEXT:
            self.stage(self, frames.text(data))
        elif opcode == frames.BINARY:
            self.stage(self, data)
        elif opcode == frames.PING:
            self.count_beside()
            self.write(frames.encode(data, frames.PONG)) if self.live else self.now(frames.encode(data, frames.PONG))
        elif opcode == frames.CLOSE:
            code = frames.closing(data)
            if self.live:
                self.leave(code)
                self.finish(self.session.server.reason.TRANSPORT_CLOSE)
            else:
                self.lost()

    def receive(self, message: str | bytes) -> None:
        """A pong is handled at once, the rest in order by the connection's worker."""
        if isinstance(message, str) and message[:2] not in ("42", "43", "45", "46"):
            self.count_beside()
        if message == "3":
            self.session.schedule_ping()
        else:
            self.hand(message)

    def count_beside(self) -> None:
        """Count what is neither event nor answer: 100 a second and 1,000 at once are more than any client has to say.
        """
        now = time.monotonic()
        self.beside = max(self.beside, now) + BESIDE
        if self.beside - now > AHEAD:
            raise ProtocolError(frames.BAD_FRAME, "too much beside events")

    def hand(self, item: str | bytes | Callable[[], None]) -> None:
        """Give the worker a message, or something to call when all before it is handled."""
        self.inbox.append(item)
        if not callable(item):
            self.inbox_size += len(item)
        if not self.working:
            self.working = True
            gevent.spawn_raw(self.work)
        if self.throttled and self.watcher is not None:
            self.watcher.stop()

    def work(self) -> None:
        """Handle what has come, one after the other, then read on."""
        loop = gevent.get_hub().loop
        began, turn = time.monotonic(), loop.iteration
        while True:
            while self.inbox:
                if turn != loop.iteration:  # others had theirs while this one waited
                    began, turn = time.monotonic(), loop.iteration
                elif time.monotonic() - began > TURN:
                    gevent.sleep(0)
                    began = time.monotonic()
                item = self.inbox.popleft()
                if callable(item):
                    self.guard(item)
                else:
                    self.inbox_size -= len(item)
                    self.guard(functools.partial(self.manager.protocol.receive, self, item))
            self.parse()
            if not self.inbox:
                break
        self.working = False
        if self.watcher is not None and not self.watcher.active:
            self.watcher.start(self.readable)

    def guard(self, step: Callable[[], None]) -> None:
        """A broken protocol ends the connection; a broken application is logged, and the connection goes on."""
        try:
            step()
        except ProtocolError as error:
            self.inbox = deque(item for item in self.inbox if callable(item))
            self.inbox_size = 0
            self.refuse(error)
        except Exception:
            self.session.server.logger.exception("message handler error")

    def post(self, body: str) -> bool:
        """Handle a polling client's packets in order behind all before them; False when they broke the protocol."""
        handled = Event()
        try:
            for part in body.split("\x1e"):
                self.receive(base64.b64decode(part[1:], validate=True) if part.startswith("b") else part)
        except binascii.Error:
            self.refuse(ProtocolError(frames.BAD_DATA, "an attachment that is not base64"))
        except ProtocolError as error:
            self.refuse(error)
        self.hand(handled.set)
        handled.wait()
        return not self.refused


def upgrades(environ: dict[str, Any]) -> bool:
    """Whether a request's Connection header asks for the upgrade, too."""
    return "upgrade" in (token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(","))


def sound(key: str) -> bool:
    """Whether a handshake's key is 16 bytes in base64."""
    try:
        return len(key) == 24 and len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def handshake(key: str) -> bytes:
    """The answer to a websocket handshake."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return head + accept + b"\r\n\r\n"
