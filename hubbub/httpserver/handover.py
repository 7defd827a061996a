"""Hand a connection to another worker of this host, so that several processes need no proxy before them.

The system gives each new connection to any of the workers that listen on the port.  A long-polling request, or the one
that upgrades a session to a websocket, belongs to the worker that has the session: its socket and the bytes that were
read from it go there in one datagram, and the next requests of that connection with it.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
from array import array
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import gevent

DATAGRAM = 128 * 1024  # bytes; what is read of a connection before its request's head is complete is less
TIMEOUT = 5.0  # seconds for the owner to make room in its queue
NAME = re.compile(r"(?:[a-z0-9]+\.)?[0-9]+")  # of a worker in session ids: its node's name and a number


class Handover:
    """Where one worker receives connections, and how it gives them away; `folder` is shared by the host's workers."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.socket: Any = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * DATAGRAM)
        self.socket.bind(str(folder / name))

    def owner(self, environ: dict[str, object]) -> str | None:
        """Return the name of the other worker that has a request's session; None if there is none."""
        query = str(environ["QUERY_STRING"])
        if "sid=" not in query or not str(environ["PATH_INFO"]).rstrip("/").endswith("/socket.io"):
            return None
        name = parse_qs(query).get("sid", [""])[0].rpartition(".")[0]
        return name if name != self.name and NAME.fullmatch(name) and (self.folder / name).exists() else None

    def give(self, owner: str, sock: Any, read: bytes) -> bool:
        """Give a connection away, with the bytes that were read from it; return whether its owner has it now."""
        files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [sock.fileno()]))]
        try:
            with gevent.Timeout(TIMEOUT):
                self.socket.sendmsg([read], files, 0, str(self.folder / owner))
        except (OSError, gevent.Timeout):
            return False
        return True

    def receive(self) -> tuple[Any, bytes]:
        """Wait for a connection from another worker; return its socket, and the bytes that were read from it."""
        read, [file, *_], _, _ = socket.recv_fds(self.socket, DATAGRAM, 1)
        os.set_inheritable(file, False)
        return socket.socket(fileno=file), read

    def close(self) -> None:
        """Receive no more connections."""
        with contextlib.suppress(OSError):
            (self.folder / self.name).unlink()
        self.socket.close()
