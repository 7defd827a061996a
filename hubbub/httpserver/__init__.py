"""The HTTP server: gevent's WSGI server with deadlines, size limits and a fast path for WebSocket handshakes."""

from hubbub.httpserver.server import BODY_LIMIT, Server

__all__ = ["BODY_LIMIT", "Server"]
