"""A client's connection: takes its socket from the HTTP server, reads it in the event loop, and handles its packets.

One worker greenlet per busy connection handles the packets in order.
"""

import _socket
import contextlib
import functools
import io
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import gevent
from engineio import packet as engine
from engineio.socket import Socket
from gevent.event import Event

from . import frames, memory_limits, outbox
from .context import Context
from .frames import ProtocolError
from .handshake import handshake_response, take_socket
from .message import RawFrame, encode_packet

log = logging.getLogger(__name__)

READABLE = 1
RECEIVE_BYTES = 65536
MAX_UNHANDLED = 64  # packets
MAX_FRAMES = 64  # parsed for one connection in one iteration of the loop
SMALL_FRAGMENT = 1024  # bytes; a smaller part of a message counts as a control packet
UPGRADE_TIMEOUT = 10.0  # seconds
CLOSE_TIMEOUT = 5.0
CLOSE_BYTES = 256 * 1024  # that a client may still send after the close frame, before it has to notice it
TIME_SLICE = 0.002  # seconds a worker runs before it lets others run
CONTROL_INTERVAL, CONTROL_BURST = 0.01, 10.0  # seconds: 100 control packets per second, 1,000 at once,
STRANGER_BURST = 0.5  # and 50 at once before the client has entered a namespace
EMPTY_INPUT = io.BytesIO()
Handler = Callable[["ClientConnection", str | bytes], None]


class ClientConnection(outbox.Outbox):
    """One session from its first poll or handshake to its end."""

    __slots__ = (
        *("body_size", "control_time", "counted_bytes", "discard_left", "handler", "has_open_poll", "has_open_post"),
        *("has_worker", "incomplete", "input", "is_admitted", "is_parsing_later", "is_rejected", "parser"),
        *("queued_bytes", "read_watcher"),
    )

    def __init__(self, context: Context, session: Socket) -> None:
        super().__init__(context, session)
        self.parser: frames.FrameParser | None = None
        self.read_watcher: Any = None
        self.handler: Handler = ClientConnection.on_probe
        self.input: deque[str | bytes | Callable[[], None]] = deque()
        self.queued_bytes, self.body_size, self.counted_bytes = 0, 0, 0
        self.has_worker, self.is_parsing_later = False, False
        self.has_open_poll, self.has_open_post = False, False
        self.is_admitted, self.is_rejected = False, False  # admitted: has entered a namespace
        self.incomplete: Any = None  # a Socket.IO packet whose attachments have not all arrived
        self.control_time, self.discard_left = 0.0, 0

    # Opening

    def accept_websocket(self, environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        """Answer a WebSocket handshake, and take its socket from the HTTP server; close a second WebSocket."""
        rfile, key = environ["wsgi.input"], environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip()
        sock = take_socket(environ)
        if sock is None:
            if not self.session.connected:
                self.end_session(self.session.server.reason.TRANSPORT_ERROR)
            start_response("426 Upgrade Required", [("Sec-WebSocket-Version", "13"), ("Content-Length", "0")])
            return ()
        environ["wsgi.input"] = EMPTY_INPUT
        if self.sock is not None:
            with contextlib.closing(sock), contextlib.suppress(OSError):
                sock.send(handshake_response(key) + frames.encode_close(frames.NORMAL_CLOSURE))
            return ()
        self.sock, self.socket_send = sock, sock.send
        self.parser = frames.FrameParser(self.message_limit)
        with contextlib.suppress(OSError):  # raised if nothing follows the request, because the socket is detached
            self.parser.feed(rfile.peek())
        self.start_reading(handshake_response(key))
        return ()

    def start_reading(self, response: bytes) -> None:
        """Send the response to the handshake and watch the socket."""
        if self.session.connected:
            self.handler = ClientConnection.on_probe
            self.send_directly(response)
            self.context.timers.call_later(UPGRADE_TIMEOUT, self.check_upgrade, self.sock)
        else:
            self.unsent.append(response)
            self.switch_to_websocket()
        if self.sock is not None:
            self.read_watcher = gevent.get_hub().loop.io(self.sock.fileno(), READABLE)
            self.read_watcher.start(self.on_readable)
            gevent.get_hub().loop.run_callback(self.parse_input)

    def check_upgrade(self, sock: _socket.socket | None) -> None:
        """Give up an upgrade that was not finished in time; the session goes on polling."""
        if self.sock is sock and not self.is_websocket and not self.is_shut:
            self.on_socket_lost()

    def send_directly(self, data: bytes) -> None:
        """Send a few bytes on a socket that does not carry the session yet."""
        try:
            self.socket_send(data)
        except OSError:
            self.on_socket_lost()

    @property
    def message_limit(self) -> int:
        """How many bytes a message may have: few before the client has entered a namespace."""
        limit: int = self.session.server.max_http_buffer_size
        return limit if self.is_admitted else min(limit, self.context.limits.unadmitted_bytes)

    def admit(self) -> None:
        """Allow messages of full size: the client has entered a namespace."""
        self.is_admitted = True
        if self.parser is not None:
            self.parser.limit = self.message_limit

    def check_namespaces(self) -> None:
        """End a session that has not entered a namespace in time."""
        if not self.sids:
            self.reject(ProtocolError(frames.PROTOCOL_ERROR, "no CONNECT in time"))

    def on_probe(self, message: str | bytes) -> None:
        """Handle the first packet of an upgrade: answer it and end the open poll."""
        if message != "2probe":
            raise ProtocolError(frames.PROTOCOL_ERROR, "upgrade without a probe")
        self.session.upgrading, self.handler = True, ClientConnection.on_upgrade
        self.send_directly(frames.encode(b"3probe"))
        self.queue.put(engine.Packet(engine.NOOP))

    def on_upgrade(self, message: str | bytes) -> None:
        """Handle the second packet of an upgrade: the WebSocket replaces polling."""
        if not isinstance(message, str) or not message.startswith("5"):
            raise ProtocolError(frames.PROTOCOL_ERROR, "unfinished upgrade")
        self.switch_to_websocket()

    def switch_to_websocket(self) -> None:
        """Make the WebSocket the session's transport, and move to it what waits for a poll."""
        session = self.session
        session.connected, session.upgraded, session.upgrading = True, True, False
        self.is_websocket, self.handler, self.unsent_bytes = True, ClientConnection.on_packet, 0
        queue, self.queue = self.queue, None
        while not queue.empty():
            packet = queue.get_nowait()
            if packet is not None and packet.packet_type != engine.NOOP:
                self.enqueue(RawFrame(encode_packet(packet)))
        queue.put(None)

    # Ending

    def end_session(self, reason: str, abort: bool = True) -> None:
        """End the session once, after handling what the client sent."""
        if self.open:
            self.open = False
            self.wake_waiters()
            self.submit(functools.partial(self.session.close, wait=False, abort=abort, reason=reason))

    def close(self) -> None:
        self.end_session(self.session.server.reason.SERVER_DISCONNECT, abort=False)

    def shut_down(self) -> None:
        """Close the transport: send a close frame, or answer the open poll."""
        if self.is_shut:
            return
        self.is_shut, self.open = True, False
        self.session.server.sockets.pop(self.eio_sid, None)
        if self.is_websocket:
            self.close_websocket(frames.NORMAL_CLOSURE)
        elif self.queue is not None:
            self.queue.put(None)
            if self.sock is not None and not self.is_closing:
                self.on_socket_lost()
        self.wake_waiters()

    def close_websocket(self, code: int) -> None:
        """Send a close frame, and drop the socket if the client does not close it in time."""
        self.parser = None  # and what still arrives is discarded
        self.discard_left = CLOSE_BYTES
        self.count_input()
        self.send_close(code)
        if self.sock is not None:
            self.context.timers.call_later(CLOSE_TIMEOUT, self.on_socket_lost)

    def reject(self, error: ProtocolError) -> None:
        """End a connection that broke the protocol, with one line in the log."""
        if not self.is_rejected:
            self.is_rejected = True
            log.info("closed connection %s: %s", self.eio_sid, str(error))  # the error refers to this connection
            if self.is_websocket:
                self.close_websocket(error.code)
            self.end_session(self.session.server.reason.TRANSPORT_ERROR)

    def on_socket_lost(self) -> None:
        """Drop the socket: an upgrade falls back to polling, a WebSocket session ends."""
        if self.sock is None:
            return
        for watcher in (self.read_watcher, self.write_watcher):
            if watcher is not None:
                watcher.close()
        self.sock.close()
        self.sock = self.read_watcher = self.write_watcher = self.parser = None
        self.socket_send, self.is_flush_scheduled = outbox.no_socket, False
        self.unsent.clear()
        self.count_input()
        if self.queue is not None:
            self.session.upgrading = False
            return
        self.is_websocket, self.unsent_bytes = False, 0
        self.end_session(self.session.server.reason.TRANSPORT_CLOSE)
        self.wake_waiters()

    # Receiving

    @property
    def input_size(self) -> int:
        """About how many bytes have arrived and are not handled."""
        attached = sum(map(len, self.incomplete.attachments)) if self.incomplete is not None else 0
        return self.queued_bytes + self.body_size + attached + (self.parser.size if self.parser else 0)

    def count_input(self) -> None:
        """Update the total of all connections; if it is over the limit, end the connections that hold most."""
        size = self.input_size
        self.context.input_bytes += size - self.counted_bytes
        self.counted_bytes = size
        if self.context.input_bytes > memory_limits.MAX_UNHANDLED:
            self.context.enforce_memory_limits()

    def on_readable(self) -> None:
        """Read the socket; runs in the event loop, so it must not block."""
        if self.sock is None:
            return
        try:
            data = self.sock.recv(RECEIVE_BYTES if self.is_admitted or not self.parser else self.message_limit)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data and self.parser is not None:
            self.parser.feed(data)
            self.parse_rest()
            return
        self.discard_left -= len(data)
        if not data or self.discard_left < 0:
            self.on_socket_lost()

    def parse_input(self) -> None:
        """Handle the messages that have arrived, as long as the worker keeps up; leave many frames to later turns."""
        count = 0
        try:
            while self.parser is not None and not self.is_throttled:
                if count == MAX_FRAMES:
                    self.is_parsing_later = True  # and until then, nothing more is read
                    self.context.turns.append(self.parse_rest)
                    return
                count += 1
                message = self.parser.next_message()
                if message is None:
                    return
                self.on_message(*message)
        except ProtocolError as error:
            if self.is_websocket:
                self.reject(error)
            else:
                self.on_socket_lost()

    def parse_rest(self) -> None:
        """Parse what has arrived, and read on unless that has to be handled first."""
        self.is_parsing_later = False
        self.parse_input()
        parser = self.parser
        if self.counted_bytes or len(self.input) > 1 or (parser is not None and (parser.buffer or parser.parts)):
            self.count_input()
        self.read_on()

    def read_on(self) -> None:
        """Watch the socket, unless what has arrived has to be handled first."""
        watcher, is_throttled = self.read_watcher, self.is_throttled
        if watcher is not None and watcher.active == is_throttled:
            watcher.stop() if is_throttled else watcher.start(self.on_readable)

    @property
    def is_throttled(self) -> bool:
        """Whether so much input waits that the server stops reading, and TCP makes the client wait."""
        return (
            len(self.input) >= MAX_UNHANDLED
            or self.queued_bytes > self.context.limits.outbox_bytes
            or self.is_parsing_later
            or (self.has_worker and not self.is_admitted)  # until its CONNECT is handled
        )

    def on_message(self, opcode: int, data: bytes) -> None:
        """Handle one WebSocket message or control frame."""
        if opcode == frames.TEXT:
            self.handler(self, frames.decode_text(data))
        elif opcode == frames.BINARY:
            self.handler(self, data)
        elif opcode == frames.CONTINUATION:  # a part of an incomplete message
            if len(data) < SMALL_FRAGMENT:
                self.limit_control_packets()
        elif opcode == frames.PONG:
            self.limit_control_packets()
        elif opcode == frames.PING:
            self.limit_control_packets()
            pong = frames.encode(data, frames.PONG)
            self.send(RawFrame(pong)) if self.is_websocket else self.send_directly(pong)
        elif opcode == frames.CLOSE:
            code = frames.parse_close(data)
            if self.is_websocket:
                self.close_websocket(code)
                self.end_session(self.session.server.reason.TRANSPORT_CLOSE)
            else:
                self.on_socket_lost()

    def on_packet(self, packet: str | bytes) -> None:
        """Handle a pong at once; leave other Engine.IO packets to the worker."""
        if isinstance(packet, str) and packet[:2] not in ("42", "43", "45", "46"):
            self.limit_control_packets()
        if isinstance(packet, str) and packet.startswith("3"):
            self.session.schedule_ping()
        else:
            self.submit(packet)

    def limit_control_packets(self) -> None:
        """Apply a rate limit to frames and packets that are neither events nor acknowledgements."""
        now = time.monotonic()
        self.control_time = max(self.control_time, now) + CONTROL_INTERVAL
        if self.control_time - now > (CONTROL_BURST if self.is_admitted else STRANGER_BURST):
            raise ProtocolError(frames.PROTOCOL_ERROR, "too many control packets")

    def submit(self, item: str | bytes | Callable[[], None]) -> None:
        """Give the worker a packet, or a function to call once all earlier packets are handled."""
        self.input.append(item)
        if not callable(item):
            self.queued_bytes += len(item)
        if not self.has_worker:
            self.has_worker = True
            gevent.spawn_raw(self.run_worker)

    def run_worker(self) -> None:
        """Handle what has arrived, in order, then read on."""
        loop, turns = gevent.get_hub().loop, self.context.turns
        started, iteration = time.monotonic(), loop.iteration
        while self.input:
            while self.input:
                if iteration != loop.iteration:  # the last handler waited, so others have run
                    started, iteration = time.monotonic(), loop.iteration
                elif time.monotonic() - started > TIME_SLICE:
                    turns.wait()
                    started, iteration = time.monotonic(), loop.iteration
                item = self.input.popleft()
                if callable(item):
                    self.run_guarded(item)
                else:
                    self.queued_bytes -= len(item)
                    self.run_guarded(functools.partial(self.context.receive, self, item))
            self.parse_input()
        self.has_worker = False
        if not self.is_admitted:  # what came right behind a CONNECT that was refused
            self.parse_input()
        if self.counted_bytes or self.incomplete is not None:
            self.count_input()
        self.read_on()

    def run_guarded(self, step: Callable[[], None]) -> None:
        """End the connection on a protocol error; log any other exception and go on."""
        try:
            step()
        except ProtocolError as error:
            self.input = deque(item for item in self.input if callable(item))
            self.queued_bytes = 0
            self.reject(error)
        except Exception:
            self.session.server.logger.exception("message handler error")

    def wait_until_handled(self) -> None:
        """Block this greenlet until the worker has handled what has arrived."""
        handled = Event()
        self.submit(handled.set)
        handled.wait()
