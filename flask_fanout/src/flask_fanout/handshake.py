"""The handshake of a WebSocket: its check, its response, and taking the socket from the HTTP server."""

import _socket
import base64
import hashlib
from typing import Any

from gevent.socket import socket as gevent_socket

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def take_socket(environ: dict[str, Any]) -> _socket.socket | None:
    """Take the socket of a valid WebSocket handshake from the HTTP server; None if the handshake is not valid."""
    sock = getattr(getattr(environ["wsgi.input"], "raw", None), "_sock", None)
    key, version = environ.get("HTTP_SEC_WEBSOCKET_KEY", "").strip(), environ.get("HTTP_SEC_WEBSOCKET_VERSION")
    if type(sock) is not gevent_socket or not requests_upgrade(environ) or version != "13" or not is_valid_key(key):
        return None
    taken = _socket.socket(fileno=sock.detach())
    taken.setblocking(False)
    taken.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
    return taken


def requests_upgrade(environ: dict[str, Any]) -> bool:
    """Return whether a request's Connection header contains the upgrade token."""
    return "upgrade" in (token.strip() for token in environ.get("HTTP_CONNECTION", "").lower().split(","))


def is_valid_key(key: str) -> bool:
    """Return whether a handshake's key is 16 bytes in base64."""
    try:
        return len(key) == 24 and len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        return False


def handshake_response(key: str) -> bytes:
    """Return the response to a WebSocket handshake."""
    accept = base64.b64encode(hashlib.sha1(key.encode() + GUID, usedforsecurity=False).digest())
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return head + accept + b"\r\n\r\n"
