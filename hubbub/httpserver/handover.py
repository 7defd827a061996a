"""Hand a connection to another worker of this host, so that several processes need no proxy before them.

The system gives each new connection to any of the workers that listen on the port.  A long-polling request, or the one
that upgrades a session to a websocket, belongs to the worker that has the session: its socket and the bytes that were
read from it go there in one datagram, and the next requests of that connection with it.  `/metrics?worker=2` reaches
the worker with this number in the same way.
"""

from __future__ import annotations

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

NUMBER = re.compile("worker=[0-9]{1,2}")


class Handover:
    """Where one worker receives connections, and how it gives them away; `folder` is shared by the host's workers."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.socket: Any = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2 * DATAGRAM)
        self.socket.bind(str(folder / name))

    def take_number(self, number: int) -> None:
        """Be the worker with this number from now on."""
        link = self.folder / f"{self.name}.link"
        link.symlink_to(self.name)
        link.replace(self.folder / f"worker-{number}")

    def owner(self, environ: dict[str, object]) -> str | None:
        """Return the name of the other worker that a request is for; None if there is none."""
        path, query = str(environ["PATH_INFO"]).rstrip("/"), str(environ["QUERY_STRING"])
        if "sid=" in query and path.endswith("/socket.io"):
            name = parse_qs(query).get("sid", [""])[0].rpartition(".")[0]
        elif (found := NUMBER.fullmatch(query)) and path.endswith("/metrics"):
            name = (self.folder / found[0].replace("=", "-")).resolve().name
        else:
            return None
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

    def leave(self) -> None:
        """Let no worker send more; what was sent can still be received."""
        (self.folder / self.name).unlink(missing_ok=True)

    def close(self) -> None:
        """Receive no more connections."""
        self.leave()
        self.socket.close()
