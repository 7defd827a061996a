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
        self.socket.bind(str(folder / name))

    def owner(self, environ: dict[str, object]) -> str | None:
        """Return the name of the other worker that a WSGI request is for; None if there is none."""
        query = str(environ["QUERY_STRING"])
        return self.other(parse_qs(query).get("sid", [""])[0].rpartition(".")[0]) if "sid=" in query else None

    def other(self, name: str) -> str | None:
        """Return this name if it is that of another worker, else None."""
        return name if name != self.name and NAME.fullmatch(name) and (self.folder / name).exists() else None

    def give(self, owner: str, sock: Any, read: bytes) -> bool:
        """Give a connection away, with the bytes that were read from it; return whether its owner has it now."""
        files = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [sock.fileno()]))]
        with (
            gevent.Timeout(TIMEOUT, False),  # type: ignore[arg-type]
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
        ):
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * DATAGRAM)
            sender.connect(str(self.folder / owner))  # only a connected socket waits for room in the owner's queue
            while not sender.sendmsg([read], files):  # 0: gevent waited, but others took the room that there was
                pass
            return True
        return False

    def receive(self) -> tuple[Any, bytes]:
        """Wait for a connection from another worker; return its socket, and the bytes that were read from it."""
        files: list[int] = []
        while not files:  # the system closes a connection for which this process has too many open files
            read, files, _, _ = socket.recv_fds(self.socket, DATAGRAM, 1)
        os.set_inheritable(files[0], False)
        return socket.socket(fileno=files[0]), read

    def leave(self) -> None:
        """Let no worker send more; what was sent can still be received."""
        (self.folder / self.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Receive no more connections."""
        self.leave()
        self.socket.close()
