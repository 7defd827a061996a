"""Outgoing data of one connection: flushed to a WebSocket once per loop iteration, or queued for a poll; bounded."""

import _socket
import contextlib
import fcntl
import sys
import termios
from collections.abc import Callable
from typing import Any

import gevent
from engineio import packet as engine
from engineio.socket import Socket
from gevent.event import Event

from . import frames
from .connection import FULL_BYTES, FULL_MESSAGES, Connection
from .context import Context
from .message import Message, RawFrame, encode_packet

WRITABLE = 2
STALL_TIMEOUT = 60.0  # seconds in which a client has to take some of what waits


class Outbox(Connection):
    """A connection's sending half, which also replaces the queue of its Engine.IO session.

    All data takes this one path, and so leaves in the order of the calls.
    """

    __slots__ = (
        *("context", "is_check_scheduled", "is_closing", "is_flush_scheduled", "is_shut", "is_websocket", "open"),
        *("queue", "session", "sock", "socket_send", "taken", "unsent", "unsent_bytes", "waiters", "wants_empty"),
        *("write_watcher", "writes"),
    )

    open: bool
    is_batched = True

    def __init__(self, context: Context, session: Socket) -> None:
        super().__init__(session.sid)
        self.context, self.writes = context, context.writes
        self.session: Any = session
        self.queue, session.queue = session.queue, self
        self.open, self.is_shut, self.is_websocket = True, False, False
        self.sock: _socket.socket | None = None
        self.socket_send: Callable[[bytes], int] = no_socket
        self.unsent: list[bytes | memoryview] = []
        self.unsent_bytes, self.taken = 0, 0
        self.is_flush_scheduled, self.is_check_scheduled, self.is_closing = False, False, False
        self.write_watcher: Any = None
        self.waiters: list[Event] = []
        self.wants_empty = False  # whether `on_empty` has to be called

    def on_socket_lost(self) -> None:
        """Handle a socket that can no longer be used."""
        raise NotImplementedError

    def end_session(self, reason: str, abort: bool = True) -> None:
        """End the session after handling what the client sent."""
        raise NotImplementedError

    @property
    def full(self) -> bool:
        if not self.unsent_bytes or not self.is_over_threshold:
            return False
        if self.is_websocket and self.write_watcher is None:
            self.flush()
        return self.is_over_threshold

    @property
    def is_polling(self) -> bool:
        """Whether the session still uses polling."""
        return self.queue is not None and not self.is_shut

    @property
    def is_over_threshold(self) -> bool:
        """Whether much waits, some of which the kernel might accept now."""
        count = len(self.unsent) if self.is_websocket else self.qsize()
        return self.unsent_bytes > FULL_BYTES or count > FULL_MESSAGES

    def send(self, message: Message) -> None:
        if self.writes.batches:
            self.writes.catch_up(self)
        self.enqueue(message)

    def enqueue(self, message: Message) -> None:
        """Put a message behind those that already wait here."""
        if self.is_websocket:
            data = message.wire
            self.unsent.append(data)
            self.unsent_bytes += len(data)
            if not self.is_flush_scheduled:
                self.is_flush_scheduled = True
                self.writes.schedule_flush(self)
            elif self.unsent_bytes > self.context.limits.outbox_bytes:
                self.enforce_limit()
        elif self.is_polling:
            for packet in message.packets:
                self.put(packet)

    def enforce_limit(self) -> None:
        """End a connection over its limit, unless the kernel accepts enough now."""
        if self.write_watcher is None and self.is_websocket:
            self.flush()
        if self.unsent_bytes > self.context.limits.outbox_bytes and self.open:
            self.context.overflows += 1
            self.abort()

    def abort(self) -> None:
        """End a connection that does not keep up, and discard what waits."""
        if self.sock is not None and self.is_websocket:
            self.on_socket_lost()
        else:
            self.end_session(self.session.server.reason.TRANSPORT_ERROR)

    def flush(self) -> None:
        """Give the kernel all that waits in one send; the rest waits until the socket is writable."""
        unsent = self.unsent
        if not unsent:
            self.is_flush_scheduled = False
            return
        data = unsent[0] if len(unsent) == 1 else b"".join(unsent)
        try:
            sent = self.socket_send(data)  # type: ignore[arg-type]
        except BlockingIOError:
            sent = 0
        except OSError:
            self.on_socket_lost()
            return
        if sent == len(data):
            unsent.clear()
            self.unsent_bytes, self.is_flush_scheduled = 0, False
            if self.wants_empty:
                self.on_empty()
        else:
            self.drop_sent(sent)

    def keep_rest(self, messages: list[Message], sent: int) -> None:
        """Keep what the kernel did not accept of these messages after `sent` bytes."""
        self.unsent = [message.wire for message in messages]
        self.unsent_bytes, self.is_flush_scheduled = sum(map(len, self.unsent)), True
        self.drop_sent(sent)

    def drop_sent(self, sent: int) -> None:
        """Drop the sent bytes; the rest stays shared with other connections that wait for it."""
        self.unsent_bytes -= sent
        self.taken += sent
        whole = 0
        while sent >= len(self.unsent[whole]):
            sent -= len(self.unsent[whole])
            whole += 1
        del self.unsent[:whole]
        if sent:
            self.unsent[0] = memoryview(self.unsent[0])[sent:]
        if self.write_watcher is None and self.sock is not None:
            self.wants_empty = True
            self.write_watcher = gevent.get_hub().loop.io(self.sock.fileno(), WRITABLE)
            self.write_watcher.start(self.flush)
            self.schedule_check()

    def schedule_check(self) -> None:
        """Check after `STALL_TIMEOUT` whether the client took anything."""
        if not self.is_check_scheduled:
            self.is_check_scheduled = True
            self.context.timers.call_later(STALL_TIMEOUT, self.check_progress, self.progress)

    @property
    def progress(self) -> int:
        """A number that grows when the client takes something: what the kernel got less what it still holds."""
        return self.taken - (unsent_in_kernel(self.sock) if self.sock is not None else 0)

    def check_progress(self, before: int) -> None:
        """End the connection of a client that took nothing, even if it answers pings."""
        self.is_check_scheduled = False
        if self.is_shut or not self.pending():
            return
        if self.progress == before:
            self.abort()
        else:
            self.schedule_check()

    def on_empty(self) -> None:
        """Stop watching the socket, finish closing it, and wake the greenlets in `drain`."""
        self.wants_empty = False
        self.taken += 1
        if self.write_watcher is not None:
            self.write_watcher.close()
            self.write_watcher = None
        if self.is_closing and self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(_socket.SHUT_WR)
        self.wake_waiters()

    def wake_waiters(self) -> None:
        """Wake the greenlets in `drain`."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter.set()

    def drain(self, timeout: float) -> bool:
        self.writes.catch_up(self)
        if self.open and self.pending():
            waiter, before = Event(), None
            self.waiters.append(waiter)
            self.wants_empty = True
            while not waiter.is_set() and before != (now := self.progress):
                before = now
                waiter.wait(timeout)
            if not waiter.is_set():
                if waiter in self.waiters:
                    self.waiters.remove(waiter)
                return False
        return self.open

    def pending(self) -> int:
        """Return how many messages wait here."""
        return len(self.unsent) if self.is_websocket else self.qsize()

    def send_close(self, code: int) -> None:
        """Send a close frame after what waits, and nothing after it."""
        self.writes.catch_up(self)
        self.is_websocket, self.is_closing, self.wants_empty = False, True, True
        self.unsent.append(frames.encode_close(code))
        self.flush()

    # The interface of the queue of an Engine.IO session

    def put(self, packet: engine.Packet | None) -> None:
        """Send an Engine.IO packet; None ends the transport."""
        if packet is None:
            self.shut_down()
        elif self.is_websocket:
            self.send(RawFrame(encode_packet(packet)))
        elif self.is_polling:
            self.unsent_bytes += packet_size(packet)
            self.queue.put(packet)
            self.schedule_check()
            limits = self.context.limits
            if self.unsent_bytes > limits.outbox_bytes or self.qsize() > limits.poll_packets:
                self.enforce_limit()

    def shut_down(self) -> None:
        """Close whichever transport the session uses, because it is over."""
        raise NotImplementedError

    def get(self, block: bool = True, timeout: float | None = None) -> engine.Packet | None:
        """Return the next packet for a poll."""
        packet = self.queue.get(block, timeout)
        if packet is None:
            return None
        self.unsent_bytes -= packet_size(packet)
        self.taken += 1
        if self.wants_empty and not self.qsize():
            self.wants_empty = False
            self.wake_waiters()
        return packet

    def qsize(self) -> int:
        """Return how many packets wait for a poll."""
        return 0 if self.queue is None else int(self.queue.qsize())

    def task_done(self) -> None:
        """Do nothing: nothing counts the packets handled."""

    def join(self) -> None:
        """Do nothing: never wait for a client that may not poll again."""


def no_socket(data: bytes) -> int:
    """Stand in for `send` on a connection without a socket."""
    raise OSError


def unsent_in_kernel(sock: _socket.socket) -> int:
    """Return how many bytes the kernel holds for the client, or 0 where the system cannot tell."""
    try:
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0


def packet_size(packet: engine.Packet | None) -> int:
    """Return about how many bytes a waiting packet holds."""
    return len(packet.data) if packet and isinstance(packet.data, str | bytes) else 64
