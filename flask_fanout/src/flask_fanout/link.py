"""One connection as the application sees it, whichever transport carries it and whichever client manager runs."""

import time
from typing import Any

import gevent
import socketio
from socketio import packet

from .message import Message

FULL_BYTES, FULL_MESSAGES = 256 * 1024, 256
LIMIT = 1 << 20  # bytes that may wait for one connection


class Link:
    """One open connection: send, and know whether it keeps up."""

    __slots__ = ("__weakref__", "eio_sid", "sids")
    gathers = False  # whether what is sent to many may wait for the end of the turn

    def __init__(self, eio_sid: str) -> None:
        self.eio_sid = eio_sid
        self.sids: dict[str, str] = {}

    @property
    def open(self) -> bool:
        """Whether what is sent now may still arrive."""
        raise NotImplementedError

    @property
    def full(self) -> bool:
        """Whether more than 256 KB or 256 messages wait beyond the kernel's buffer."""
        raise NotImplementedError

    def send(self, message: Message) -> None:
        """Send behind all that was sent to this connection before; never blocks, never raises."""
        raise NotImplementedError

    def drained(self, timeout: float) -> bool:
        """Block this greenlet until nothing waits; False when it is gone or has taken nothing for `timeout` seconds."""
        raise NotImplementedError

    def close(self) -> None:
        """End the connection, after what it already sent us is handled."""
        raise NotImplementedError


class StockLink(Link):
    """The same over Engine.IO's own queue, for the stock manager; counts messages, and `drained` polls."""

    __slots__ = ("server",)

    def __init__(self, server: socketio.Server, eio_sid: str) -> None:
        super().__init__(eio_sid)
        self.server = server

    @property
    def open(self) -> bool:
        session = self.server.eio.sockets.get(self.eio_sid)
        return session is not None and not session.closed and not session.closing

    @property
    def full(self) -> bool:
        return self.waiting() > FULL_MESSAGES

    def waiting(self) -> int:
        """How many messages wait in the queue; those that its writer has taken out do not count."""
        session = self.server.eio.sockets.get(self.eio_sid)
        return 0 if session is None else int(session.queue.qsize())

    def send(self, message: Message) -> None:
        for each in message.packets:
            self.server._send_eio_packet(self.eio_sid, each)

    def drained(self, timeout: float) -> bool:
        left, end = self.waiting(), time.monotonic() + timeout
        while self.open and (now := self.waiting()):
            if now < left:
                end = time.monotonic() + timeout
            elif time.monotonic() > end:
                return False
            left = now
            gevent.sleep(0.02)
        return self.open

    def close(self) -> None:
        gevent.spawn(self.server.eio.disconnect, self.eio_sid)


def link(server: socketio.Server, eio_sid: str) -> Link:
    """The link of an Engine.IO session; of a session that is gone, one that is not open."""
    known: Link | None = getattr(server.manager, "links", {}).get(eio_sid)
    return known or StockLink(server, eio_sid)


def acknowledge(server: socketio.Server, eio_sid: str, namespace: str, id: int, data: list[Any]) -> None:
    """Acknowledge an event with the arguments `data`, now or long after its handler returned."""
    server._send_packet(eio_sid, server.packet_class(packet.ACK, namespace=namespace, id=id, data=data))
