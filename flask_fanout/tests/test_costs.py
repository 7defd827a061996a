"""What one client can cost, in one process: work per turn of the loop, bytes, and what its end leaves in memory."""

import contextlib
import gc
import weakref

import gevent
import pytest
from in_process import InProcess, run_loop
from transport_clients import until
from wire_frames import BINARY, CONTINUATION, PING, PONG, TEXT, frame, head

from flask_fanout import memory_limits, websocket

KILOBYTE = 1 << 10


@pytest.fixture
def server():
    running = InProcess()
    yield running
    running.close()


def connected(server):
    """Return a WebSocket in the default namespace, and the server's end of it."""
    wire = server.open_websocket()
    wire.send("40")
    wire.receive_until(b"40{")
    return wire, [*server.manager.connections.values()][-1]


def sent(wire, data):
    """Send as much as the server takes while the loop runs; return whether it took all."""
    with contextlib.suppress(OSError):
        wire.sock.sendall(data)
        run_loop()
        return True
    return False


def test_a_poll_after_the_deadline_of_the_pong_is_refused_however_late_the_timers_are(server):
    sid = server.open_polling()
    assert server.post(sid, b"3")[0] == "200 OK"
    server.server.eio.sockets[sid].pong_deadline = 0

    assert server.poll(sid)[0] == "400 BAD REQUEST"
    assert not server.server.eio.sockets


# Memory


BEFORE_CONNECT = {
    "an unfinished message": [head(990 * KILOBYTE)],
    "an unfinished message in fragments": [frame(b"x" * 4 * KILOBYTE, BINARY, final=False)]
    + [frame(b"x" * 4 * KILOBYTE, CONTINUATION, final=False)] * 3,
    "a long CONNECT": [frame(b'40{"token":"%s"}' % (b"x" * 9 * KILOBYTE))],
}


@pytest.mark.parametrize("case", BEFORE_CONNECT)
def test_a_message_before_connect_has_few_kilobytes(server, case):
    wire, largest = server.open_websocket(), 0

    for data in BEFORE_CONNECT[case]:
        sent(wire, data)
        largest = max(largest, server.manager.context.input_bytes)

    assert b"\x88\x02\x03\xf1" in wire.receive_until(b"\x88\x02\x03\xf1")  # 1009, message too big
    assert largest <= 8 * KILOBYTE


@pytest.mark.parametrize("body, status", [(b'40{"a":"%s"}' % (b"x" * 7 * KILOBYTE), "200 OK"),
                                          (b'40{"a":"%s"}' % (b"x" * 9 * KILOBYTE), "400 BAD REQUEST")])
def test_a_body_before_connect_has_few_kilobytes(server, body, status):
    assert server.post(server.open_polling(), body)[0] == status


def test_messages_have_their_full_size_after_connect(server):
    wire, text = server.open_websocket(), "x" * 100 * KILOBYTE
    wire.send("40", f'421["echo","{text}"]')  # the event arrives before its CONNECT is handled

    assert wire.receive_until(b'x"]').endswith(b'x"]')


def test_unfinished_messages_are_counted_as_they_arrive(server, monkeypatch):
    monkeypatch.setattr(memory_limits, "MAX_UNHANDLED", 210 * KILOBYTE)
    clients = [connected(server) for _ in range(4)]

    for n, (wire, _) in enumerate(clients):
        sent(wire, head(900 * KILOBYTE) + b"x" * (40 + 10 * n) * KILOBYTE)

    assert [connection.open for _, connection in clients] == [True, True, True, False]
    assert 100 * KILOBYTE < server.manager.context.input_bytes < 200 * KILOBYTE


def test_attachments_and_bodies_are_counted_until_they_are_handled(server):
    wire, _ = connected(server)
    sid = server.open_polling()
    assert server.post(sid, b"40")[0] == "200 OK"
    counted = []
    server.server.on("count", lambda sid, *data: counted.append(server.manager.context.input_bytes))

    sent(wire, frame(b'452-["count",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]'))
    sent(wire, frame(b"x" * 50 * KILOBYTE, BINARY))
    waiting = server.manager.context.input_bytes
    sent(wire, frame(b"x" * 50 * KILOBYTE, BINARY))
    server.post(sid, b'42["count","%s"]' % (b"x" * 50 * KILOBYTE))

    assert waiting == 50 * KILOBYTE
    assert counted[-1] >= 50 * KILOBYTE
    assert server.manager.context.input_bytes == 0


# Work


NOISE = {
    "pings": frame(b"", PING),
    "pongs": frame(b"", PONG),
    "empty texts": frame(b"", TEXT),
    "Engine.IO pongs": frame(b"3"),
    "events for nobody": frame(b'42/nowhere,["a"]'),
}
FRAGMENTS = {"empty fragments": b"", "fragments of one byte": b"x", "fragments of 500 bytes": b"x" * 500}


@pytest.mark.parametrize("case", [*NOISE, *FRAGMENTS])
def test_every_frame_has_a_cost_that_ends_a_flood(server, case):
    wire, connection = connected(server)
    noise = NOISE.get(case) or frame(FRAGMENTS[case], CONTINUATION, final=False)
    start = b"" if case in NOISE else frame(b"", BINARY, final=False)

    sent(wire, start + noise * 2000)
    until(lambda: run_loop() or not connection.open)

    assert server.manager.context.input_bytes == 0


@pytest.mark.parametrize("case", [*NOISE, *FRAGMENTS])
def test_a_stranger_may_send_fewer_frames_that_carry_nothing(server, case):
    wire = server.open_websocket()
    noise = NOISE.get(case) or frame(FRAGMENTS[case][:1], CONTINUATION, final=False)
    (connection,) = server.manager.connections.values()

    sent(wire, (b"" if case in NOISE else frame(b"", BINARY, final=False)) + noise * 60)

    until(lambda: run_loop() or not connection.open)


def test_a_refused_client_that_sends_on_loses_its_socket(server):
    wire, connection = connected(server)

    wire.send("nonsense")
    wire.receive_until(b"\x88\x02\x03\xea")
    assert sent(wire, b"x" * (websocket.CLOSE_BYTES // 2))
    assert connection.sock is not None
    sent(wire, b"x" * websocket.CLOSE_BYTES)

    until(lambda: run_loop() or connection.sock is None)


def test_large_fragments_cost_nothing_extra(server):
    wire, connection = connected(server)
    message = b"".join(frame(b"x" * KILOBYTE, CONTINUATION if n else BINARY, final=n == 99) for n in range(100))

    for _ in range(20):
        sent(wire, frame(b'451-["echo",{"_placeholder":true,"num":0}]') + message)

    until(lambda: run_loop() or not connection.input_size)
    assert connection.open


def test_a_connection_parses_64_frames_in_a_turn_and_reads_no_more_until_they_are_handled(server, monkeypatch):
    wire, connection = connected(server)
    parsed = []
    next_message = connection.parser.__class__.next_message
    monkeypatch.setattr(connection.parser.__class__, "next_message",
                        lambda parser: parsed.append(gevent.get_hub().loop.iteration) or next_message(parser))

    wire.sock.sendall(frame(b"", PONG) * 640)
    until(lambda: run_loop() or connection.parser.size == 0)

    assert max(parsed.count(turn) for turn in parsed) == websocket.MAX_FRAMES
    assert connection.open


def test_many_busy_connections_share_a_turn_and_others_run_in_between(server, monkeypatch):
    """Each handler spends its whole slice; a waiting greenlet must run after a few of them, not after all."""
    monkeypatch.setattr(websocket, "TIME_SLICE", 0)
    monkeypatch.setattr(server.manager.context.turns.__class__, "run", one_step := counting_run())
    handled = []
    server.server.on("work", lambda sid, number: handled.append(number))
    clients = [connected(server)[0] for _ in range(5)]

    for number, wire in enumerate(clients):
        wire.send(*[f'42["work",{number}]'] * 10)
    until(lambda: run_loop() or len(handled) == 50)

    assert one_step.calls >= 30
    assert {*handled[:10]} == {0, 1, 2, 3, 4}


def counting_run():
    """Return a replacement of `Turns.run` that does one step in each iteration, and counts them."""

    def run(turns):
        run.calls += 1
        turns.steps.popleft()()
        if turns.steps:
            turns.timer.start(turns.run)

    run.calls = 0
    return run


# What the end of a connection leaves


def websocket_session(server):
    wire, _ = connected(server)
    wire.send('421["echo",1]')
    wire.receive_until(b"431[")
    return wire.close


def polling_session(server):
    sid = server.open_polling()
    server.post(sid, b"40")
    server.poll(sid)
    return lambda: server.post(sid, b"1")


def upgraded_session(server):
    sid = server.open_polling()
    server.post(sid, b"40")
    wire = server.open_websocket(sid)
    wire.send("2probe", "5")
    wire.receive_until(b"3probe")
    run_loop()
    return wire.close


def refused_session(server):
    wire = server.open_websocket()
    wire.send("40/nowhere")
    wire.receive_until(b"44/nowhere")
    return wire.close


def invalid_session(server):
    wire = server.open_websocket()
    return lambda: (wire.send("nonsense"), wire.receive_until(b"\x88"), wire.close())


@pytest.mark.parametrize("open_session",
                         [websocket_session, polling_session, upgraded_session, refused_session, invalid_session])
def test_the_objects_of_a_closed_connection_are_freed_by_reference_counting_alone(server, open_session, caplog):
    caplog.set_level("INFO")  # what is logged is kept, and must not keep a connection
    gc.disable()
    try:
        close = open_session(server)
        (connection,) = server.manager.connections.values()
        objects = [weakref.ref(connection), weakref.ref(connection.session)]
        del connection

        close()
        del close
        until(lambda: run_loop() or not server.manager.connections)
        until(lambda: run_loop() or [each() for each in objects] == [None, None])

        assert not server.server.environ
    finally:
        gc.enable()
