"""Hubbub in a process of its own, and clients from another loopback address that break its rules."""

import base64
import contextlib
import json
import os
import re
import socket
import struct
import sys
import tempfile
import urllib.request
from pathlib import Path

from tests import forks
from tests.waiting import until

ELSEWHERE = "127.0.0.2"  # an address of this machine that other clients do not use
UPGRADE = ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n")


class Process:
    """`hubbub serve` with a log that the test can read."""

    def __init__(self, folder, limits="on"):
        self.log = tempfile.TemporaryFile()  # noqa: SIM115  (closed by stop)
        self.process = forks.Program("hubbub", "serve", "--port", "0", "--data", str(folder), stdout=self.log,
                                     stderr=self.log, environ=os.environ | {"HUBBUB_LIMITS": limits})
        self.port = int(until(lambda: re.search(r"http://127\.0\.0\.1:(\d+)", self.logged()), 20)[1])
        self.url = f"http://127.0.0.1:{self.port}"

    def logged(self):
        assert self.process.poll() is None, "the server ended"
        return os.pread(self.log.fileno(), 1 << 26, 0).decode(errors="replace")

    def memory(self):
        """Return the resident memory in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def connections(self):
        with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            return json.load(answer)["connections"]

    def create_guest(self, name):
        """Create a guest; return the token."""
        body = json.dumps({"name": name}).encode()
        request = urllib.request.Request(f"{self.url}/api/guests", body, {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as answer:
            return json.load(answer)["token"]

    def dial(self, elsewhere=False):
        """Open a TCP connection."""
        source = (ELSEWHERE, 0) if elsewhere and sys.platform == "linux" else None
        return socket.create_connection(("127.0.0.1", self.port), timeout=10, source_address=source)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.log.close()


def frame(data, opcode=1, final=True):
    """Return a client's frame, masked with zeros."""
    length = len(data)
    size = bytes((0x80 | length,)) if length < 126 else b"\xfe" + struct.pack("!H", length) if length < 65536 \
        else b"\xff" + struct.pack("!Q", length)
    return bytes((opcode | 0x80 * final,)) + size + bytes(4) + data


class Wire:
    """A WebSocket that sends arbitrary bytes."""

    def __init__(self, server, token="", elsewhere=False):
        self.tcp = server.dial(elsewhere)
        self.received = b""
        self.say(UPGRADE.format(port=server.port, key=base64.b64encode(os.urandom(16)).decode()).encode())
        self.wait_for(b"}")
        if token:
            self.say(frame(b"40/live," + json.dumps({"token": token}).encode()))
            self.wait_for(b"40/live,{")

    def say(self, data):
        """Send bytes as they are; return False if the server has closed the connection."""
        with contextlib.suppress(OSError):
            self.tcp.sendall(data)
            return True
        return False

    def wait_for(self, what):
        while what not in self.received:
            data = self.tcp.recv(65536)
            assert data, f"hung up after {self.received[-200:]!r}"
            self.received += data
        self.received = self.received.partition(what)[2]

    def is_closed(self):
        """Read what has arrived; return whether the server has closed the connection."""
        self.tcp.setblocking(False)
        try:
            while self.tcp.recv(65536):
                pass
        except BlockingIOError:
            return False
        except OSError:
            pass
        return True

    def cut(self):
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.tcp.close()
