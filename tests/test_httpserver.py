"""HTTP from a bare socket: who is slow, endless or unclear is cut off, in time and without a line of a crash."""

import contextlib
import logging
import socket
import time

import gevent
import pytest

from hubbub import limits
from hubbub.httpserver import connection, server
from tests.waiting import until

ASK = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
SAY = b"POST /api/guests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture
def hasty(app, monkeypatch, caplog):
    """A server whose ten seconds are a quarter of one; in the end nothing broke in it."""
    monkeypatch.setattr(connection, "HEAD_TIMEOUT", 0.25)
    monkeypatch.setattr(connection, "BODY_TIMEOUT", 0.25)
    monkeypatch.setattr(server, "CHECK_INTERVAL", 0.02)
    app.server.watchdog.kill()
    app.server.watchdog = gevent.spawn(app.server.watch)
    with caplog.at_level(logging.INFO):
        yield app
    assert [record for record in caplog.records if record.exc_info] == []


def dial(app):
    """A connection that has sent nothing yet."""
    return socket.create_connection(("127.0.0.1", app.server.server_port), timeout=8)


def rest(wire):
    """All that still comes, until the server closes; a TimeoutError when it does not."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := wire.recv(65536):
            received += data
    wire.close()
    return received


def answer(app, request):
    """What a request is answered with on a connection that is not used again."""
    wire = dial(app)
    wire.sendall(request)
    wire.shutdown(socket.SHUT_WR)
    return rest(wire)


def status(received):
    return int(received.split(b" ", 2)[1])


def dribble(wire, data, pause=0.02):
    """Send a byte at a time until the other side has enough; whether it had."""
    for at in range(len(data)):
        try:
            wire.sendall(data[at:at + 1])
        except OSError:
            return True
        gevent.sleep(pause)
    return False


def test_a_head_that_dribbles_is_cut_with_a_word(hasty):
    wire, began = dial(hasty), time.monotonic()
    sending = gevent.spawn(dribble, wire, b"GET / HTTP/1.1\r\nX: " + b"x" * 400)

    received = rest(wire)

    assert (status(received), time.monotonic() - began < 5) == (408, True)
    assert sending.get(timeout=20)


def test_a_head_that_stops_is_cut_too_and_so_is_who_never_says_a_word(hasty):
    wires = [dial(hasty), dial(hasty), dial(hasty)]
    wires[0].sendall(b"GET / HT")
    wires[1].sendall(b"GET / HTTP/1.1\r\nHost: x\r\n")

    received = [rest(wire) for wire in wires]

    assert [status(said) for said in received[:2]] == [408, 408]
    assert received[2] == b""
    until(lambda: not hasty.server.connections and not hasty.server.connection_counts)


def test_a_body_that_dribbles_is_cut_and_one_that_is_slow_but_comes_is_waited_for(hasty, monkeypatch):
    monkeypatch.setattr(connection, "BODY_RATE", 10)
    body = b'{"name": "' + b"a" * 30 + b'"}'
    head = SAY + b"Content-Length: %d\r\n\r\n" % len(body)
    began = time.monotonic()
    slow, patient = dial(hasty), dial(hasty)
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


def test_a_connection_rests_between_requests_and_then_is_closed(hasty, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 1.0)
    wire = dial(hasty)
    for _ in range(2):
        wire.sendall(ASK)
        assert status(wire.recv(65536)) == 200
        gevent.sleep(0.4)  # longer than a head may take

    wire.sendall(ASK)

    received = rest(wire)
    assert status(received) == 200 and received.count(b"HTTP/1.1") == 1


def test_a_peer_that_takes_nothing_of_an_answer_is_left(hasty, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 0.3)
    wire = socket.socket()
    wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    wire.connect(("127.0.0.1", hasty.server.server_port))

    for _ in range(2000):
        try:
            wire.sendall(ASK.replace(b"/healthz", b"/api/openapi.json"))
        except OSError:
            break
        gevent.sleep(0)

    until(lambda: not hasty.server.connections)
    wire.close()


@pytest.mark.parametrize("head, refused", [
    (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\n\r\n", 414),
    (b"GET / HTTP/1.1\r\n" + b"X: %s\r\n" % (b"x" * 40_000) + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"X: x\r\n" * 200 + b"\r\n", 431),
    (b"GET / HTTP/1.1\r\n" + b"".join(b"X%d: %s\r\n" % (n, b"x" * 900) for n in range(90)) + b"\r\n", 431),
    (b"GET /\r\n\r\n", 400),
    (b"GET / HTTP/1\r\n\r\n", 400),
    (b"GET / HTTP/2.0\r\n\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
    (SAY + b"Content-Length: 1_0\r\n\r\n", 400),
    (SAY + b"Content-Length: -1\r\n\r\n", 400),
    (SAY + b"Content-Length: " + b"9" * 400 + b"\r\n\r\n", 400),
    (SAY + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    (SAY + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", 400),
    (SAY + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    (b"GET / HTTP/1.1\r\nno colon here\r\n\r\n", 400),
], ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else str(value))
def test_a_head_that_is_too_long_or_could_be_read_in_two_ways_is_refused(hasty, caplog, head, refused):
    received = answer(hasty, head)

    assert (status(received), b"Connection: close" in received) == (refused, True)
    assert not any("xxxx" in record.getMessage() for record in caplog.records)


def test_a_body_over_the_limit_is_refused_and_not_read_to_its_end(hasty):
    wire = dial(hasty)
    wire.sendall(SAY + b"Content-Length: 999999999999\r\n\r\n" + b"x" * 100_000)

    assert status(rest(wire)) == 413


CHUNKED = SAY + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize("body, said", [
    (b'5;a=b\r\n{"nam\r\nc\r\ne": "carol"}\r\n0\r\nX: trailer\r\n\r\n', 201),
    (b"2\r\n{}\r\n" * 2, 400),
    (b"zz\r\n{}\r\n0\r\n\r\n", 400),
    (b"-1\r\n{}\r\n0\r\n\r\n", 400),
    (b"\r\n{}\r\n0\r\n\r\n", 400),
    (b"2\r\n{}}}\r\n0\r\n\r\n", 400),
    (b"ffffffff\r\n" + b"x" * (2 << 20), 413),
    (b"10000\r\n" + b"x" * 65536 + b"\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 20, 413),
    (b"1\r\nx\r\n" * 20_000, 400),
], ids=lambda value: repr(value[:20]) if isinstance(value, bytes) else str(value))
def test_a_body_in_chunks_is_read_within_the_same_bounds(hasty, body, said):
    received = answer(hasty, CHUNKED + body)

    assert status(received) == said


def test_after_a_body_that_broke_off_the_connection_is_not_used_again(hasty):
    received = answer(hasty, CHUNKED + b"zz\r\n\r\n" + ASK)

    assert received.count(b"HTTP/1.1 ") == 1


def test_an_address_with_too_many_connections_gets_no_more(app, monkeypatch):
    monkeypatch.setattr(server, "MAX_CONNECTIONS", 5)
    monkeypatch.setattr(limits, "exempt_loopback", lambda: False)
    kept = [dial(app) for _ in range(5)]
    until(lambda: len(app.server.connections) == 5)

    sixth = rest(dial(app))
    kept[0].sendall(ASK)
    first = kept[0].recv(65536)
    kept.pop().close()
    until(lambda: len(app.server.connections) == 4)

    assert (status(sixth), status(first), status(answer(app, ASK))) == (429, 200, 200)
    for wire in kept:
        wire.close()


def test_an_address_that_sends_too_many_bodies_at_once_is_told_to_wait(app, monkeypatch):
    monkeypatch.setattr(server, "MAX_BODIES", {False: 3000, True: 2000})
    monkeypatch.setattr(limits, "exempt_loopback", lambda: False)
    two = [dial(app), dial(app)]
    for wire in two:
        wire.sendall(SAY + b"Content-Length: 1000\r\n\r\n")
    until(lambda: sum(app.server.body_sizes.values()) == 2000)

    third = answer(app, SAY + b"Content-Length: 9\r\n\r\n")
    two.pop().close()
    until(lambda: sum(app.server.body_sizes.values()) == 1000)
    again = answer(app, SAY + b"Content-Length: 2\r\n\r\n{}")

    assert (status(third), status(again)) == (429, 201)
    two.pop().close()
    until(lambda: not app.server.body_sizes)


def test_a_websocket_and_a_long_poll_are_outside_all_deadlines(hasty, monkeypatch):
    monkeypatch.setattr(connection, "IDLE_TIMEOUT", 0.3)
    ann, bob = hasty.connect_guest("ann"), hasty.connect_guest("bob", transports=("polling",))
    for who in (ann, bob):
        who.call("subscribe", channel="room:1")

    gevent.sleep(0.8)  # longer than all deadlines together
    said = ann.call("post", channel="room:1", text="still here", key="k")

    assert "ok" in said
    assert ann.received("message", 1) and bob.received("message", 1)


def test_a_server_that_stops_answers_what_was_asked_and_waits_for_nobody_else(app):
    quiet, asking = dial(app), dial(app)
    quiet.sendall(ASK)
    quiet.recv(65536)
    asking.sendall(SAY + b"Content-Length: 15\r\n\r\n")
    until(lambda: any(one.request for one in app.server.connections))

    stopping = gevent.spawn(app.server.stop, 5)
    until(lambda: app.server.closed)
    for _ in range(5):
        gevent.sleep(0)
    waits = not stopping.ready()
    asking.sendall(b'{"name": "ann"}')

    assert (waits, status(asking.recv(65536))) == (True, 201)
    stopping.get(timeout=5)
    with pytest.raises(OSError, match="refused"):
        dial(app)
    quiet.close()
    asking.close()
