"""Flask-SocketIO's server on gevent, as one of several workers on a port that hand connections over to each other."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable
from typing import Any

import gevent
from gevent import pywsgi

from .handover import Handover
from .manager import Fanout

READ_SIZE = 16 * 1024  # bytes read at once: with the head of a request, they fit into the datagram of a handover
ARRIVAL = 0.02  # seconds in which an accepted connection becomes a request


class Reader(socket.SocketIO):
    """What a connection sends, first what another worker has read of it; it remembers the bytes of a request's head."""

    def __init__(self, sock: Any, read: bytes) -> None:
        super().__init__(sock, "r")
        self.handed_over = read
        self.remembered: bytearray | None = None

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, or wait for it; 0 at the end."""
        size: int | None = min(len(buffer), len(self.handed_over))
        if size:
            buffer[:size], self.handed_over = self.handed_over[:size], self.handed_over[size:]
        else:
            size = super().readinto(buffer)
        if size and self.remembered is not None:
            self.remembered += buffer[:size]
        return size


class Handler(pywsgi.WSGIHandler):
    """Serves a connection until one of its requests belongs to another worker, which gets the connection."""

    server: Server

    def __init__(self, sock: Any, address: Any, server: Server, read: bytes) -> None:
        self.reader = Reader(sock, read)
        super().__init__(sock, address, server)
        self.rfile = io.BufferedReader(self.reader, READ_SIZE)

    def read_requestline(self) -> str:
        """Wait for a request; what is in the buffer is its beginning, also if it came behind an earlier request."""
        self.reader.remembered = None
        self.reader.remembered = bytearray(self.rfile.peek())
        return super().read_requestline()

    def handle_one_response(self) -> None:
        """Answer a request whose head was read, or give its connection away."""
        server, read, self.reader.remembered = self.server, bytes(self.reader.remembered or b""), None
        owner = server.handover.owner(self.environ or {})
        if owner is not None and server.handover.give(owner, self.socket, read):
            self.socket, self.close_connection = None, True  # type: ignore[assignment]  # or it is read at the end
            return
        server.open_requests += 1
        try:
            super().handle_one_response()
        finally:
            server.open_requests -= 1
            self.close_connection = self.close_connection or server.closed


class Server(pywsgi.WSGIServer):
    """Serves a WSGI application on a socket that listens already, and the connections that other workers hand over."""

    def __init__(self, listener: socket.socket, application: Callable[..., Any], handover: Handover) -> None:
        super().__init__(listener, application, log=None, environ={"wsgi.multiprocess": True})
        self.handover = handover
        self.open_requests = 0

    def start(self) -> None:
        """Accept connections."""
        super().start()
        gevent.spawn(self.receive)

    def receive(self) -> None:
        """Serve the connections that other workers hand over, forever."""
        while True:
            sock, read = self.handover.receive()
            try:
                address = sock.getpeername()
            except OSError:  # the peer is gone already
                sock.close()
            else:
                gevent.spawn(self.serve, sock, address, read)

    def serve(self, sock: Any, address: Any, read: bytes) -> None:
        """Serve a connection that was handed over, then close it."""
        with sock:
            self.handle(sock, address, read)

    def handle(self, sock: Any, address: Any, read: bytes = b"") -> None:
        """Serve a connection, of which some bytes may have been read already."""
        Handler(sock, address, self, read).handle()

    def finish(self, fanout: Fanout, timeout: float) -> None:
        """Accept nothing more, end all sessions, and let open requests finish, for at most `timeout` seconds."""
        self.close()
        gevent.sleep(ARRIVAL)
        with gevent.Timeout(timeout, False):  # type: ignore[arg-type]
            while fanout.connections or self.open_requests:
                for connection in [*fanout.connections.values()]:
                    connection.close()
                gevent.sleep(0.01)
        self.handover.leave()
        if fanout.cluster:
            fanout.cluster.close()
