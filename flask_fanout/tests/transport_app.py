"""The application under test: `python tests/transport_app.py PORT fanout|stock [PING_INTERVAL PING_TIMEOUT]`."""

from gevent import monkey

monkey.patch_all()

import functools
import gc
import logging
import os
import pathlib
import sys
from collections.abc import Callable
from typing import Any

import gevent
from flask import Flask, request
from flask_socketio import ConnectionRefusedError, SocketIO, disconnect, emit, join_room, leave_room, rooms

import flask_fanout

port, mode, interval, timeout = int(sys.argv[1]), sys.argv[2], *map(float, [*sys.argv[3:], 25, 20][:2])
if interval < 1:
    flask_fanout.manager.CONNECT_TIMEOUT, flask_fanout.outbox.STALL_TIMEOUT = 0.5, 1.0
app = Flask(__name__)
socketio = SocketIO(
    app,
    async_mode="gevent",
    async_handlers=False,
    cors_allowed_origins="*",
    ping_interval=interval,
    ping_timeout=timeout,
    **({"client_manager": flask_fanout.Fanout()} if mode == "fanout" else {}),
)
server = socketio.server
left: list[list[str]] = []
ticks = 0
start_new_thread = monkey.get_original("_thread", "start_new_thread")
WORKERS: dict[str, Callable[..., Any]] = {
    "thread": lambda function, *arguments: start_new_thread(function, arguments),
    "pool": gevent.get_hub().threadpool.spawn,
    "greenlet": gevent.spawn,
}


def eio_sid() -> str:
    return server.manager.eio_sid_from_sid(request.sid, request.namespace)


@socketio.on("connect")
def connect(auth: Any = None) -> None:
    if auth and auth.get("refuse"):
        raise ConnectionRefusedError("not today")
    if auth and auth.get("break"):
        raise RuntimeError("the handler broke")
    join_room("all")
    emit("welcome", {"sid": request.sid})


@socketio.on("connect", namespace="/n")
def connect_n(auth: Any = None) -> None:
    pass


@socketio.on("disconnect")
def disconnected(reason: str) -> None:
    left.append([request.sid, reason])


@socketio.on("echo")
def echo(*data: Any) -> Any:
    return data if len(data) != 1 else data[0]


@socketio.on("broadcast")
def broadcast(data: Any) -> None:
    emit("message", data, broadcast=True)


@socketio.on("broadcast_others")
def broadcast_others(data: Any) -> None:
    emit("message", data, broadcast=True, include_self=False)


@socketio.on("join")
def join(room: str) -> list[str]:
    join_room(room)
    return sorted(rooms())


@socketio.on("leave")
def leave(room: str) -> list[str]:
    leave_room(room)
    return sorted(rooms())


@socketio.on("to")
def to(room: str | list[str], data: Any) -> None:
    emit("message", data, to=room)


@socketio.on("ask")
def ask(data: Any) -> None:
    emit("question", data, callback=lambda *answer: socketio.emit("answered", list(answer), to="all"))


@socketio.on("disconnect_me")
def disconnect_me() -> None:
    disconnect()


@socketio.on("slow")
def slow(data: int) -> None:
    socketio.sleep(0.02 if data % 2 else 0.001)
    emit("slept", data)


@socketio.on("break")
def break_down() -> None:
    raise RuntimeError("the handler broke")


@socketio.on("later")
def later() -> None:
    pass


@socketio.on("frames")
def frames(count: int, size: int) -> None:
    link = flask_fanout.find_connection(server, eio_sid())
    for n in range(count):
        link.send(flask_fanout.EncodedEvent("/", "framed", b'{"n":%d,"pad":"%s"}' % (n, b"x" * size)))


@socketio.on("paced")
def paced(count: int, size: int) -> None:
    link = flask_fanout.find_connection(server, eio_sid())
    fulls = 0
    for n in range(count):
        link.send(flask_fanout.EncodedEvent("/", "framed", b'{"n":%d,"pad":"%s"}' % (n, b"x" * size)))
        if link.full:
            fulls += 1
            if fulls == 1:
                socketio.emit("filled", to="all", skip_sid=request.sid)
            if not link.drain(10):
                left.append([request.sid, "not drained"])
                return
    emit("paced", {"fulls": fulls, "drained": link.drain(10), "full": link.full})


@socketio.on("fill")
def fill(size: int) -> None:
    link = flask_fanout.find_connection(server, eio_sid())
    while not link.full and link.open:
        link.send(flask_fanout.EncodedEvent("/", "framed", b'"%s"' % (b"x" * size)))
        gevent.sleep(0)


@socketio.on("stall")
def stall(size: int, timeout: float) -> None:
    link = flask_fanout.find_connection(server, eio_sid())
    while not link.full and link.open:
        link.send(flask_fanout.EncodedEvent("/", "framed", b'"%s"' % (b"x" * size)))
        gevent.sleep(0)
    link.send(flask_fanout.EncodedEvent("/", "framed", b'"last"'))
    socketio.emit("stalling", to="all")
    drained = link.drain(timeout)
    socketio.emit("stalled", {"drained": drained, "full": link.full, "open": link.open}, to="all")
    link.close()


@socketio.on("ns", namespace="/n")
def ns(data: Any) -> str:
    emit("message", data, namespace="/n", broadcast=True)
    return "ok"


handle_event = server._handle_event


def park(eio_sid: str, namespace: str, id: int | None, data: list[Any]) -> None:
    """Acknowledge an event named `later` by hand, 50 ms later and after the next event."""
    if data[0] == "later" and id is not None:
        gevent.spawn_later(0.05, flask_fanout.acknowledge, server, eio_sid, namespace or "/", id, ["late"])
    else:
        handle_event(eio_sid, namespace, id, data)


server._handle_event = park


@app.get("/state")
def state() -> dict[str, Any]:
    everyone, links = server.manager.rooms.get("/", {}), getattr(server.manager, "connections", {})
    return {
        "left": left,
        "sessions": len(server.eio.sockets),
        "environs": len(server.environ),
        "connected": len(everyone.get(None, ())),
        "people": list(everyone.get(None, ())),
        "rooms": [room for room in everyone if room],
        "polling": [sid for sid, link in links.items() if link.has_open_poll],
        "all": len(everyone.get("all", ())),
        "links": len(links),
        "joined": len(getattr(server.manager, "joined", ())),
        "overflows": server.manager.context.overflows if mode == "fanout" else None,
        "files": len(os.listdir("/proc/self/fd")),
        "rss": int(pathlib.Path("/proc/self/statm").read_text().split()[1]) * 4096,
        "ticks": ticks,
    }


@app.get("/tick")
def tick() -> str:
    """Broadcast numbered ticks of three kinds: plain, with an attachment, and one by one with a callback."""
    hz, count, size = float(request.args["hz"]), int(request.args["count"]), int(request.args.get("size", 10))

    def run() -> None:
        global ticks
        for _ in range(count):
            ticks += 1
            data = {"i": ticks, "pad": "x" * size}
            if ticks % 7 == 3 and size < 100:
                for sid, _ in [*server.manager.get_participants("/", "all")]:
                    server.emit("tick", data, to=sid, callback=lambda *answer: None)
            elif ticks % 5 == 2:
                server.emit("tick", {**data, "bytes": b"\x00\xff" * 10}, to="all")
            else:
                server.emit("tick", data, to="all")
            gevent.sleep(1 / hz)

    gevent.spawn(run)
    return "ok"


@app.get("/emit")
def emit_from_workers() -> str:
    """Emit numbered events from several workers at once, each into one of two rooms."""
    start, count = WORKERS[request.args["worker"]], int(request.args["count"])
    for worker in range(int(request.args["workers"])):
        start(emit_numbers, worker, count)
    return "ok"


def emit_numbers(worker: int, count: int) -> None:
    for number in range(count):
        socketio.emit("numbered", {"worker": worker, "number": number}, to=f"room {worker % 2}")


@app.get("/ask")
def ask_from_thread() -> str:
    """Emit an event with a callback from an OS thread."""
    callback = functools.partial(socketio.emit, "answered", to="all")
    WORKERS["thread"](functools.partial(socketio.emit, "question", "ping", to="all", callback=callback))
    return "ok"


@app.get("/collect")
def collect() -> str:
    gc.collect()
    return "ok"


if __name__ == "__main__":
    logging.getLogger("flask_fanout").addHandler(logging.StreamHandler())
    logging.getLogger("flask_fanout").setLevel(logging.INFO)
    socketio.run(app, host="127.0.0.1", port=port, backlog=4096)
