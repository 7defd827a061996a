"""The application of the contract tests, and of the official suites of Engine.IO, Socket.IO and socket.io-client.

`python tests/contract_app.py PORT [--ping-interval S] [--ping-timeout S]`; the protocol suites connect to port 3000 and
need 0.3 and 0.2, the client's own tests connect to port 3210, which gets no "auth" event, and need 2.  Below
`/engine.io` is an echo without Socket.IO.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import logging
from datetime import datetime
from typing import Any

import gevent
import socketio
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, emit

from flask_fanout import Fanout, connection, frames, message


def add_handlers(server: SocketIO) -> None:
    """Handle what the official suites send."""
    add_protocol_handlers(server)
    add_event_handlers(server)
    add_binary_handlers(server)

    for namespace in ("/valid", "/asd", "/timeout_socket"):
        server.on("connect", namespace=namespace)(lambda: None)

    @server.on("getId")
    @server.on("getId", namespace="/foo")
    def get_id() -> str:
        return request.sid

    @server.on("connect", namespace="/abc")
    def connect_abc(auth: Any = None) -> None:
        emit("handshake", handshake(auth))

    @server.on("connect", namespace="/no")
    def refuse() -> None:
        raise ConnectionRefusedError("Auth failed (custom namespace)")


def add_protocol_handlers(server: SocketIO) -> None:
    """Handle the events of the protocol suites."""

    @server.on("connect")
    @server.on("connect", namespace="/custom")
    def connect(auth: Any = None) -> None:
        if "fail" in request.args:
            raise ConnectionRefusedError("Auth failed (main namespace)")
        if not request.host.endswith(":3210"):
            emit("auth", auth or {})

    @server.on("message")
    def echo_message(*data: Any) -> None:
        emit("message-back", data)

    @server.on("message-with-ack")
    @server.on("message-with-ack", namespace="/custom")
    def acknowledge_message(*data: Any) -> tuple[Any, ...]:
        return data


def add_event_handlers(server: SocketIO) -> None:
    """Handle the events of the client's own tests."""
    server.on("hi")(lambda: emit("hi"))
    server.on("echo")(lambda data: (data,))
    server.on("getAckDate")(lambda data: datetime.now().isoformat())
    server.on("getDate")(lambda: emit("takeDate", datetime.now().isoformat()))
    server.on("getDateObj")(lambda: emit("takeDateObj", {"date": datetime.now().isoformat()}))
    server.on("getHandshake")(lambda: handshake(None))
    server.on("false")(lambda: emit("false", False))

    @server.on("ack")
    def ask() -> object:
        sid = request.sid
        emit("ack", callback=lambda a, b: server.emit("got it", to=sid) if a == 5 and b["test"] else None)
        return server.server.not_handled  # so it is not acknowledged

    @server.on("getUtf8")
    def send_texts() -> None:
        for text in ("てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"):
            emit("takeUtf8", text)


def add_binary_handlers(server: SocketIO) -> None:
    """Handle the events with attachments of the client's own tests."""
    server.on("doge")(lambda: emit("doge", b"asdfasdf"))
    server.on("getbin")(lambda: emit("takebin", b"asdfasdf"))
    server.on("buffa")(lambda data: emit("buffack") if isinstance(data, bytes) else None)
    server.on("abuff1")(lambda data: None)
    server.on("abuff2")(lambda data: emit("abuff2-ack"))
    server.on("blob")(lambda data: emit("back") if isinstance(data, bytes) else None)
    server.on("blob1")(lambda data: None)
    server.on("blob2")(lambda data: None)
    server.on("blob3")(lambda data: emit("blob3-ack"))
    server.on("jsonbuff")(lambda data: emit("jsonbuff-ack") if isinstance(data["message"], bytes) else None)
    server.on("jsonblob")(lambda data: emit("jsonblob-ack") if isinstance(data["message"], bytes) else None)


def handshake(auth: Any) -> dict[str, Any]:
    """Return what socket.io shows of a handshake."""
    return {"query": request.args.to_dict(), "auth": auth, "headers": dict(request.headers), "url": request.full_path,
            "issued": 1, "secure": False, "xdomain": False, "time": str(datetime.now()),
            "address": request.remote_addr}  # fmt: skip


def echo_engine(interval: float, timeout: float) -> socketio.Server:
    """Return a server that sends every Engine.IO message back."""
    server = socketio.Server(
        async_mode="gevent", client_manager=Fanout(), ping_interval=interval, ping_timeout=timeout,
        cors_allowed_origins="*"
    )  # fmt: skip
    receive = server.manager.context.receive

    def echo(client: connection.Connection, data: str | bytes) -> None:
        if isinstance(data, bytes):
            client.send(message.Message([data]))
        elif data.startswith("4"):
            client.send(message.Message(data[1:]))
        elif data == "1":
            receive(client, data)
        else:
            raise frames.ProtocolError(frames.PROTOCOL_ERROR, "unknown packet")

    server.manager.context.receive = echo
    return server


def with_echo_engine(app: Flask, interval: float, timeout: float) -> None:
    """Serve the echo below `/engine.io`; the client's own tests need handshakes that take 10 ms."""
    inner = socketio.Middleware(echo_engine(interval, timeout), app.wsgi_app, "engine.io")

    def serve(environ: dict[str, Any], start_response: Any) -> Any:
        if environ.get("HTTP_HOST", "").endswith(":3210"):
            gevent.sleep(0.01)
        return inner(environ, start_response)

    app.wsgi_app = serve


def parse_options() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--ping-interval", type=float, default=25, metavar="S")
    parser.add_argument("--ping-timeout", type=float, default=20, metavar="S")
    logging.basicConfig(level=logging.INFO)
    return parser.parse_args()


if __name__ == "__main__":
    options = parse_options()
    app, server = Flask(__name__), SocketIO()
    add_handlers(server)
    server.init_app(
        app,
        async_mode="gevent",
        async_handlers=False,
        client_manager=Fanout(),
        cors_allowed_origins="*",
        ping_interval=options.ping_interval,
        ping_timeout=options.ping_timeout,
    )
    with_echo_engine(app, options.ping_interval, options.ping_timeout)
    server.run(app, host="127.0.0.1", port=options.port)
