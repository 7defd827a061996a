"""Clients that post as fast as they are acknowledged: bare WebSockets in a process of its own, to cost little CPU.

`python -m bench.load PORT PID CONNECTIONS IN_FLIGHT SECONDS ROOMS < tokens`, one token a line, prints one JSON object.
Each connection enters `/live`, subscribes to nothing, and keeps IN_FLIGHT posts of 120 characters unacknowledged, in
turn in the rooms from 1 to ROOMS.  PID is the server, whose CPU time is read at both ends of the measured time.
"""

import base64
import json
import os
import select
import socket
import sys
import time
from statistics import median, quantiles
from typing import Any

from bench.server import cpu

TEXT = "x" * 120
WARM = 1.0  # seconds before the measured time
CHUNK = 65536
ACK = b"43/live,"
PING, PONG = b"2", b"3"


def frame(payload: bytes) -> bytes:
    """Return a client's text frame, masked with zeros."""
    length = len(payload)
    head = bytes((0x81, 0x80 | length)) if length < 126 else bytes((0x81, 0xFE)) + length.to_bytes(2, "big")
    return head + bytes(4) + payload


class Poster:
    """A connection that knows when each of its unacknowledged posts was sent."""

    channel = "room:1"

    def __init__(self, port: int, name: str, token: str, rooms: int = 1) -> None:
        self.name, self.rooms = name, rooms
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.sock.sendall(f"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
                          "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                          f"Sec-WebSocket-Key: {key}\r\n\r\n".encode())
        self.buffer = b""
        self.wait_for(b"\r\n\r\n")
        self.sock.sendall(frame(b"40/live," + json.dumps({"token": token}).encode()))
        self.wait_for(b"40/live,")
        self.buffer = b""
        self.sent: dict[bytes, float] = {}
        self.count = 0

    def wait_for(self, what: bytes) -> None:
        while what not in self.buffer:
            if not (data := self.sock.recv(CHUNK)):
                raise SystemExit(f"refused: {self.buffer.decode(errors='replace')}")
            self.buffer += data
        if b"\r\n\r\n" in self.buffer:
            self.buffer = self.buffer.partition(b"\r\n\r\n")[2]

    def post(self, count: int) -> None:
        """Send this many posts in one write."""
        out = []
        for _ in range(count):
            self.count += 1
            channel = self.channel if self.rooms == 1 else f"room:{1 + (self.count + int(self.name)) % self.rooms}"
            payload = {"channel": channel, "text": TEXT, "key": f"{self.name}-{self.count}"}
            out.append(frame(f'42/live,{self.count}["post",{json.dumps(payload)}]'.encode()))
            self.sent[str(self.count).encode()] = time.perf_counter()
        self.sock.sendall(b"".join(out))

    def acknowledged(self) -> list[float]:
        """Read what has arrived; return for each acknowledged post how long it has waited, in seconds."""
        data = self.sock.recv(CHUNK)
        if not data:
            raise SystemExit("the server closed the connection")
        data, at, now, waited = self.buffer + data, 0, time.perf_counter(), []
        while len(data) - at >= 2 and len(data) - at >= 2 + data[at + 1]:
            payload = data[at + 2:at + 2 + data[at + 1]]
            at += 2 + len(payload)
            if payload == PING:
                self.sock.sendall(frame(PONG))
            elif payload.startswith(ACK):
                id, _, answer = payload[len(ACK):].partition(b"[")
                if not answer.startswith(b'{"ok":'):
                    raise SystemExit(f"refused: {payload.decode()}")
                waited.append(now - self.sent.pop(id))
        self.buffer = data[at:]
        return waited


def run(posters: list[Poster], in_flight: int, seconds: float, pid: int) -> dict[str, Any]:
    """Post for `seconds` after the warm-up; return the cost and the times of the acknowledgements."""
    poll = select.epoll()
    by_file = {poster.sock.fileno(): poster for poster in posters}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    for poster in posters:
        poster.post(in_flight)
    begin = time.perf_counter() + WARM
    waits: list[float] = []
    start = None
    while (now := time.perf_counter()) < begin + seconds:
        if start is None and now >= begin:
            start, waits = (now, cpu(pid), time.process_time()), []
        for file, _ in poll.poll(0.05):
            waited = by_file[file].acknowledged()
            waits += waited
            if waited:
                by_file[file].post(len(waited))
    assert start is not None
    took, used, own = now - start[0], cpu(pid) - start[1], time.process_time() - start[2]
    return {"posts": len(waits), "rate": len(waits) / took, "us": used / len(waits) * 1e6, "server": used / took,
            "load": own / took, "p50": median(waits) * 1e3, "p99": quantiles(waits, n=100)[98] * 1e3}


if __name__ == "__main__":
    port, pid, connections, in_flight, seconds, rooms = map(int, sys.argv[1:])
    tokens = sys.stdin.read().split()[:connections]
    posters = [Poster(port, str(number), token, rooms) for number, token in enumerate(tokens)]
    print(json.dumps(run(posters, in_flight, seconds, pid)))
