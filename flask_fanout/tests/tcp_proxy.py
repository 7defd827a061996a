"""A TCP proxy of this process that can stop forwarding without closing anything, like a broken network."""

import gevent
import gevent.socket
from gevent.event import Event
from gevent.server import StreamServer


class Proxy:
    """Forwards connections to a port of this machine while `is_open` is set; clients use TLS if there is a key."""

    def __init__(self, port, **tls):
        self.target = port
        self.is_open = Event()
        self.is_open.set()
        self.server = StreamServer(("127.0.0.1", 0), self.serve, **tls)
        self.server.start()
        self.port = self.server.server_port

    def serve(self, client, address):
        """Forward one connection in both directions."""
        with gevent.socket.create_connection(("127.0.0.1", self.target)) as server:
            ways = [gevent.spawn(self.forward, *pair) for pair in ((client, server), (server, client))]
            gevent.joinall(ways, count=1)
            gevent.killall(ways)

    def forward(self, source, target):
        """Forward one direction until it ends; while the network is broken, data disappears."""
        while data := source.recv(1 << 16):
            if self.is_open.is_set():
                target.sendall(data)

    def close(self):
        """End all connections."""
        self.server.stop(timeout=0)
