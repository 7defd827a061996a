"""Claim: 5,000 clients that reconnect at once catch up within 20 s; one that missed 200 messages, in 16 ms.

The server has just started on 100,000 messages, so its caches are empty; each client has cursors of four channels.
"""

import base64
import json
import os
import select
import socket
import sqlite3
import subprocess
import sys
import time
from statistics import median, quantiles
from typing import Any

from bench import server
from bench.load import PING, PONG, frame

CLIENTS, MISSED = 5000, 20
ALONE, ALONE_MISSED = 30, 200
TIMEOUT = 60.0
PEOPLE = """
from gevent import monkey; monkey.patch_all()
import os
import sys
from pathlib import Path
from gevent.pool import Pool
import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import db
from hubbub.people import model
db.open(Path(sys.argv[1]), os.environ.get("HUBBUB_DATABASE_URL", ""))
for person, secret in Pool(200).imap(lambda n: model.guest(f"Guest {n}"), range(int(sys.argv[2]))):
    print(person.id, secret)
db.close()
"""


class Client:
    """A client that reconnects: handshake, CONNECT, `resume`, and then the missed messages."""

    def __init__(self, port: int, token: str, cursors: dict[str, Any], missed: int) -> None:
        self.sock = socket.socket()
        self.sock.setblocking(False)
        self.sock.connect_ex(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        self.out = (f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: "
                    "websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                    f"Sec-WebSocket-Key: {key}\r\n\r\n").encode()
        self.hello = frame(b"40/live," + json.dumps({"token": token}).encode())
        self.resume = frame(f'42/live,1["resume",{json.dumps({"cursors": cursors})}]'.encode())
        self.missed, self.answered, self.buffer = missed, False, b""
        self.asked = self.done = 0.0

    def write(self) -> None:
        self.out = self.out[self.sock.send(self.out):]

    def read(self) -> None:
        """Read and handle what has arrived."""
        data = self.sock.recv(1 << 18)
        if not data:
            raise SystemExit(f"the server closed the connection: {self.buffer!r}")
        self.buffer += data
        if self.hello and b"\r\n\r\n" in self.buffer:
            self.buffer = self.buffer.partition(b"\r\n\r\n")[2]
            self.sock.send(self.hello)
            self.hello = b""
        while not self.hello and (payload := self.next()) is not None:
            self.hear(payload)

    def next(self) -> bytes | None:
        data = self.buffer
        if len(data) < 2 or data[1] == 126 and len(data) < 4:
            return None
        start, size = (4, int.from_bytes(data[2:4], "big")) if data[1] == 126 else (2, data[1])
        if data[1] == 127:
            start, size = 10, int.from_bytes(data[2:10], "big")
        if len(data) < start + size:
            return None
        self.buffer = data[start + size:]
        return data[start:start + size]

    def hear(self, payload: bytes) -> None:
        if payload == PING:
            self.sock.send(frame(PONG))
        elif payload.startswith(b"40/live"):
            self.sock.send(self.resume)
            self.asked = time.perf_counter()
        elif payload.startswith(b'42/live,["message"'):
            self.missed -= 1
        elif payload.startswith(b"43/live,1"):
            self.answered = b'"error"' not in payload
            if not self.answered:
                raise SystemExit(f"refused: {payload!r}")
        if self.answered and self.missed == 0 and not self.done:
            self.done = time.perf_counter()


def come_back(port: int, people: list[list[str]], missed: int, cursor: list[Any],
              kind: type[Client] = Client) -> list[Client]:
    """Connect all clients at once; return when all have caught up."""
    places = {"people:all": [0, ""], "room:1": cursor}
    clients = [kind(port, token, {**places, f"user:{id}": [0, ""], f"inbox:{id}": [0, ""]}, missed)
               for id, token in people]
    poll, by_file = select.epoll(), {client.sock.fileno(): client for client in clients}
    for file in by_file:
        poll.register(file, select.EPOLLIN | select.EPOLLOUT)
    left, end = len(clients), time.perf_counter() + TIMEOUT
    while left:
        if time.perf_counter() > end:
            raise SystemExit(f"{left} of {len(clients)} did not catch up")
        for file, event in poll.poll(0.1):
            client = by_file[file]
            if event & select.EPOLLOUT and client.out:
                client.write()
                if not client.out:
                    poll.modify(file, select.EPOLLIN)
            if event & select.EPOLLIN:
                was = client.done
                client.read()
                left -= not was and bool(client.done)
    return clients


def cursor(data: server.Path, missed: int) -> list[Any]:
    """Return the cursor of the Lobby before the last `missed` messages."""
    with sqlite3.connect(data / "hubbub.db") as log:
        return list(log.execute("select seq, key from entry where channel = 'room:1' order by seq desc "
                                "limit 1 offset ?", (missed,)).fetchone())


def people(data: server.Path, count: int) -> list[list[str]]:
    """Create guests; return the id and the token of each."""
    output = subprocess.run([sys.executable, "-c", PEOPLE, str(data), str(count)], cwd=server.ROOT, check=True,
                            capture_output=True, text=True).stdout
    return [line.split() for line in output.splitlines()]


def herd(data: server.Path, known: list[list[str]]) -> tuple[float, list[float], float]:
    """Return the seconds until all have caught up, those of each client from `resume`, and the server's CPU time."""
    with server.running(data) as instance:
        instance.wait_for("/healthz")
        used, began = server.cpu(instance.pid), time.perf_counter()
        clients = come_back(instance.port, known, MISSED, cursor(data, MISSED))
        took = max(client.done for client in clients) - began
        return took, [client.done - client.asked for client in clients], server.cpu(instance.pid) - used


def alone(data: server.Path, known: list[list[str]]) -> list[float]:
    """Return the milliseconds from `resume` to the last of 200 messages, one client after the other."""
    with server.running(data) as instance:
        instance.wait_for("/healthz")
        clients = [come_back(instance.port, [person], ALONE_MISSED, cursor(data, ALONE_MISSED))[0]
                   for person in known[:ALONE]]
        return [(client.done - client.asked) * 1e3 for client in clients]


if __name__ == "__main__":
    with server.folder() as data:
        server.fill(data)
        known = people(data, CLIENTS)
        took, waits, used = herd(data, known)
        one = alone(data, known)
    server.row(f"{CLIENTS:,} clients reconnect at once, each with {MISSED} missed messages, all in sync", "≤ 20 s",
               f"{took:.1f} s; from `resume` to everything p50 {median(waits) * 1e3:.0f}, "
               f"p99 {quantiles(waits, n=100)[98] * 1e3:.0f} ms; {used / CLIENTS * 1e3:.2f} ms of CPU a client")
    server.row("200 missed messages after `resume`", "≤ 16 ms",
               f"first {one[0]:.1f}, then p50 {median(one):.1f}, p99 {quantiles(one, n=100)[98]:.1f} ms")
