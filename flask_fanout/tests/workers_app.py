"""An application for several workers: `FANOUT_BUS=URL python -m flask_fanout workers_app:socketio --workers 3`."""

import os
from typing import Any

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

from flask_fanout import Fanout

app = Flask(__name__)
fanout = Fanout(os.environ.get("FANOUT_BUS", ""))
socketio = SocketIO(app, async_mode="gevent", async_handlers=False, cors_allowed_origins="*", client_manager=fanout)


@socketio.on("echo")
def echo(data: Any) -> Any:
    return data


@socketio.on("pid")
def pid() -> int:
    return os.getpid()


@socketio.on("join")
def join(room: str) -> None:
    join_room(room)


@socketio.on("to")
def to(room: str | None, data: Any) -> None:
    emit("message", data, to=room, broadcast=True)


@app.get("/pid")
def pid_route() -> str:
    return str(os.getpid())
