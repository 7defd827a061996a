"""A network between clients and a server that can be cut, frozen, delayed, slowed, or refuse some connections."""

import contextlib
import random
import socket
import struct
import time

import gevent
from gevent.event import Event
from gevent.queue import Queue
from gevent.server import StreamServer

CHUNK = 65536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST


class Relay:
    """A TCP proxy to a port on this machine that can be disturbed."""

    def __init__(self, port: int, buffer: int = 0) -> None:
        """Limit by `buffer` how much of the server's unread data the kernel holds."""
        self.to, self.buffer = port, buffer
        self.pause, self.rate, self.refused = 0.0, 0.0, 0.0
        self.flowing = Event()
        self.flowing.set()
        self.pairs: set[tuple[socket.socket, socket.socket]] = set()
        self.server = StreamServer(("127.0.0.1", 0), self._serve)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def cut(self) -> None:
        """Reset all connections, and let no new ones through until `heal`."""
        self.refused = 1.0
        self.sever()

    def sever(self, share: float = 1.0) -> None:
        """Reset a share of the open connections; new ones are let through."""
        for pair in list(self.pairs):
            if random.random() < share:
                self._close(pair)

    def freeze(self) -> None:
        """Forward nothing in either direction and close nothing, so that each end believes that the other is silent."""
        self.flowing.clear()

    def delay(self, seconds: float) -> None:
        """Delay everything by so many seconds in each direction."""
        self.pause = seconds

    def slow(self, rate: float) -> None:
        """Read at most so many bytes a second from the server."""
        self.rate = rate

    def drop(self, share: float) -> None:
        """Reset this share of the open and of all future connections."""
        self.refused = share
        self.sever(share)

    def heal(self) -> None:
        self.pause = self.rate = self.refused = 0.0
        self.flowing.set()

    def close(self) -> None:
        self.server.stop(timeout=0)
        self.sever()

    def _serve(self, client: socket.socket, _: object) -> None:
        if random.random() < self.refused:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            return
        server = socket.socket()
        if self.buffer:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.buffer)
        pair = client, server
        self.pairs.add(pair)
        pumps = []
        try:
            server.connect(("127.0.0.1", self.to))
            for end in pair:
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            pumps = [gevent.spawn(self._pump, client, server, False), gevent.spawn(self._pump, server, client, True)]
            gevent.joinall(pumps, count=1)
        except OSError:
            pass  # the server is not there
        finally:
            gevent.killall(pumps, block=False)
            self._close(pair)

    def _pump(self, source: socket.socket, sink: socket.socket, down: bool) -> None:
        """Forward one direction, with a limited amount of data in transit."""
        road: Queue[tuple[float, bytes]] = Queue(64)
        arriving = gevent.spawn(self._arrive, road, sink)
        try:
            while True:
                self.flowing.wait()
                data = source.recv(4096 if self.rate else CHUNK)
                self.flowing.wait()
                road.put((time.monotonic() + self.pause, data))
                if not data:
                    break
                if down and self.rate:
                    gevent.sleep(len(data) / self.rate)
            arriving.join()
        except OSError:
            pass  # one end closed it
        finally:
            arriving.kill(block=False)

    def _arrive(self, road: "Queue[tuple[float, bytes]]", sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = road.get()
                gevent.sleep(max(0.0, due - time.monotonic()))
                self.flowing.wait()
                if not data:
                    return
                sink.sendall(data)

    def _close(self, pair: tuple[socket.socket, socket.socket]) -> None:
        self.pairs.discard(pair)
        for end in pair:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            end.close()
