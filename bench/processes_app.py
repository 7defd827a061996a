"""One process of a Flask-SocketIO application: `python -m bench.processes_app PORT fanout|redis URL`."""

from gevent import monkey

monkey.patch_all()

import sys
import time
from typing import Any

import gevent
import socketio
from flask import Flask, jsonify, request
from flask_socketio import SocketIO, join_room

from flask_fanout import Fanout

TEXT = "x" * 120
port, kind, url = int(sys.argv[1]), sys.argv[2], sys.argv[3]
gaps: list[float] = []
manager: Any = socketio.RedisManager(url)
if kind == "fanout":
    manager = Fanout(url, on_gap=lambda namespace, room: gaps.append(time.time()))
app = Flask(__name__)
server = SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=manager, cors_allowed_origins="*")


@server.on("join")
def join(*rooms: str) -> str:
    for room in rooms:
        join_room(room)
    return "joined"


@app.get("/emit")
def emit() -> Any:
    """Emit events to a room, eight in each iteration of the event loop."""
    for number in range(int(request.args["count"])):
        server.emit("message", TEXT, to=request.args["room"])
        if number % 8 == 7:
            gevent.sleep(0)
    return jsonify("done")


@app.get("/tick")
def tick() -> Any:
    """Emit numbered events for some seconds, and return how many."""
    hz, end, count = float(request.args["hz"]), time.monotonic() + float(request.args["seconds"]), 0
    while time.monotonic() < end:
        server.emit("tick", count, to=request.args["room"])
        count += 1
        gevent.sleep(1 / hz)
    return jsonify(count)


@app.get("/gaps")
def show_gaps() -> Any:
    """Return when gaps were reported."""
    return jsonify(gaps)


if __name__ == "__main__":
    server.run(app, host="127.0.0.1", port=port)
