"""The handshake of a websocket, read in one go: what a reconnect storm consists of need not pass a general HTTP server.

A request that is wholly here when its connection is accepted, and is plainly what browsers and libraries send, goes to
the application at once.  Whatever is unusual in it leaves it to `server`, byte for byte, so this decides nothing.
"""

import contextlib
import http.client
import logging
import re
import socket
import sys
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

LIMIT = 8192  # bytes of a head that is read here
PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT
REQUEST = re.compile(rb"GET (/socket\.io/)\?((?=[^ ]*transport=websocket)[!-~]{1,1024}) HTTP/1\.1")
HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]{0,63}):[ ]?([!-~](?:[ -~]*[!-~])?)")
LEFT = ("HTTP_CONTENT_LENGTH", "HTTP_TRANSFER_ENCODING", "HTTP_CONTENT_TYPE", "HTTP_EXPECT")
names: dict[bytes, str] = {}


class Rest:
    """What stands for the request's body: the socket, from which nothing was read beyond the head."""

    def __init__(self, sock: Any) -> None:
        self.raw, self._sock = self, sock

    def peek(self) -> bytes:
        """Nothing: it is still in the kernel."""
        return b""


def read(sock: Any) -> dict[str, str] | None:
    """The request's part of the environ, its head taken from the socket; None when it is none, or not plain."""
    try:
        head: bytes = sock._sock.recv(LIMIT, PEEK)
    except OSError:
        return None
    end = head.find(b"\r\n\r\n")
    if end < 0:
        return None
    first, *lines = head[:end].split(b"\r\n")
    request = REQUEST.fullmatch(first)
    if request is None:
        return None
    environ = headers(lines)
    if environ is None or "HTTP_UPGRADE" not in environ or "HTTP_HOST" not in environ:
        return None
    sock._sock.recv(end + 4)
    return {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": request[1].decode(),
            "QUERY_STRING": request[2].decode(), "SERVER_PROTOCOL": "HTTP/1.1", **environ}


def headers(lines: list[bytes]) -> dict[str, str] | None:
    """These headers in an environ's names; None when one is not plain, comes twice, or speaks of a body."""
    environ: dict[str, str] = {}
    for line in lines:
        header = HEADER.fullmatch(line)
        if header is None:
            return None
        name = names.get(header[1]) or named(header[1])
        if name in environ:
            return None
        environ[name] = sys.intern(header[2].decode())  # most browsers say the same, and it is kept
    return None if any(name in environ for name in LEFT) else environ


def named(header: bytes) -> str:
    """The name that a header has in an environ."""
    name = f"HTTP_{header.decode().upper().replace('-', '_')}"
    if len(names) < 256:
        names[header] = name
    return name


def answer(sock: Any, app: Callable[..., Any], environ: dict[str, Any]) -> None:
    """Let the application take the socket, or send what it answers instead and close."""
    head: list[str] = []

    def start_response(status: str, given: list[tuple[str, str]], *_: object) -> None:
        head[:] = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in given if name != "Connection")]

    environ |= {"wsgi.input": Rest(sock), "wsgi.input_terminated": False}
    try:
        body = b"".join(app(environ, start_response))
    except Exception:
        log.exception("a handshake broke")
        head, body = [f"HTTP/1.1 500 {http.client.responses[500]}", "Content-Length: 0"], b""
    if head:
        with contextlib.suppress(OSError):
            sock.sendall("\r\n".join([*head, "Connection: close\r\n\r\n"]).encode("latin-1") + body)
