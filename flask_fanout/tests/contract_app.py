"""The application of the contract tests, which the official suites of Engine.IO and Socket.IO expect as well.

`python tests/contract_app.py PORT [--ping-interval S] [--ping-timeout S]`; the official suites need 0.3 and 0.2.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import logging
from typing import Any

from flask import Flask
from flask_socketio import SocketIO, emit

from flask_fanout import Fanout

socketio = SocketIO()


@socketio.on("connect")
@socketio.on("connect", namespace="/custom")
def connect(auth: Any = None) -> None:
    emit("auth", auth or {})


@socketio.on("message")
def message(*data: Any) -> None:
    emit("message-back", data)


@socketio.on("message-with-ack")
@socketio.on("message-with-ack", namespace="/custom")
def message_with_ack(*data: Any) -> tuple[Any, ...]:
    return data


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--ping-interval", type=float, default=25, metavar="S")
    parser.add_argument("--ping-timeout", type=float, default=20, metavar="S")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    app = Flask(__name__)
    socketio.init_app(
        app,
        async_mode="gevent",
        async_handlers=False,
        client_manager=Fanout(),
        cors_allowed_origins="*",
        ping_interval=options.ping_interval,
        ping_timeout=options.ping_timeout,
    )
    socketio.run(app, host="127.0.0.1", port=options.port)
