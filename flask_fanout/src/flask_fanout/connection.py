"""A client's connection as the application sees it, whatever the transport and the client manager."""

import time
from typing import Any

import gevent
import socketio
from socketio import packet

from .message import Message

FULL_BYTES, FULL_MESSAGES = 256 * 1024, 256


class Connection:
    """One open connection: send messages, and ask whether the client keeps up."""

    __slots__ = ("__weakref__", "eio_sid", "sids")
    is_batched = False  # whether broadcasts may wait for the end of the loop iteration

    def __init__(self, eio_sid: str) -> None:
        self.eio_sid = eio_sid
        self.sids: dict[str, str] = {}  # namespace → Socket.IO sid

    @property
    def open(self) -> bool:
        """Whether a message sent now can still arrive."""
        raise NotImplementedError

    @property
    def full(self) -> bool:
        """Whether more than 256 KB or 256 messages wait beyond the kernel's buffer."""
        raise NotImplementedError

    def send(self, message: Message) -> None:
        """Send a message after all earlier ones of this connection; never block, never raise."""
        raise NotImplementedError

    def drain(self, timeout: float) -> bool:
        """Block this greenlet until nothing waits; return False if the client left or took nothing for `timeout` s."""
        raise NotImplementedError

    def close(self) -> None:
        """End the connection after handling what the client already sent."""
        raise NotImplementedError


class StockConnection(Connection):
    """A connection over Engine.IO's own queue, for the stock manager; it counts messages, and `drain` polls."""

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
        return self.queue_size() > FULL_MESSAGES

    def queue_size(self) -> int:
        """Return the number of queued messages, without those that the writer has already taken."""
        session = self.server.eio.sockets.get(self.eio_sid)
        return 0 if session is None else int(session.queue.qsize())

    def send(self, message: Message) -> None:
        for each in message.packets:
            self.server._send_eio_packet(self.eio_sid, each)

    def drain(self, timeout: float) -> bool:
        before, deadline = self.queue_size(), time.monotonic() + timeout
        while self.open and (size := self.queue_size()):
            if size < before:
                deadline = time.monotonic() + timeout
            elif time.monotonic() > deadline:
                return False
            before = size
            gevent.sleep(0.02)
        return self.open

    def close(self) -> None:
        gevent.spawn(self.server.eio.disconnect, self.eio_sid)


def find_connection(server: socketio.Server, eio_sid: str) -> Connection:
    """Return the connection of an Engine.IO session; if the session has ended, the connection is not open."""
    known: Connection | None = getattr(server.manager, "connections", {}).get(eio_sid)
    return known or StockConnection(server, eio_sid)


def acknowledge(server: socketio.Server, eio_sid: str, namespace: str, id: int, data: list[Any]) -> None:
    """Acknowledge an event with the arguments `data`, at any time after its handler returned."""
    server._send_packet(eio_sid, server.packet_class(packet.ACK, namespace=namespace, id=id, data=data))
