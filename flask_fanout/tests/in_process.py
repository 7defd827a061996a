"""A server of this process without a network: requests are WSGI calls, and WebSockets are pairs of TCP sockets."""

import io
import json
from types import SimpleNamespace
from typing import Any

import gevent
import gevent.socket
import socketio
from wire_frames import frame

from flask_fanout import Fanout, Limits


class InProcess:
    """A Socket.IO server with one handler, `echo`."""

    def __init__(self, limits: Limits = Limits(), **options: Any) -> None:  # noqa: B008  (immutable)
        self.manager = Fanout(limits=limits)
        self.server = socketio.Server(
            async_mode="gevent", async_handlers=False, client_manager=self.manager, cors_allowed_origins="*", **options
        )
        self.server.on("echo", lambda sid, *data: data)
        self.clients: list[WebSocket] = []
        self.sockets: list[Any] = []  # those of the server

    def request(self, query: str, body: bytes = b"", source: Any = None, **headers: str) -> tuple[str, bytes]:
        """Return the status and the body of the response to a request."""
        method, size = "POST" if body else "GET", str(len(body))
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/socket.io/",
            "QUERY_STRING": f"EIO=4&{query}",
            "HTTP_HOST": "here",
            "SERVER_NAME": "here",
            "SERVER_PORT": "80",
            "CONTENT_LENGTH": size,
            "wsgi.url_scheme": "http",
            "wsgi.input": source or io.BytesIO(body),
            **headers,
        }
        started: list[str] = []
        response = b"".join(self.server.handle_request(environ, lambda status, headers: started.append(status)))
        return "".join(started), response

    def poll(self, sid: str) -> tuple[str, bytes]:
        """Poll once; fail if the server would wait."""
        with gevent.Timeout(5):
            return self.request(f"transport=polling&sid={sid}")

    def post(self, sid: str, body: bytes) -> tuple[str, bytes]:
        """Post packets."""
        return self.request(f"transport=polling&sid={sid}", body)

    def open_polling(self) -> str:
        """Open a polling session and return its sid."""
        return str(json.loads(self.request("transport=polling")[1][1:])["sid"])

    def open_websocket(self, sid: str = "", behind: bytes = b"") -> "WebSocket":
        """Open a WebSocket, with bytes that arrive together with the handshake; `sid` upgrades a polling session."""
        with gevent.socket.create_server(("127.0.0.1", 0)) as listener:
            ours = gevent.socket.create_connection(listener.getsockname())
            theirs = listener.accept()[0]
        self.sockets.append(theirs)
        raw = SimpleNamespace(_sock=theirs)
        query = "transport=websocket" + (f"&sid={sid}" if sid else "")
        headers = {"HTTP_UPGRADE": "websocket", "HTTP_CONNECTION": "Upgrade", "HTTP_SEC_WEBSOCKET_VERSION": "13",
                   "HTTP_SEC_WEBSOCKET_KEY": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
        self.request(query, source=SimpleNamespace(raw=raw, peek=lambda: behind), **headers)
        self.clients.append(WebSocket(ours))
        return self.clients[-1]

    def close(self) -> None:
        """Close the clients' sockets, and then the server's, as an HTTP server does."""
        for client in self.clients:
            client.close()
        run_loop()
        for each in self.sockets:
            each.close()


class WebSocket:
    """The client's end of a WebSocket."""

    def __init__(self, sock: Any) -> None:
        self.sock = sock
        sock.settimeout(5)

    def send(self, *texts: str) -> None:
        """Send text frames."""
        self.sock.sendall(b"".join(frame(text.encode()) for text in texts))

    def receive_until(self, end: bytes) -> bytes:
        """Return what arrives up to some bytes, or all of it if the server closes the connection first."""
        received = b""
        while end not in received and (data := self.sock.recv(1 << 16)):
            received += data
        return received

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()


def run_loop(iterations: int = 5) -> None:
    """Let the event loop read its sockets and run its greenlets this many times."""
    for _ in range(iterations):
        gevent.sleep(0.0001)
