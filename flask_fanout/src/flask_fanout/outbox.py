"""The way out of one connection: gathered per turn onto a websocket, or queued for the next poll; always bounded."""

import _socket
import contextlib
import fcntl
import functools
import sys
import termios
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import gevent
from engineio import packet as engine
from engineio.socket import Socket
from gevent.event import Event

from . import frames
from .link import FULL_BYTES, FULL_MESSAGES, Link
from .message import Message, Raw, frame_of

if TYPE_CHECKING:
    from .manager import Fanout

WRITABLE = 2
PATIENCE = 60.0  # seconds in which a peer has to take something of what waits


class Outbox(Link):
    """A link's sending half, and at the same time the queue that Engine.IO's session believes to have.

    Everything that leaves takes this one path, so its order needs no proof.
    """

    __slots__ = (
        *("busy", "ended", "leaving", "live", "manager", "open", "out", "push", "queue"),
        *("expected", "session", "size", "sock", "taken", "waiters", "watched", "writer"),
    )

    open: bool
    gathers = True

    def __init__(self, manager: "Fanout", session: Socket) -> None:
        super().__init__(session.sid)
        self.manager, self.session = manager, session
        self.queue, session.queue = session.queue, self
        self.open, self.ended, self.live = True, False, False
        self.sock: _socket.socket | None = None
        self.push: Callable[[bytes], int] = nowhere
        self.out: list[bytes | memoryview] = []
        self.size, self.busy, self.watched, self.leaving = 0, False, False, False
        self.writer: Any = None
        self.taken, self.expected = 0, False
        self.waiters: list[Event] = []

    def lost(self) -> None:
        """The socket is of no more use."""
        raise NotImplementedError

    def finish(self, reason: str, abort: bool = True) -> None:
        """End the session, after what it sent us is handled."""
        raise NotImplementedError

    @property
    def full(self) -> bool:
        """Whether more than 256 KB or 256 messages wait beyond the kernel's buffer."""
        if not self.size or not self.crowded:
            return False
        if self.live and self.writer is None:
            self.flush()
        return self.crowded

    @property
    def polled(self) -> bool:
        """Whether the session still polls."""
        return self.queue is not None and not self.ended

    @property
    def crowded(self) -> bool:
        """Whether so much waits, the kernel not yet asked."""
        return self.size > FULL_BYTES or (len(self.out) if self.live else self.qsize()) > FULL_MESSAGES

    def send(self, message: Message) -> None:
        """Send behind all that was sent to this connection before; never blocks, never raises."""
        if self.manager.turn.spreads:
            self.manager.turn.catch_up(self)
        self.add(message)

    def add(self, message: Message) -> None:
        """Put a message behind what waits here."""
        if self.live:
            data = message.wire
            self.out.append(data)
            self.size += len(data)
            if not self.busy:
                self.busy = True
                self.manager.turn.touched(self)
            elif self.size > self.manager.outbox_limit:
                self.overflow()
        elif self.polled:
            for packet in message.packets:
                self.put(packet)

    def write(self, data: bytes) -> None:
        """Frames of our own for the websocket."""
        self.send(Raw(data))

    def overflow(self) -> None:
        """More than the limit: what the kernel does not take now is too much."""
        if self.writer is None and self.live:
            self.flush()
        if self.size > self.manager.outbox_limit and self.open:
            self.manager.overflows += 1
            self.cut()

    def cut(self) -> None:
        """End a connection that does not keep up; what waits is void."""
        if self.sock is not None and self.live:
            self.lost()
        else:
            self.finish(self.session.server.reason.TRANSPORT_ERROR)

    def flush(self) -> None:
        """Hand the kernel all that waits, in one send; what it does not take waits for the socket to be writable."""
        out = self.out
        if not out:
            self.busy = False
            return
        data = out[0] if len(out) == 1 else b"".join(out)
        try:
            sent = self.push(data)  # type: ignore[arg-type]
        except BlockingIOError:
            sent = 0
        except OSError:
            self.lost()
            return
        if sent == len(data):
            out.clear()
            self.size, self.busy = 0, False
            if self.watched:
                self.emptied()
        else:
            self.keep(sent)

    def hold(self, messages: list[Message], sent: int) -> None:
        """Take over what the kernel did not take of these, after `sent` bytes."""
        self.out = [message.wire for message in messages]
        self.size, self.busy = sum(map(len, self.out)), True
        self.keep(sent)

    def keep(self, sent: int) -> None:
        """Forget the bytes that left; the rest is shared with the other connections that wait for it."""
        self.size -= sent
        self.taken += sent
        whole = 0
        while sent >= len(self.out[whole]):
            sent -= len(self.out[whole])
            whole += 1
        del self.out[:whole]
        if sent:
            self.out[0] = memoryview(self.out[0])[sent:]
        if self.writer is None and self.sock is not None:
            self.watched = True
            self.writer = gevent.get_hub().loop.io(self.sock.fileno(), WRITABLE)
            self.writer.start(self.flush)
            self.expect()

    def expect(self) -> None:
        """Look in a minute whether anything of what waits was taken."""
        if not self.expected:
            self.expected = True
            self.manager.wheel.call(PATIENCE, functools.partial(self.look, self.progress))

    @property
    def progress(self) -> int:
        """What moves when the peer takes something: what the kernel was given less what it still holds."""
        return self.taken - (held_by_kernel(self.sock) if self.sock is not None else 0)

    def look(self, before: int) -> None:
        """End a connection whose peer took nothing, even if it answers pings."""
        self.expected = False
        if self.ended or not self.waiting():
            return
        if self.progress == before:
            self.cut()
        else:
            self.expect()

    def emptied(self) -> None:
        """Nothing waits any more."""
        self.watched = False
        self.taken += 1
        if self.writer is not None:
            self.writer.close()
            self.writer = None
        if self.leaving and self.sock is not None:
            with contextlib.suppress(OSError):
                self.sock.shutdown(_socket.SHUT_WR)
        self.wake()

    def wake(self) -> None:
        """Tell those who wait in `drained`."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            waiter.set()

    def drained(self, timeout: float) -> bool:
        """Block this greenlet until nothing waits; False when it is gone or has taken nothing for `timeout` seconds."""
        self.manager.turn.catch_up(self)
        if self.open and self.waiting():
            waiter, before = Event(), None
            self.waiters.append(waiter)
            self.watched = True
            while not waiter.is_set() and before != (now := self.progress):
                before = now
                waiter.wait(timeout)
            if not waiter.is_set():
                if waiter in self.waiters:
                    self.waiters.remove(waiter)
                return False
        return self.open

    def waiting(self) -> bool:
        """Whether anything waits here."""
        return bool(self.out) if self.live else self.qsize() > 0

    def say(self, code: int) -> None:
        """Send a close frame behind what waits, and nothing after it."""
        self.manager.turn.catch_up(self)
        self.live, self.leaving, self.watched = False, True, True
        self.out.append(frames.close(code))
        self.flush()

    # What Engine.IO calls on a session's queue

    def put(self, packet: engine.Packet | None) -> None:
        """Send an Engine.IO packet; None ends the transport."""
        if packet is None:
            self.shut()
        elif self.live:
            self.write(frame_of(packet))
        elif self.polled:
            self.size += cost(packet)
            self.queue.put(packet)
            self.expect()
            if self.size > self.manager.outbox_limit or self.qsize() > self.manager.poll_limit:
                self.overflow()

    def shut(self) -> None:
        """The session is over: say so to the transport, whichever it is."""
        raise NotImplementedError

    def get(self, block: bool = True, timeout: float | None = None) -> engine.Packet | None:
        """The next packet for a poll."""
        packet = self.queue.get(block, timeout)
        if packet is None:
            return None
        self.size -= cost(packet)
        self.taken += 1
        if self.watched and not self.qsize():
            self.watched = False
            self.wake()
        return packet

    def qsize(self) -> int:
        """How many packets wait for a poll."""
        return 0 if self.queue is None else int(self.queue.qsize())

    def task_done(self) -> None:
        """Nobody counts."""

    def join(self) -> None:
        """Nobody waits for a peer that may never poll again."""


def nowhere(data: bytes) -> int:
    """Where a connection without a socket sends."""
    raise OSError


def held_by_kernel(sock: _socket.socket) -> int:
    """How many bytes the peer has not taken yet; 0 where the system does not say."""
    try:
        return int.from_bytes(fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, bytes(4)), sys.byteorder)
    except OSError:
        return 0


def cost(packet: engine.Packet | None) -> int:
    """About the bytes that a packet holds while it waits."""
    return len(packet.data) if packet and isinstance(packet.data, str | bytes) else 64
