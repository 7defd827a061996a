"""Emit from any thread: nothing is lost, each thread's events keep their order, and errors stay in the thread."""

import json

import gevent
import pytest
import requests
from flask import Flask
from flask_socketio import SocketIO
from gevent.monkey import get_original
from gevent.pywsgi import WSGIServer
from transport_clients import Server, SocketIOClient, WebSocketClient, until

from flask_fanout import Connection, Fanout

WORKERS, COUNT = 6, 100  # fewer events than a polling connection may hold
get_thread_id = get_original("_thread", "get_ident")


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    assert "Traceback" not in running.log_text()
    running.stop()


def in_thread(function, *arguments):
    """Call a function in an OS thread, and return or raise what it does."""
    return gevent.get_hub().threadpool.apply(function, arguments)


def numbers_by_worker(events):
    return [[event["number"] for event in events if event["worker"] == worker] for worker in range(WORKERS)]


@pytest.mark.parametrize("worker", ["thread", "pool", "greenlet"])
@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_all_events_arrive_and_each_workers_events_in_order(server, worker, transport):
    first, both = SocketIOClient(server, transport), SocketIOClient(server, transport)
    for person, room in ((first, "room 0"), (both, "room 0"), (both, "room 1")):
        person.call("join", room)

    requests.get(server.url + "/emit", params={"worker": worker, "workers": WORKERS, "count": COUNT}, timeout=10)

    whole, none = list(range(COUNT)), []
    assert numbers_by_worker(both.wait_for("numbered", WORKERS * COUNT)) == [whole] * WORKERS
    assert numbers_by_worker(first.wait_for("numbered", WORKERS * COUNT // 2)) == [whole, none] * (WORKERS // 2)
    first.disconnect()
    both.disconnect()


def test_a_callback_of_a_thread_receives_the_answer(server):
    ann = SocketIOClient(server, "websocket")

    requests.get(server.url + "/ask", timeout=10)

    assert ann.wait_for("answered") == [["ping", "pong"]]
    ann.disconnect()


class Recorder(Connection):
    """A connection that keeps what is sent to it, and by which threads."""

    def __init__(self, eio_sid):
        super().__init__(eio_sid)
        self.packets, self.threads = [], set()

    def send(self, message):
        self.packets.append(message.parts[0])
        self.threads.add(get_thread_id())


@pytest.fixture
def socketio():
    return SocketIO(Flask(__name__), async_mode="gevent", async_handlers=False, client_manager=Fanout())


@pytest.fixture
def recorder(socketio):
    manager = socketio.server.manager
    connection = manager.connections["eio"] = Recorder("eio")
    manager.connect("eio", "/")
    return connection


def test_only_the_thread_of_the_event_loop_sends(socketio, recorder):
    in_thread(socketio.emit, "event", 1)
    gevent.spawn(socketio.emit, "event", 2)

    until(lambda: len(recorder.packets) == 2)
    assert recorder.threads == {get_thread_id()} != {in_thread(get_thread_id)}


def test_an_event_that_cannot_be_encoded_raises_in_its_thread(socketio, recorder):
    with pytest.raises(TypeError, match="not JSON serializable"):
        in_thread(socketio.emit, "event", object())

    in_thread(socketio.emit, "event", 1)
    until(lambda: recorder.packets)
    assert recorder.packets == ['2["event",1]']


def test_changing_the_data_after_emit_has_no_effect(socketio, recorder):
    def emit_and_change():
        data = {"number": 1}
        socketio.emit("event", data)
        data["number"] = 2

    in_thread(emit_and_change)

    until(lambda: recorder.packets)
    assert recorder.packets == ['2["event",{"number":1}]']


def test_a_thread_may_emit_before_the_server_starts_and_after_it_has_stopped(capsys):
    app = Flask(__name__)
    socketio = SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=Fanout())
    socketio.on_event("connect", lambda auth=None: None)
    socketio.on_event("echo", lambda data: data)

    in_thread(socketio.emit, "event", "before")
    http = WSGIServer(("127.0.0.1", 0), app, log=None)
    http.start()
    http.port = http.server_port
    wire = WebSocketClient(http, connect=False)
    wire.send("40")
    assert wire.receive().startswith('40{"sid"')
    in_thread(socketio.emit, "event", "while it runs")
    assert json.loads(wire.receive()[2:]) == ["event", "while it runs"]
    http.stop()
    wire.reset()
    until(lambda: not socketio.server.manager.connections)
    in_thread(socketio.emit, "event", "after")

    gevent.sleep(0)
    assert capsys.readouterr().err == ""
