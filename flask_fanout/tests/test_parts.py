"""The parts of the transport without a network: frames, messages, rooms, timers, and the start-up check."""

import contextlib
import json
import socket
from types import SimpleNamespace

import engineio
import gevent
import pytest
import socketio
from engineio.socket import Socket
from flask import Flask
from flask_socketio import SocketIO, emit, join_room
from hypothesis import given
from hypothesis import strategies as st
from transport_clients import until

import flask_fanout
from flask_fanout import compatibility, context, frames, message, outbox, timers

LENGTHS = (0, 1, 90, 110, 125, 126, 65500, 65536, 70000)


def masked(data: bytes, opcode: int, final: bool, key: bytes) -> bytes:
    whole = bytearray(frames.encode(data, opcode))
    whole[0] ^= 0 if final else 0x80
    whole[1] |= 0x80
    return bytes(whole[: len(whole) - len(data)]) + key + frames.apply_mask(data, key)


BYTES, KEYS = st.binary(max_size=200), st.binary(min_size=4, max_size=4)


@given(st.lists(st.tuples(BYTES, KEYS, st.integers(1, 50))), st.integers(1, 99))
def test_messages_are_parsed_the_same_however_they_are_segmented(sent, chunk):
    wire = bytearray()
    for data, key, piece in sent:
        pieces = [data[at : at + piece] for at in range(0, len(data), piece)] or [b""]
        for n, part in enumerate(pieces):
            opcode = frames.CONTINUATION if n else frames.BINARY
            wire += masked(part, opcode, n == len(pieces) - 1, key)

    reader, read = frames.FrameParser(1000), []
    for at in range(0, len(wire), chunk):
        reader.feed(bytes(wire[at : at + chunk]))
        while (got := reader.next_message()) is not None:
            read += [got] if got[0] != frames.CONTINUATION else []

    assert read == [(frames.BINARY, data) for data, _, _ in sent]


@given(st.binary(max_size=400))
def test_random_bytes_raise_only_protocol_errors(junk):
    reader = frames.FrameParser(1000)
    reader.feed(junk)

    with contextlib.suppress(frames.ProtocolError):
        while reader.next_message() is not None:
            pass


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("namespace", ["/", "/live"])
def test_an_encoded_event_equals_the_socketio_packet(length, namespace):
    data = {"pad": "é" * length, "n": 1}

    frame = flask_fanout.EncodedEvent(namespace, "message", json.dumps(data, separators=(",", ":")).encode())

    packet = socketio.packet.Packet(socketio.packet.EVENT, ["message", data], namespace).encode()
    assert frame.parts == [packet]
    assert frame.wire == frames.encode(b"4" + packet.encode()) == message.Message(packet).wire
    assert len(frame) == len(frame.wire)
    assert [each.encode(b64=True) for each in frame.packets] == ["4" + packet]


@pytest.fixture
def app_and_socketio():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "x"
    socketio = SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=flask_fanout.Fanout())
    socketio.on_event("connect", lambda auth=None: join_room("all"))
    socketio.on_event("broadcast", lambda data: emit("update", data, to="all"))
    return app, socketio


def test_flask_socketios_own_test_client_works(app_and_socketio):
    app, server = app_and_socketio
    ann, bob = server.test_client(app), server.test_client(app)

    ann.emit("broadcast", {"x": b"bytes"})

    assert [each["args"] for each in bob.get_received()] == [[{"x": b"bytes"}]]
    bob.disconnect()
    assert len(server.server.manager.connections) == 1


class CountingConnection(flask_fanout.Connection):
    """Counts what is sent to it."""

    def __init__(self, eio_sid):
        super().__init__(eio_sid)
        self.count = 0

    def send(self, message):
        self.count += 1

    def close(self):
        pass


def enter(manager, number, namespace="/"):
    connection = manager.connections.setdefault(f"eio{number}", CountingConnection(f"eio{number}"))
    return manager.connect(connection.eio_sid, namespace)


def test_disconnecting_touches_only_the_clients_rooms_and_leaves_no_state(app_and_socketio):
    manager = app_and_socketio[1].server.manager
    sids = [enter(manager, number) for number in range(3000)]
    for number, sid in enumerate(sids):
        manager.enter_room(sid, "/", f"room{number // 10}")
        manager.enter_room(sid, "/", "all")
    removals = []
    remove = manager.remove_from_room
    manager.remove_from_room = lambda *where: (removals.append(where), remove(*where))

    for number, sid in enumerate(sids):
        manager.pre_disconnect(sid, "/")
        manager.disconnect(sid, "/")
        manager.remove_session(f"eio{number}")

    assert len(removals) == 3 * 3000
    assert not (manager.rooms or manager.joined or manager.connections or manager.disconnecting or manager.callbacks)


def test_rooms_keep_the_stock_managers_rules(app_and_socketio):
    manager = app_and_socketio[1].server.manager
    ann, bob = enter(manager, 1), enter(manager, 2)
    manager.enter_room(ann, "/", "kitchen")

    manager.emit("message", 1, "/", to="kitchen")
    manager.emit("message", 1, "/", to=["kitchen", bob], skip_sid=[ann])
    manager.emit("message", 1, "/")
    manager.emit("message", 1, "/nowhere")

    assert [manager.connections[eio].count for eio in ("eio1", "eio2")] == [2, 2]
    assert manager.get_rooms(ann, "/") == [ann, "kitchen"]
    assert [*manager.get_participants("/", "kitchen")] == [(ann, "eio1")]
    with pytest.raises(ValueError, match="sid room"):
        manager.enter_room(ann, "/", bob)
    with pytest.raises(ValueError, match="not connected"):
        manager.enter_room("nobody", "/", "kitchen")
    manager.close_room("kitchen", "/")
    assert manager.get_rooms(ann, "/") == [ann]
    assert manager.pre_connect("eio1", "/") is None


def test_a_stock_server_in_the_same_process_is_not_affected(app_and_socketio):
    stock = SocketIO(Flask(__name__), async_mode="gevent").server

    ours = app_and_socketio[1].server

    assert type(stock.manager) is socketio.Manager
    assert stock.eio.handle_request.__func__ is engineio.Server.handle_request
    assert ours.eio.handle_request != stock.eio.handle_request and not ours.eio.start_service_task
    assert stock.eio.start_service_task and stock._send_packet.__func__ is socketio.Server._send_packet
    assert Socket.__module__ == "engineio.socket" and Socket.poll.__module__ == "engineio.socket"
    assert isinstance(flask_fanout.find_connection(stock, "nobody"), flask_fanout.StockConnection)


def test_the_connection_of_an_ended_session_is_closed_and_accepts_messages():
    stock = SocketIO(Flask(__name__), async_mode="gevent").server

    connection = flask_fanout.find_connection(stock, "nobody")
    connection.send(flask_fanout.EncodedEvent("/", "x", b"1"))

    assert (connection.open, connection.full, connection.drain(0.01)) == (False, False, False)


def test_drain_waits_for_a_slow_reader_but_not_for_a_stalled_one():
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    ours.setblocking(False)
    shared = context.Context(flask_fanout.Limits(), lambda *packet: None, lambda: None)
    slow = outbox.Outbox(shared, SimpleNamespace(sid="slow", queue=None))
    slow.is_websocket, slow.sock, slow.socket_send = True, ours, ours.send
    slow.send(flask_fanout.EncodedEvent("/", "x", b'"%s"' % (b"x" * 200_000)))
    slow.flush()

    def read(size):
        while size > 0:
            size -= len(theirs.recv(8192))
            gevent.sleep(0.03)

    gevent.spawn(read, 200_000)  # takes about a second in all
    was_taken = slow.drain(0.4)
    slow.send(flask_fanout.EncodedEvent("/", "x", b'"%s"' % (b"x" * 200_000)))
    slow.flush()

    assert (was_taken, slow.drain(0.1)) == (True, False)
    slow.on_empty()


def test_a_missing_private_name_stops_the_start_with_a_clear_message(app_and_socketio, monkeypatch):
    compatibility.check(app_and_socketio[1].server)
    monkeypatch.delattr(Socket, "schedule_ping")

    with pytest.raises(RuntimeError, match=r"python-engineio 4\S+ has no schedule_ping in engineio.socket.Socket"):
        compatibility.check(app_and_socketio[1].server)


def test_gevent_websocket_stops_the_start_with_a_clear_message(app_and_socketio, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name == "geventwebsocket")

    with pytest.raises(RuntimeError, match="uninstall it"):
        compatibility.check(app_and_socketio[1].server)


def test_timers_run_in_order_and_survive_an_error(capsys, caplog):
    class Owner:
        def add(self, text):
            called.append(text)

        def fail(self):
            raise ZeroDivisionError

    later, called, owner = timers.Timers(), [], Owner()

    later.call_later(0.05, owner.add, "later")
    later.call_later(0.02, owner.add, "soon")
    later.call_later(0.02, owner.fail)
    later.call_later(0.02, Owner().add, "an object that is gone")
    later.call_later(0.02, owner.add, "after the error")

    until(lambda: len(called) == 3)
    assert called == ["soon", "after the error", "later"]
    assert "ZeroDivisionError" in capsys.readouterr().err + caplog.text  # logged where a server ran in this process
    gevent.kill(later.greenlet)
