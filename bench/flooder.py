"""The attacker of bench/floods.py: `python -m bench.flooder PORT TOKEN KIND SECONDS`; prints a line at the start, then
one JSON object: how much it sent, and after how many seconds it was first disconnected (0 for never)."""

import contextlib
import json
import os
import select
import socket
import sys
import time

from bench import load
from bench.load import frame

HERE = "127.0.0.2" if sys.platform == "linux" else "127.0.0.1"
EVENTS = {
    "posts": b'42/live,1["post",{"channel":"room:1","text":"buy this","key":"k"}]',
    "nonsense": b'42/live,1["nonsense",{}]',
    "resumes": b'42/live,1["resume",{"cursors":{"room:1":[0,""],"people:all":[0,""]}}]',
    "searches": b'42/live,1["people",{"ids":[1,2,3]}]',
    "reconnecting": b'42/live,1["post",{"channel":"room:1","text":"buy this","key":"k"}]',
}
ATTACHED = b'4510-/live,["post",' + b",".join(b'{"_placeholder":true,"num":%d}' % n for n in range(10)) + b"]"


UPGRADE = (b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
           b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
MASK = bytes(4)
START = b"\x02\x80" + MASK  # the first fragment of a binary message, empty
FRAMES = {  # what comes first, and what follows over and over
    "fragments": (START, b"\x00\x80" + MASK), "bytes": (START, b"\x00\x81" + MASK + b"x"),
    "pongs": (b"", b"\x8a\x80" + MASK), "pings": (b"", b"\x89\x80" + MASK), "texts": (b"", b"\x81\x80" + MASK),
}
UNFINISHED = b"\x82\xff" + (990_000).to_bytes(8, "big") + bytes(980_000)


def dial(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10, (HERE, 0))


class Attacker(load.Poster):
    """A connection from another loopback address."""

    def __init__(self, port: int, token: str) -> None:
        stock = socket.create_connection
        socket.create_connection = lambda address: stock(address, 10, (HERE, 0))
        try:
            super().__init__(port, "x", token)
        finally:
            socket.create_connection = stock


def pour(sock: socket.socket, data: bytes, until: float) -> int:
    """Send the same events over and over until the connection is closed; return how many were sent."""
    sock.setblocking(False)
    sent = 0
    while time.monotonic() < until:
        readable, writable, _ = select.select([sock], [sock], [], 0.1)
        if readable and not sock.recv(1 << 16):
            break
        if writable:
            sent += sock.send(data[sent % len(data):])
    return sent * 200 // len(data)


def events(port: int, token: str, kind: str, until: float) -> tuple[int, float]:
    """Send the same event as fast as the server accepts it; `reconnecting` connects again after each close."""
    sent, closed, began = 0, 0.0, time.monotonic()
    data = frame(EVENTS[kind]) * 200
    while time.monotonic() < until:
        with contextlib.suppress(OSError, SystemExit):
            sent += pour(Attacker(port, token).sock, data, until)
        closed = closed or time.monotonic() - began
        if kind != "reconnecting":
            break
    return sent, closed if closed < until - began else 0.0


def requests(port: int, token: str, kind: str, until: float) -> tuple[int, float]:
    """Send requests, or junk, over one connection after the other."""
    sent, closed, began = 0, 0.0, time.monotonic()
    request = b"GET /api/openapi.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    while time.monotonic() < until:
        with contextlib.suppress(OSError), dial(port) as wire:
            wire.settimeout(2)
            while time.monotonic() < until:
                wire.sendall(request if kind == "requests" else os.urandom(200) + b"\r\n\r\n")
                sent += 1
                if not wire.recv(1 << 16):
                    closed = closed or time.monotonic() - began
                    break
    return sent, closed


def frames(port: int, token: str, kind: str, until: float) -> tuple[int, float]:
    """Send frames that carry nothing over twenty connections of strangers, and connect again after each close."""
    wires: dict[socket.socket, bytes] = {}
    offsets: dict[socket.socket, int] = {}  # within a frame
    kinds, sent, closed, began = [*FRAMES.values()], 0, 0.0, time.monotonic()
    while time.monotonic() < until:
        while len(wires) < 20:
            start, following = kinds[len(wires) % len(kinds)]
            wire = dial(port)
            with contextlib.suppress(OSError):
                wire.sendall(UPGRADE + start)
            wire.setblocking(False)
            wires[wire] = following * 5000
            offsets[wire] = 0
        time.sleep(0.01)  # a stranger's line has its limits; this is 60 MB/s
        readable, writable, _ = select.select([*wires], [*wires], [], 0.1)
        for wire in writable:
            try:
                size = len(wires[wire]) // 5000
                count = wire.send(wires[wire][offsets[wire]:])
                sent, offsets[wire] = sent + count // size, (offsets[wire] + count) % size
            except OSError:
                closed = closed or time.monotonic() - began
                del wires[wire]
                wire.close()
        for wire in readable:
            with contextlib.suppress(OSError):
                if wire in wires and not wire.recv(1 << 16):
                    closed = closed or time.monotonic() - began
                    del wires[wire]
                    wire.close()
    return sent, closed


def unfinished(port: int, token: str, kind: str, until: float) -> tuple[int, float]:
    """Hold 380 connections of strangers, each with a large unfinished message before its CONNECT."""
    wires = {dial(port): UPGRADE + UNFINISHED for _ in range(380)}
    for wire in wires:
        wire.setblocking(False)
    while time.monotonic() < until:
        for wire in select.select([], [wire for wire in wires if wires[wire]], [], 0.1)[1]:
            try:
                wires[wire] = wires[wire][wire.send(wires[wire]):]
            except OSError:
                wires[wire] = b""
    return sum(not data for data in wires.values()), 0.0


def hoarding(port: int, token: str, kind: str, until: float) -> tuple[int, float]:
    """Ten connections that hold attachments and half a frame each."""
    wires = [Attacker(port, token) for _ in range(10)]
    for wire in wires:
        with contextlib.suppress(OSError):
            wire.sock.sendall(frame(ATTACHED))
            for _ in range(9):
                wire.sock.sendall(b"\x82\xff" + (110_000).to_bytes(8, "big") + bytes(110_004))
            wire.sock.sendall(b"\x82\xff" + (900_000).to_bytes(8, "big") + bytes(900_000))
    time.sleep(max(0.0, until - time.monotonic()))
    return 10, 0.0


if __name__ == "__main__":
    port, token, kind, seconds = int(sys.argv[1]), sys.argv[2], sys.argv[3], float(sys.argv[4])
    print("begun", flush=True)
    flood = {"requests": requests, "junk": requests, "hoarding": hoarding, "frames": frames,
             "unfinished": unfinished}.get(kind, events)
    sent, closed = flood(port, token, kind, time.monotonic() + seconds)
    print(json.dumps({"sent": sent, "closed": closed}))
