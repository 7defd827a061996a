"""The server: its connections, what one address may hold of them and of request bodies, deadlines, and a clean stop."""

from __future__ import annotations

import contextlib
import socket
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import gevent

from hubbub import limits
from hubbub.core import node
from hubbub.httpserver.connection import Connection
from hubbub.httpserver.handover import Handover
from hubbub.httpserver.listener import Listener, raise_file_limit
from hubbub.httpserver.parser import BODY_LIMIT, BadRequest
from hubbub.httpserver.response import RETRY_AFTER, refusal
from hubbub.httpserver.turns import Turns

MAX_BODIES = {False: 256 << 20, True: 32 << 20}  # bytes of request bodies at a time: in all, from one address
MAX_CONNECTIONS = 400  # of one address, not counting websockets
BACKLOG = 4096
ARRIVAL = 0.02  # seconds in which what was accepted, or handed over, becomes a connection
CHECK_INTERVAL = 1.0  # seconds between two checks of the deadlines


class Server(Listener):
    """Serves a WSGI application at an address, or on a socket that listens already.

    Limits for one address apply only without proxies of our own; those limit their clients themselves.  One of several
    workers on a port hands connections over to the others.
    """

    def __init__(self, address: tuple[str, int] | socket.socket, application: Callable[..., Any], *,
                 proxied: bool = False, handover: Handover | None = None) -> None:
        super().__init__(address, backlog=None if isinstance(address, socket.socket) else BACKLOG)
        self.application, self.proxied, self.handover = application, proxied, handover
        self.node = node.current()
        self.receiver: Any = None
        self.connections: set[Connection] = set()
        self.connection_counts: Counter[str] = Counter()  # by network
        self.body_sizes: Counter[str] = Counter()  # bytes by network
        self.turns = Turns()
        self.watchdog: Any = None
        self.environ: dict[str, object] = {
            "SERVER_SOFTWARE": "gevent", "SCRIPT_NAME": "", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
            "wsgi.errors": sys.stderr, "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }

    def start(self) -> None:
        """Listen."""
        super().start()
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited by what it accepts
        raise_file_limit()
        self.environ |= {"SERVER_NAME": str(self.server_host), "SERVER_PORT": str(self.server_port)}
        self.watchdog = gevent.spawn(self.watch)
        self.receiver = gevent.spawn(self.receive) if self.handover else None

    def stop(self, timeout: float | None = None) -> None:
        """Stop listening, and let requests that run, or are on their way, finish for at most `timeout` seconds."""
        self.close()
        if self.handover:
            self.handover.leave()
        end = time.monotonic() + (timeout or 0)
        gevent.sleep(ARRIVAL)
        while time.monotonic() < end and any(connection.is_busy() for connection in self.connections):
            gevent.sleep(0.01)
        super().stop(0)
        for greenlet in filter(None, (self.watchdog, self.receiver)):
            greenlet.kill(block=False)
        if self.handover:
            self.handover.close()

    def watch(self) -> None:
        """Expire connections that are past their deadline, forever."""
        while True:
            gevent.sleep(CHECK_INTERVAL)
            now = time.monotonic()
            for connection in [one for one in self.connections if now > one.deadline]:
                connection.expire()

    def receive(self) -> None:
        """Serve the connections that other workers hand over, also after the end of listening, forever."""
        assert self.handover is not None
        while True:
            gevent.spawn(self._serve_handed, *self.handover.receive())

    def _serve_handed(self, sock: Any, read: bytes) -> None:
        try:
            self.handle(sock, sock.getpeername(), read)
        except OSError:  # the peer is gone already
            pass
        finally:
            sock.close()

    def handle(self, sock: Any, address: Any, read: bytes = b"") -> None:
        """Serve one connection, for the node that the server was created in."""
        self.node.run(self._serve, sock, address, read)

    def _serve(self, sock: Any, address: Any, read: bytes) -> None:
        """Serve one connection, of which some bytes may have been read already, unless its address has too many."""
        network = "" if self.proxied else limits.network(str(address[0]))
        if limits.exempt_loopback() and network in ("127.0.0.1", limits.network("::1")):
            network = ""
        if network and self.connection_counts[network] >= MAX_CONNECTIONS:
            with contextlib.suppress(OSError):
                sock.send(refusal(429, wait=RETRY_AFTER))
            return
        Connection(self, sock, address, network, read).serve()

    def enter(self, connection: Connection) -> None:
        """Count a connection."""
        self.connections.add(connection)
        self.connection_counts[connection.network] += 1

    def leave(self, connection: Connection) -> None:
        """Stop counting a connection, at its end or when it becomes a websocket."""
        if connection not in self.connections:
            return
        self.release(connection)
        self.connections.discard(connection)
        self.connection_counts[connection.network] -= 1
        if not self.connection_counts[connection.network]:
            del self.connection_counts[connection.network]

    def claim(self, connection: Connection, size: int) -> None:
        """Count a body of this size that begins to arrive; BadRequest when it is too much with the others."""
        claimed = min(size, BODY_LIMIT)
        if not claimed:
            return
        if self.body_sizes[connection.network] + claimed > MAX_BODIES[connection.network != ""]:
            raise BadRequest(429)
        connection.claimed = claimed
        self.body_sizes[connection.network] += claimed

    def release(self, connection: Connection) -> None:
        """Stop counting a body: its request is answered."""
        if not connection.claimed:
            return
        self.body_sizes[connection.network] -= connection.claimed
        connection.claimed = 0
        if not self.body_sizes[connection.network]:
            del self.body_sizes[connection.network]
