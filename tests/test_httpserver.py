"""The HTTP server against bare sockets: slow, endless or invalid requests are ended in time, without a traceback."""

import contextlib
import logging
import socket
import time

import gevent
import pytest

from hubbub import httpserver, limits
from hubbub.httpserver import connection, server
from tests.waiting import until

GET = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /api/guests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def quick_app(app, monkeypatch, caplog):
    """A server with timeouts of a quarter of a second, which must log no error."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.25)
    monkeypatch.setattr(connection, "BODY_TIMEOUT", 0.25)
    monkeypatch.setattr(server, "CHECK_INTERVAL", 0.02)
    app.server.watchdog.kill()
    app.server.watchdog = gevent.spawn(app.server.watch)
    with caplog.at_level(logging.INFO):
        yield app
    assert [record for record in caplog.records if record.exc_info] == []


def dial(app):
    """Open a TCP connection."""
    return socket.create_connection(("127.0.0.1", app.server.server_port), timeout=8)


def dial_to(listener):
    return socket.create_connection(listener.getsockname(), timeout=8)


def rest(wire):
    """Return everything until the server closes the connection; raise TimeoutError if it does not."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := wire.recv(65536):
            received += data
    wire.close()
    return received


def answer(app, request):
    """Return the answer to a request on a connection of its own."""
    wire = dial(app)
    wire.sendall(request)
    wire.shutdown(socket.SHUT_WR)
    return rest(wire)


def status(received):
    return int(received.split(b" ", 2)[1])


def dribble(wire, data, pause=0.02):
    """Send byte by byte; return whether the server closed the connection before the end."""
    for at in range(len(data)):
        try:
            wire.sendall(data[at:at + 1])
        except OSError:
            return True
        gevent.sleep(pause)
    return False


def test_a_slow_head_gets_408(quick_app):
    wire, began = dial(quick_app), time.monotonic()
    sending = gevent.spawn(dribble, wire, b"GET / HTTP/1.1\r\nX: " + b"x" * 400)

    received = rest(wire)

    assert (status(received), time.monotonic() - began < 5) == (408, True)
    assert sending.get(timeout=20)


def test_an_unfinished_head_gets_408_and_a_silent_connection_is_closed(quick_app):
    wires = [dial(quick_app), dial(quick_app), dial(quick_app)]
    wires[0].sendall(b"GET / HT")
    wires[1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

    received = [rest(wire) for wire in wires]

    assert [status(answer) for answer in received[:2]] == [408, 408]
    assert received[2] == b""
    until(lambda: not quick_app.server.connections and not quick_app.server.connection_counts)


def test_a_body_below_the_minimum_rate_is_cut_off_and_a_slow_one_above_it_is_read(quick_app, monkeypatch):
    monkeypatch.setattr(connection, "BODY_RATE", 10)
    body = b'{"name": "' + b"a" * 30 + b'"}'
    head = POST + b"Content-Length: %d\r\n\r\n" % len(body)
    began = time.monotonic()
    slow, patient = dial(quick_app), dial(quick_app)
    slow.sendall(head[:-10].replace(b"Content-Length: 42", b"Content-Length: 9000") + b"\r\n\r\n")
    dribbling = gevent.spawn(dribble, slow, b"x" * 9000, 0.3)
    patient.sendall(head)

    waiting = gevent.spawn(patient.recv, 65536)
    dribble(patient, body, 0.012)

    assert status(waiting.get(timeout=20)) == 201
    assert b" 201 " not in rest(slow)
    assert dribbling.get(timeout=20)
    assert time.monotonic() - began < 8
    patient.close()


def test_an_idle_connection_is_kept_and_closed_after_the_idle_timeout(quick_app, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 1.0)
    wire = dial(quick_app)
    for _ in range(2):
        wire.sendall(GET)
        assert status(wire.recv(65536)) == 200
        gevent.sleep(0.4)  # longer than the timeout of a head

    wire.sendall(GET)

    received = rest(wire)
    assert status(received) == 200 and received.count(b"HTTP/1.1") == 1


def test_a_client_that_reads_no_response_is_disconnected(quick_app, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 0.3)
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(("127.0.0.1", quick_app.server.server_port))

    for _ in range(2000):
        try:
            wire.sendall(GET.replace(b"/healthz", b"/api/openapi.json"))
        except OSError:
            break
        gevent.sleep(0)

    until(lambda: not quick_app.server.connections)
    wire.close()


def test_a_long_or_ambiguous_head_is_refused(quick_app, caplog):
    for head, expected in [
        (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 40_000) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"x" * 900) for n in range(90)) + b"\r\n", 431),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/1\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (POST + b"Content-Length: 1_0\r\n\r\n", 400),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n", 400),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
        (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400),
    ]:
        received = answer(quick_app, head)
        assert (status(received), b"Connection: close" in received) == (expected, True), head[:200]

    assert not any("xxxx" in record.getMessage() for record in caplog.records)


def test_a_body_over_the_limit_is_refused_before_its_end(quick_app):
    wire = dial(quick_app)
    wire.sendall(POST + b"Content-Length: 999999999999\r\n\r\n" + b"x" * 100_000)

    assert status(rest(wire)) == 413


CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def test_a_chunked_body_has_the_same_limits(quick_app):
    for body, expected in [
        (b'5;a=b\r\n{"nam\r\nc\r\ne": "carol"}\r\n0\r\nX: trailer\r\n\r\n', 201),
        (b"2\r\n{}\r\n" * 2, 400),
        (b"zz\r\n{}\r\n0\r\n\r\n", 400),
        (b"-1\r\n{}\r\n0\r\n\r\n", 400),
        (b"\r\n{}\r\n0\r\n\r\n", 400),
        (b"2\r\n{}}}\r\n0\r\n\r\n", 400),
        (b"ffffffff\r\n" + b"x" * (2 << 20), 413),
        (b"10000\r\n" + b"x" * 65536 + b"\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20, 413),
        (b"1\r\nx\r\n" * 20_000, 400),
    ]:
        assert status(answer(quick_app, CHUNKED + body)) == expected, body[:20]


def test_a_connection_is_not_reused_after_an_invalid_body(quick_app):
    received = answer(quick_app, CHUNKED + b"zz\r\n\r\n" + GET)

    assert received.count(b"HTTP/1.1 ") == 1


def test_an_address_gets_no_more_connections_than_its_limit(app, monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 5)
    monkeypatch.setattr(limits, "exempt_loopback", lambda: False)
    kept = [dial(app) for _ in range(5)]
    until(lambda: len(app.server.connections) == 5)

    sixth = rest(dial(app))
    kept[0].sendall(GET)
    first = kept[0].recv(65536)
    kept.pop().close()
    until(lambda: len(app.server.connections) == 4)

    assert (status(sixth), status(first), status(answer(app, GET))) == (429, 200, 200)
    for wire in kept:
        wire.close()


def test_an_address_that_sends_too_many_bodies_at_once_gets_429(app, monkeypatch):
    monkeypatch.setattr(server, "MAX_BODIES", {False: 3000, True: 2000})
    monkeypatch.setattr(limits, "exempt_loopback", lambda: False)
    wires = [dial(app), dial(app)]
    for wire in wires:
        wire.sendall(POST + b"Content-Length: 1000\r\n\r\n")
    until(lambda: sum(app.server.body_sizes.values()) == 2000)

    third = answer(app, POST + b"Content-Length: 9\r\n\r\n")
    wires.pop().close()
    until(lambda: sum(app.server.body_sizes.values()) == 1000)
    again = answer(app, POST + b"Content-Length: 2\r\n\r\n{}")

    assert (status(third), status(again)) == (429, 201)
    wires.pop().close()
    until(lambda: not app.server.body_sizes)


def test_websockets_and_long_polls_have_no_http_timeout(quick_app, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 0.3)
    ann, bob = quick_app.connect_guest("ann"), quick_app.connect_guest("bob", transports=("polling",))
    for user in (ann, bob):
        user.call("subscribe", channel="room:1")

    gevent.sleep(0.8)  # longer than all timeouts together
    answer = ann.call("post", channel="room:1", text="still here", key="k")

    assert "ok" in answer
    assert ann.received("message", 1) and bob.received("message", 1)


def test_a_stopping_server_answers_the_first_request_of_a_new_connection_and_closes_it(app):
    """It was accepted a moment before; its client cannot know that the server stops."""
    wire = dial(app)
    until(lambda: app.server.connections)
    stopping = gevent.spawn(app.server.stop, 5)
    until(lambda: app.server.closed)
    wire.sendall(GET)

    received = rest(wire)
    assert status(received) == 200
    assert b"connection: close" in received.lower()
    stopping.get(timeout=5)


def test_a_stopping_server_answers_open_requests_and_waits_for_no_other(app):
    idle, requesting = dial(app), dial(app)
    idle.sendall(GET)
    idle.recv(65536)
    requesting.sendall(POST + b"Content-Length: 15\r\n\r\n")
    until(lambda: any(connection.request for connection in app.server.connections))

    stopping = gevent.spawn(app.server.stop, 5)
    until(lambda: app.server.closed)
    for _ in range(5):
        gevent.sleep(0)
    is_waiting = not stopping.ready()
    requesting.sendall(b'{"name": "ann"}')

    assert (is_waiting, status(requesting.recv(65536))) == (True, 201)
    stopping.get(timeout=5)
    with pytest.raises(OSError, match="refused"):
        dial(app)
    idle.close()
    requesting.close()


def test_a_connection_handed_over_is_served_by_a_worker_that_listens_no_more(app, tmp_path):
    own, other = httpserver.Handover(tmp_path, "1.own"), httpserver.Handover(tmp_path, "2.other")
    worker = server.Server(("127.0.0.1", 0), app.server.application, handover=own)
    worker.start()
    with socket.create_server(("127.0.0.1", 0)) as listener, dial_to(listener) as wire:
        accepted, _ = listener.accept()
        worker.close()

        assert other.give("1.own", accepted, GET)

        accepted.close()
        assert wire.recv(1000).startswith(b"HTTP/1.1 200")
    worker.stop()
    other.close()
