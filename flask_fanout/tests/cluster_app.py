"""One process of an application that has several: `python tests/cluster_app.py PORT URL`."""

from gevent import monkey

monkey.patch_all()

import sys
from typing import Any

from flask import Flask, jsonify, request
from flask_socketio import SocketIO, close_room, disconnect, emit, join_room, leave_room

from flask_fanout import Fanout

port, url = int(sys.argv[1]), sys.argv[2]
gaps: list[list[Any]] = []
left: list[list[str]] = []
fanout = Fanout(url, on_gap=lambda namespace, room: gaps.append([namespace, room]))
app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", async_handlers=False, cors_allowed_origins="*", client_manager=fanout)


@socketio.on("connect")
@socketio.on("connect", namespace="/n")
def connect() -> None:
    pass


@socketio.on("disconnect")
def disconnected(reason: str) -> None:
    left.append([request.sid, reason])


@socketio.on("echo")
def echo(data: Any) -> Any:
    return data


@socketio.on("broadcast")
def broadcast(*data: Any) -> None:
    emit("message", data, broadcast=True, include_self=False)


@socketio.on("broadcast", namespace="/n")
def broadcast_n(data: Any) -> None:
    emit("message", data, broadcast=True)


@socketio.on("join")
def join(room: Any, sid: str | None = None) -> str:
    join_room(room, sid=sid)
    return "joined"


@socketio.on("leave")
def leave(room: Any, sid: str | None = None) -> None:
    leave_room(room, sid=sid)


@socketio.on("close")
def close(room: Any) -> None:
    close_room(room)


@socketio.on("to")
def to(room: Any, data: Any, skipped: Any = None) -> None:
    socketio.emit("message", data, to=room, skip_sid=skipped)


@socketio.on("numbers")
def numbers(room: str, first: int, count: int) -> None:
    for number in range(first, first + count):
        emit("message", number, to=room)
        if number % 10 == 0:
            socketio.sleep(0.001)


@socketio.on("ask")
def ask(room: Any, data: Any) -> None:
    asker = request.sid
    emit("question", data, to=room, callback=lambda *answer: socketio.emit("answered", list(answer), to=asker))


@socketio.on("disconnect_other")
def disconnect_other(sid: str) -> None:
    disconnect(sid)


@socketio.on("present")
def present(room: Any = None) -> list[str]:
    return sorted(fanout.present(room))


@app.get("/state")
def state() -> Any:
    cluster = fanout.cluster
    topics = [*cluster.bus.subscriptions]
    kept: dict[str, Any] = {name: len(getattr(cluster, name)) for name in ("rooms", "joining")}
    kept["callbacks"] = sum(once for once, callback in cluster.callbacks.values())  # those for rooms stay for a while
    followed = {*cluster.presence.followed, cluster.presence.heartbeat_topic}
    kept["topics"] = sorted(topic.removesuffix(f" {cluster.node}") for topic in {*topics} - followed)
    return jsonify(gaps=gaps, left=left, is_up=cluster.bus.is_up, topics=topics, kept=kept)


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=port, backlog=1024)
