"""What any client of Engine.IO v4 may rely on, seen from outside: sessions, their heartbeat, upgrade and end.

The cases are those of the protocol's official suite, which can be pointed at `tests/contract_app.py` as well.
"""

import base64
import http.client
import json
import socket

import pytest
import requests
import websocket
from transport_clients import Poll, Wire, contract, until

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.fixture(scope="module")
def server():
    with contract() as running:
        yield running


@pytest.fixture(scope="module")
def hasty():
    """The intervals of the official suites: a ping every 0.3 s, 0.2 s to answer it."""
    with contract("--ping-interval", 0.3, "--ping-timeout", 0.2) as running:
        yield running


@pytest.fixture(scope="module")
def patient():
    """A ping every 0.3 s as well, and time to answer it for who runs on a busy machine."""
    with contract("--ping-interval", 0.3, "--ping-timeout", 8) as running:
        yield running


def asked(server, query, method="GET", **headers):
    return requests.request(method, f"{server.url}/socket.io/?{query}", headers=headers, timeout=10)


def waiting(server, poll):
    """A poll that has left, before whatever is sent next, and that is not answered yet."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", address(poll))
    return connection


def address(poll):
    return poll.url[poll.url.index("/socket.io") :]


def answer(connection):
    answered = connection.getresponse()
    return answered.status, answered.read().decode()


def polled(poll, count):
    """So many packets, in as many answers as they take."""
    packets = []
    while len(packets) < count:
        packets += poll.get().text.split("\x1e")
    return packets


# Engine.IO: the handshake


def test_a_polling_session_is_told_what_it_has_to_know(hasty):
    answered = asked(hasty, "EIO=4&transport=polling")

    told = json.loads(answered.text.removeprefix("0"))
    assert answered.headers["Content-Type"].startswith("text/plain")
    assert isinstance(told.pop("sid"), str)
    assert told == {"upgrades": ["websocket"], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000}


def test_a_websocket_session_is_told_the_same_and_of_no_upgrade(hasty):
    told = Wire(hasty, greet=False).opened

    assert isinstance(told.pop("sid"), str)
    assert told == {"upgrades": [], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000}


@pytest.mark.parametrize("headers", [{}, UPGRADE], ids=["plainly", "for a websocket"])
@pytest.mark.parametrize("query", ["", "transport={}", "EIO=abc&transport={}", "EIO=3&transport={}", "EIO=4",
                                   "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport={}&sid=nobody"])
def test_who_asks_wrongly_is_told_that_the_request_is_bad(server, query, headers):
    transport = "websocket" if headers else "polling"

    assert asked(server, query.format(transport), **headers).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_a_session_is_opened_by_get_and_nothing_else(server, method, transport):
    headers = UPGRADE if transport == "websocket" else {}

    assert asked(server, "EIO=4&transport=" + transport, method, **headers).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_a_method_that_polling_does_not_know_is_refused_and_the_session_goes_on(server, method):
    poll = Poll(server)

    assert requests.request(method, poll.url, timeout=10).status_code == 400

    assert poll.post('421["message-with-ack"]').text == "ok"
    assert poll.get().text == "431[]"


def shaken(server, headers, behind=b"", end=b"\r\n\r\n"):
    """What comes, up to `end`, when a handshake is sent and something behind it in the same piece."""
    request = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: here", *map(": ".join, headers.items())]
    with socket.create_connection(("127.0.0.1", server.port), 8) as tcp:
        tcp.sendall("\r\n".join([*request, "", ""]).encode() + behind)
        got = b""
        while end not in got:
            piece = tcp.recv(4096)
            assert piece, got
            got += piece
        return got


def test_a_handshake_is_answered_as_the_rfc_says_and_with_nothing_that_was_not_agreed_on(server):
    offers = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket",
              "Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Protocol": "chat"}  # fmt: skip

    head = shaken(server, UPGRADE | offers).partition(b"\r\n\r\n")[0].decode()

    status, *headers = head.split("\r\n")
    said = {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}
    assert status.startswith("HTTP/1.1 101 ")
    assert said.pop("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert {name: value.lower() for name, value in said.items()} == {"connection": "upgrade", "upgrade": "websocket"}


def test_frames_that_come_in_one_piece_with_the_handshake_are_heard(server):
    words = [b"40", b'421["message-with-ack","now"]']
    frames = b"".join(bytes([129, 128 + len(each)]) + bytes(4) + each for each in words)

    assert shaken(server, UPGRADE, frames, b'431["now"]')


@pytest.mark.parametrize("wrong", [{"Connection": "close"}, {"Sec-WebSocket-Version": "8"}, {"Sec-WebSocket-Key": "x"},
                                   {"Sec-WebSocket-Key": ""}], ids=str)
def test_a_handshake_that_is_no_websockets_is_told_what_would_be_one(server, wrong):
    answered = asked(server, "EIO=4&transport=websocket", **UPGRADE | wrong)

    assert (answered.status_code, answered.headers["Sec-WebSocket-Version"]) == (426, "13")


def test_a_poll_with_the_headers_of_a_websocket_is_a_poll(server):
    poll = Poll(server)
    poll.post('421["message-with-ack"]')

    assert requests.get(poll.url, headers=UPGRADE, timeout=10).text == "431[]"


# Engine.IO: packets, heartbeat and the end


def test_several_packets_in_one_payload_come_back_in_order(server):
    poll = Poll(server)

    assert poll.post("\x1e".join(f'42["message",{n}]' for n in range(5))).text == "ok"

    assert polled(poll, 5) == [f'42["message-back",{n}]' for n in range(5)]


def test_bytes_travel_as_base64_where_there_is_polling(server):
    poll = Poll(server)
    data = ["b" + base64.b64encode(each).decode() for each in (b"\1\2\3\4", b"\xff\xfe")]

    poll.post("\x1e".join([f'452-["message",{PLACES}]', *data]))

    assert polled(poll, 3) == [f'452-["message-back",{PLACES}]', *data]


@pytest.mark.parametrize("body", ["abc", "", "4abc", "42{}", '42["message"]\x1e', "bnot base64"])
def test_a_payload_that_is_not_right_ends_a_polling_session(server, body):
    poll = Poll(server)

    assert poll.post(body).status_code == 400

    assert poll.get().status_code == 400


def test_a_websocket_that_answers_its_pings_stays(patient):
    wire = Wire(patient)

    for _ in range(3):
        assert wire.hear() == "2"
        wire.say("3")

    assert wire.goes_on()


def test_a_websocket_that_does_not_answer_its_ping_is_closed(hasty):
    wire = Wire(hasty, greet=False)

    assert wire.hear() == "2"

    assert wire.closed_with() == 1000
    assert wire.ended()


def test_a_poller_that_answers_its_pings_stays(patient):
    poll = Poll(patient)

    for _ in range(3):
        assert poll.get().text == "2"
        assert poll.post("3").text == "ok"

    assert poll.get().text == "2"


def test_a_poller_that_does_not_answer_its_ping_is_closed(hasty):
    poll = Poll(hasty, greet=False)

    until(lambda: poll.get().status_code == 400)

    assert poll.post("3").status_code == 400


def test_a_client_closes_its_websocket_session(server):
    wire = Wire(server)

    wire.say("1")

    assert wire.closed_with() == 1000
    assert wire.ended()


def test_a_client_closes_its_polling_session_and_the_poll_that_waits_gets_a_noop(server):
    poll = Poll(server)
    left = waiting(server, poll)

    assert poll.post("1").text == "ok"

    assert answer(left) == (200, "6")
    assert poll.get().status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Upgrade": "h2c"}, UPGRADE], ids=["plainly", "with h2c", "as a websocket"])
def test_a_poll_beside_another_ends_the_session(server, headers):
    poll = Poll(server)
    first = waiting(server, poll)

    assert requests.get(poll.url, headers=headers, timeout=10).status_code == 400

    assert answer(first) == (200, "1")
    assert poll.get().status_code == 400


def test_a_post_beside_another_ends_the_session(server):
    poll = Poll(server)
    first = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    first.putrequest("POST", address(poll))
    first.putheader("Content-Length", "2")
    first.endheaders(b"4")

    assert poll.post('42["message"]').status_code == 400

    first.send(b"1")
    assert answer(first)[0] == 400
    assert poll.get().status_code == 400


# Engine.IO: the upgrade


def probed(server, poll):
    wire = Wire(server, sid=poll.eio_sid)
    wire.say("2probe")
    assert wire.hear() == "3probe"
    return wire


def test_ann_upgrades_and_the_poll_that_waits_ends_with_a_noop(server):
    poll = Poll(server)
    left = waiting(server, poll)
    wire = probed(server, poll)

    assert answer(left) == (200, "6")
    assert poll.get().text == "6"
    wire.say("5")

    assert wire.goes_on()


def test_what_is_said_over_the_old_transport_after_an_upgrade_is_ignored(server):
    poll = Poll(server)
    wire = probed(server, poll)
    wire.say("5")
    assert wire.goes_on("first")

    assert poll.post('42["message","too late"]').status_code == 400
    assert poll.get().status_code == 400

    assert wire.goes_on("second")


def test_a_second_websocket_changes_nothing_before_and_after_the_upgrade(server):
    poll = Poll(server)
    wire = probed(server, poll)

    with pytest.raises(websocket.WebSocketBadStatusException, match="426"):
        Wire(server, sid=poll.eio_sid)
    wire.say("5")
    assert wire.goes_on("first")
    with pytest.raises(websocket.WebSocketBadStatusException, match="400"):
        Wire(server, sid=poll.eio_sid)

    assert wire.goes_on("second")


@pytest.mark.parametrize("words", [["2wrong"], ["abc"], ["5"], ["2probe", "4"], ['42["message"]']], ids=str)
def test_an_upgrade_with_the_wrong_words_is_cut_and_polling_goes_on(server, words):
    poll = Poll(server)
    wire = Wire(server, sid=poll.eio_sid)

    for word in words:
        wire.say(word)

    assert wire.ended()
    poll.post('421["message-with-ack"]')
    assert "431[]" in polled(poll, 1 + ("2probe" in words))
