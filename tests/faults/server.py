"""`hubbub serve` with a faster ping and a count of its statements: `python -m tests.faults.server PING TIMEOUT …`.

PING and TIMEOUT are seconds.  `GET /counted` answers how often each statement was executed since the start.
"""

from gevent import monkey

monkey.patch_all()

import collections
import sys
from typing import Any

from flask import Flask, jsonify

from hubbub import cli, live
from hubbub.config import Config
from tests.statements import start_recording


def create_app(config: Config, **options: Any) -> Flask:
    """Create the application with counted statements."""
    app = real(config, **options)
    asked = start_recording()
    app.get("/counted")(lambda: jsonify(collections.Counter(asked)))
    live.socketio().server.eio.ping_interval, live.socketio().server.eio.ping_timeout = ping, timeout
    return app


if __name__ == "__main__":
    ping, timeout = map(float, sys.argv[1:3])
    real, cli.create_app = cli.create_app, create_app
    cli.main(["serve", *sys.argv[3:]])
