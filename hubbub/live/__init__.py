"""Socket.IO: one connection per client, typed events, and acknowledgements that wait for their commit."""

from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
from flask import Flask

import flask_fanout
from hubbub.config import Config
from hubbub.core import hub, node, strings
from hubbub.core.access import Refused
from hubbub.live import admissions, connections, dispatch, heartbeat, subscriptions, tail
from hubbub.live.admissions import close_guests
from hubbub.live.connections import NAMESPACE, Connection, socketio
from hubbub.live.registry import identify, identify_by, on, on_connect, on_disconnect
from hubbub.live.streams import Stream
from hubbub.web import origin

__all__ = ["NAMESPACE", "Connection", "Stream", "admissions", "close_guests", "heartbeat", "identify",
           "identify_by", "init_app", "on", "on_connect", "on_disconnect", "socketio", "subscriptions", "tail"]

strings.register(__name__)

DISPATCH_NAMES = "_handle_event_internal", "_trigger_event", "environ", "not_handled"  # of python-socketio


def init_app(app: Flask, config: Config, **options: Any) -> None:
    """Attach Socket.IO to the app and to the current node's hub; `options` override our own of Socket.IO."""
    is_stock = config.transport == "stock"
    ours = {"async_mode": "gevent", "async_handlers": False, "cors_allowed_origins": []}
    transport = {} if is_stock else {"client_manager": flask_fanout.Fanout()}
    socketio().init_app(app, **ours | transport | options)
    server, run = socketio().server, node.current().run
    flask_fanout.require("python-socketio", server, *DISPATCH_NAMES)
    flask_fanout.require("python-engineio", server.eio, "handlers", "sockets")
    if config.node:
        generate_id = server.eio.generate_id
        server.eio.generate_id = lambda: f"{config.node}.{generate_id()}"  # by which others find the session's process
    server.on("connect", partial(run, connections.accept), namespace=NAMESPACE)
    server.on("disconnect", partial(run, connections.remove), namespace=NAMESPACE)
    server.eio.on("disconnect", partial(run, connections.close_socket, server.eio.handlers["disconnect"]))
    server._handle_event_internal = partial(run, dispatch.receive)
    hub.attach(connections.frame, hub.send_each if is_stock else connections.broadcast)
    app.wsgi_app = OriginCheck(app.wsgi_app)  # type: ignore[method-assign]


class OriginCheck:
    """WSGI middleware that refuses Socket.IO requests from another site's page."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO", "").startswith("/socket.io") and not origin.is_allowed(environ):
            body = msgspec.json.encode(Refused("error.other_site", "denied").payload)
            headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
            start_response("403 Forbidden", headers)
            return [body]
        return self._app(environ, start_response)
