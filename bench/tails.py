"""Claim: a reader that tails a room by server-sent events costs no more than one with a socket.

Both kinds of reader get the same posts from the same server in one run; what the posts cost without readers is
subtracted.
"""

import argparse
import contextlib
import json
import selectors
import socket
import time
from concurrent import futures
from statistics import median

from bench import server
from bench.load import Poster, frame

POSTS = 480
TEXT = "x" * 120
TIMEOUT = 60.0


class Readers:
    """Many open connections that read one room; they count the entries that each received."""

    marker = b'"kind":"message"'

    def __init__(self, port: int, token: str, count: int) -> None:
        self.selector = selectors.DefaultSelector()
        self.received = self.bytes = 0
        self.rest: dict[socket.socket, bytes] = {}
        for _ in range(count):
            sock = self.open(port, token)
            sock.setblocking(False)
            self.selector.register(sock, selectors.EVENT_READ)
            self.rest[sock] = b""

    def open(self, port: int, token: str) -> socket.socket:
        raise NotImplementedError

    def wait_for(self, entries: int) -> None:
        """Read until all readers together have received so many entries."""
        end = time.monotonic() + TIMEOUT
        while self.received < entries:
            if time.monotonic() > end:
                raise SystemExit(f"{self.received} of {entries} entries arrived")
            for key, _ in self.selector.select(1):
                data = key.fileobj.recv(65536)  # type: ignore[union-attr]
                self.bytes += len(data)
                data = self.rest[key.fileobj] + data  # type: ignore[index]
                self.received += data.count(self.marker)
                self.rest[key.fileobj] = data[max(0, data.rfind(self.marker) + 1):][-len(self.marker) + 1:]  # type: ignore[index]

    def close(self) -> None:
        for sock in self.rest:
            sock.close()


class Sockets(Readers):
    """Socket.IO over WebSockets."""

    def open(self, port: int, token: str) -> socket.socket:
        poster = Poster(port, "r", token)
        poster.sock.sendall(frame(b'42/live,0["subscribe",{"channel":"room:1","cursor":[0,""]}]'))
        poster.wait_for(b"43/live,0")
        return poster.sock


class Tails(Readers):
    """Server-sent events over HTTP."""

    def open(self, port: int, token: str) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", port))
        sock.sendall(f"GET /api/channels/room:1/tail HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                     f"Authorization: Bearer {token}\r\n\r\n".encode())
        data = b""
        while b"id: " not in data:
            if not (more := sock.recv(65536)):
                raise SystemExit(f"refused: {data!r}")
            data += more
        return sock


def post(instance: server.Server, token: str, key: str) -> None:
    status, body = instance.request("POST", "/api/channels/room:1/entries", {"text": TEXT, "key": key}, token)
    if status != 201:
        raise SystemExit(f"the post was answered {status}: {body!r}")


def measure(instance: server.Server, token: str, kind: type[Readers], count: int, run: int,
            burst: int) -> tuple[float, float]:
    """Return the CPU time of all posts in s, and the memory of the readers in MB."""
    before = instance.memory()
    readers = kind(instance.port, token, count)
    time.sleep(1.5)
    memory = instance.memory() - before
    started = server.cpu(instance.pid)
    with futures.ThreadPoolExecutor(burst) as pool:
        for number in range(0, POSTS, burst):
            keys = [f"{kind.__name__}-{count}-{run}-{number + nth}" for nth in range(burst)]
            posted = [pool.submit(post, instance, token, key) for key in keys]
            readers.wait_for((number + burst) * count)
            [one.result() for one in posted]
    used = server.cpu(instance.pid) - started
    readers.close()
    time.sleep(1.5)
    return used, memory


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--readers", type=int, default=1000)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--burst", type=int, default=1, help="posts at a time")
    options = arguments.parse_args()
    results: dict[str, list[tuple[float, float]]] = {"Sockets": [], "Tails": []}
    for run in range(options.runs):
        for kind in (Sockets, Tails):
            with server.folder() as data, contextlib.ExitStack() as stack:  # a fresh process: memory is not given back
                instance = stack.enter_context(server.running(data))
                instance.wait_for("/healthz")
                body = {"name": "Olga", "handle": "olga", "password": "correct horse battery"}
                token = json.loads(instance.request("POST", "/api/join", body)[1])["token"]
                idle, _ = measure(instance, token, kind, 0, run, options.burst)
                used, memory = measure(instance, token, kind, options.readers, run, options.burst)
                results[kind.__name__].append((used - idle, memory))
    deliveries = POSTS * options.readers
    per = {name: ([used / deliveries * 1e6 for used, _ in found],
                  [memory / options.readers * 1000 for _, memory in found]) for name, found in results.items()}
    for name, (cpu, memory) in per.items():
        server.row(f"{name}: CPU for one entry to one of {options.readers} readers", "", f"{server.spread(cpu)} µs")
        server.row(f"{name}: memory of one reader", "", f"{server.spread(memory, '.1f')} KB")
    for at, what in enumerate(("CPU", "memory")):
        server.row(f"{what}, tails to sockets", "≤ 1", f"{median(per['Tails'][at]) / median(per['Sockets'][at]):.2f}")


if __name__ == "__main__":
    main()
