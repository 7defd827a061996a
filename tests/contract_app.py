"""The application of flask_fanout's contract tests behind Hubbub's own HTTP server and event dispatch.

`python tests/contract_app.py PORT [--ping-interval S] [--ping-timeout S]`; the official suites need 0.3 and 0.2.
It has no people, no database and no rate limits, and accepts every origin.
"""

from gevent import monkey

monkey.patch_all()

import argparse
import logging
import pathlib
import sys
from typing import Any

from flask import Flask
from flask_socketio import emit

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from hubbub import httpserver, live
from hubbub.config import Config
from hubbub.core import node
from hubbub.core.access import Refused, Visitor
from hubbub.web import origin

node.make_default(node.Node(Config(limits="off")))


@live.socketio().on("connect")
@live.socketio().on("connect", namespace="/custom")
def connect(auth: Any = None) -> None:
    emit("auth", auth or {})


@live.socketio().on("message")
def message(*arguments: Any) -> None:
    emit("message-back", arguments)


@live.socketio().on("message-with-ack")
@live.socketio().on("message-with-ack", namespace="/custom")
def message_with_ack(*arguments: Any) -> tuple[Any, ...]:
    return arguments


@live.identify_by
def identify(environ: dict[str, Any], auth: object) -> Visitor:
    raise Refused("error.not_signed_in", "denied")


def make_server(port: int, interval: float, timeout: float) -> httpserver.Server:
    """Make Hubbub's HTTP server with Hubbub's Socket.IO behind it."""
    origin.is_allowed = lambda environ: True
    app = Flask(__name__)
    live.init_app(app, Config(), ping_interval=interval, ping_timeout=timeout, cors_allowed_origins="*")
    return httpserver.Server(("127.0.0.1", port), app)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--ping-interval", type=float, default=25, metavar="S")
    parser.add_argument("--ping-timeout", type=float, default=20, metavar="S")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO)
    make_server(options.port, options.ping_interval, options.ping_timeout).serve_forever()
