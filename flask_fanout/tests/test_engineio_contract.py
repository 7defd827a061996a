"""The behaviour that every Engine.IO v4 client relies on: sessions, heartbeat, upgrade and close.

The cases are those of the official protocol suite, which can run against `tests/contract_app.py` as well.
"""

import base64
import http.client
import json
import socket

import pytest
import requests
from transport_clients import PollingClient, WebSocketClient, contract_server, until

UPGRADE = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
           "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.fixture(scope="module")
def server():
    with contract_server() as running:
        yield running


@pytest.fixture(scope="module")
def fast_pings():
    """The intervals of the official suites: a ping every 0.3 s, 0.2 s to answer it."""
    with contract_server("--ping-interval", 0.3, "--ping-timeout", 0.2) as running:
        yield running


@pytest.fixture(scope="module")
def patient_server():
    """A ping every 0.3 s as well, with enough time to answer it on a busy machine."""
    with contract_server("--ping-interval", 0.3, "--ping-timeout", 8) as running:
        yield running


def response_to(server, query, method="GET", **headers):
    return requests.request(method, f"{server.url}/socket.io/?{query}", headers=headers, timeout=10)


def waiting(server, poll):
    """Send a poll without waiting for its response."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", address(poll))
    return connection


def address(poll):
    return poll.url[poll.url.index("/socket.io") :]


def answer(connection):
    answered = connection.getresponse()
    return answered.status, answered.read().decode()


def polled(poll, count):
    """Poll until `count` packets have arrived."""
    packets = []
    while len(packets) < count:
        packets += poll.get().text.split("\x1e")
    return packets


# Engine.IO: the handshake


def test_a_polling_session_opens_with_its_settings(fast_pings):
    answered = response_to(fast_pings, "EIO=4&transport=polling")

    result = json.loads(answered.text.removeprefix("0"))
    assert answered.headers["Content-Type"].startswith("text/plain")
    assert isinstance(result.pop("sid"), str)
    assert result == {"upgrades": ["websocket"], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000}


def test_a_websocket_session_opens_with_the_same_settings_and_no_upgrade(fast_pings):
    result = WebSocketClient(fast_pings, connect=False).opened

    assert isinstance(result.pop("sid"), str)
    assert result == {"upgrades": [], "pingInterval": 300, "pingTimeout": 200, "maxPayload": 1_000_000}


@pytest.mark.parametrize("headers", [{}, UPGRADE], ids=["plainly", "for a websocket"])
@pytest.mark.parametrize("query", ["", "transport={}", "EIO=abc&transport={}", "EIO=3&transport={}", "EIO=4",
                                   "EIO=4&transport=", "EIO=4&transport=abc", "EIO=4&transport={}&sid=nobody"])
def test_an_invalid_query_is_a_bad_request(server, query, headers):
    transport = "websocket" if headers else "polling"

    assert response_to(server, query.format(transport), **headers).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD"])
@pytest.mark.parametrize("transport", ["polling", "websocket"])
def test_only_get_opens_a_session(server, method, transport):
    headers = UPGRADE if transport == "websocket" else {}

    assert response_to(server, "EIO=4&transport=" + transport, method, **headers).status_code == 400


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
def test_an_unknown_method_is_refused_and_the_session_continues(server, method):
    poll = PollingClient(server)

    assert requests.request(method, poll.url, timeout=10).status_code == 400

    assert poll.post('421["message-with-ack"]').text == "ok"
    assert poll.get().text == "431[]"


def shaken(server, headers, behind=b"", end=b"\r\n\r\n"):
    """Send a handshake and the bytes `behind` it in one segment, and return what arrives up to `end`."""
    request = ["GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Host: here", *map(": ".join, headers.items())]
    with socket.create_connection(("127.0.0.1", server.port), 8) as tcp:
        tcp.sendall("\r\n".join([*request, "", ""]).encode() + behind)
        got = b""
        while end not in got:
            piece = tcp.recv(4096)
            assert piece, got
            got += piece
        return got


def test_a_handshake_response_follows_the_rfc_without_extensions(server):
    offers = {"Connection": "keep-alive, Upgrade", "Upgrade": "WebSocket",
              "Sec-WebSocket-Extensions": "permessage-deflate", "Sec-WebSocket-Protocol": "chat"}  # fmt: skip

    head = shaken(server, UPGRADE | offers).partition(b"\r\n\r\n")[0].decode()

    status, *headers = head.split("\r\n")
    fields = {name.lower(): value for name, value in (header.split(": ", 1) for header in headers)}
    assert status.startswith("HTTP/1.1 101 ")
    assert fields.pop("sec-websocket-accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    assert {name: value.lower() for name, value in fields.items()} == {"connection": "upgrade", "upgrade": "websocket"}


def test_frames_in_the_same_segment_as_the_handshake_are_handled(server):
    words = [b"40", b'421["message-with-ack","now"]']
    frames = b"".join(bytes([129, 128 + len(each)]) + bytes(4) + each for each in words)

    assert shaken(server, UPGRADE, frames, b'431["now"]')


@pytest.mark.parametrize("wrong", [{"Connection": "close"}, {"Sec-WebSocket-Version": "8"}, {"Sec-WebSocket-Key": "x"},
                                   {"Sec-WebSocket-Key": ""}], ids=str)
def test_an_invalid_handshake_is_answered_with_the_supported_version(server, wrong):
    answered = response_to(server, "EIO=4&transport=websocket", **UPGRADE | wrong)

    assert (answered.status_code, answered.headers["Sec-WebSocket-Version"]) == (426, "13")


def test_a_poll_with_websocket_headers_is_a_poll(server):
    poll = PollingClient(server)
    poll.post('421["message-with-ack"]')

    assert requests.get(poll.url, headers=UPGRADE, timeout=10).text == "431[]"


# Engine.IO: packets, heartbeat and the end


def test_several_packets_in_one_payload_are_answered_in_order(server):
    poll = PollingClient(server)

    assert poll.post("\x1e".join(f'42["message",{n}]' for n in range(5))).text == "ok"

    assert polled(poll, 5) == [f'42["message-back",{n}]' for n in range(5)]


def test_polling_carries_bytes_as_base64(server):
    poll = PollingClient(server)
    data = ["b" + base64.b64encode(each).decode() for each in (b"\1\2\3\4", b"\xff\xfe")]

    poll.post("\x1e".join([f'452-["message",{PLACES}]', *data]))

    assert polled(poll, 3) == [f'452-["message-back",{PLACES}]', *data]


@pytest.mark.parametrize("body", ["abc", "", "4abc", "42{}", '42["message"]\x1e', "bnot base64"])
def test_an_invalid_payload_ends_a_polling_session(server, body):
    poll = PollingClient(server)

    assert poll.post(body).status_code == 400

    assert poll.get().status_code == 400


def test_a_websocket_that_answers_pings_stays_connected(patient_server):
    wire = WebSocketClient(patient_server)

    for _ in range(3):
        assert wire.receive() == "2"
        wire.send("3")

    assert wire.still_echoes()


def test_a_websocket_without_a_pong_is_closed(fast_pings):
    wire = WebSocketClient(fast_pings, connect=False)

    assert wire.receive() == "2"

    assert wire.close_code() == 1000
    assert wire.is_closed()


def test_a_polling_client_that_answers_pings_stays_connected(patient_server):
    poll = PollingClient(patient_server)

    for _ in range(3):
        assert poll.get().text == "2"
        assert poll.post("3").text == "ok"

    assert poll.get().text == "2"


def test_a_polling_session_without_a_pong_is_closed(fast_pings):
    poll = PollingClient(fast_pings, connect=False)

    until(lambda: poll.get().status_code == 400)

    assert poll.post("3").status_code == 400


def test_a_client_closes_its_websocket_session(server):
    wire = WebSocketClient(server)

    wire.send("1")

    assert wire.close_code() == 1000
    assert wire.is_closed()


def test_closing_a_polling_session_answers_the_open_poll_with_a_noop(server):
    poll = PollingClient(server)
    left = waiting(server, poll)

    assert poll.post("1").text == "ok"

    assert answer(left) == (200, "6")
    assert poll.get().status_code == 400


@pytest.mark.parametrize("headers", [{}, {"Upgrade": "h2c"}, UPGRADE], ids=["plainly", "with h2c", "as a websocket"])
def test_a_second_simultaneous_poll_ends_the_session(server, headers):
    poll = PollingClient(server)
    first = waiting(server, poll)

    assert requests.get(poll.url, headers=headers, timeout=10).status_code == 400

    assert answer(first) == (200, "1")
    assert poll.get().status_code == 400


def test_a_second_simultaneous_post_ends_the_session(server):
    poll = PollingClient(server)
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
    wire = WebSocketClient(server, sid=poll.eio_sid)
    wire.send("2probe")
    assert wire.receive() == "3probe"
    return wire


def test_an_upgrade_ends_the_open_poll_with_a_noop(server):
    poll = PollingClient(server)
    left = waiting(server, poll)
    wire = probed(server, poll)

    assert answer(left) == (200, "6")
    assert poll.get().text == "6"
    wire.send("5")

    assert wire.still_echoes()


def test_polling_requests_after_an_upgrade_are_refused(server):
    poll = PollingClient(server)
    wire = probed(server, poll)
    wire.send("5")
    assert wire.still_echoes("first")

    assert poll.post('42["message","too late"]').status_code == 400
    assert poll.get().status_code == 400

    assert wire.still_echoes("second")


def test_a_poll_right_after_the_upgrade_packet_is_refused(server):
    poll = PollingClient(server)
    wire = WebSocketClient(server, sid=poll.eio_sid)

    wire.send("2probe")
    wire.send("5")
    assert poll.get().status_code == 400

    assert wire.receive() == "3probe"
    assert wire.still_echoes()


def test_a_second_websocket_of_a_session_is_closed_before_and_after_the_upgrade(server):
    poll = PollingClient(server)
    wire = probed(server, poll)

    assert WebSocketClient(server, sid=poll.eio_sid).close_code() == 1000
    wire.send("5")
    assert wire.still_echoes("first")
    assert WebSocketClient(server, sid=poll.eio_sid).close_code() == 1000

    assert wire.still_echoes("second")


def test_an_upgrade_packet_may_carry_data(server):
    poll = PollingClient(server)
    wire = probed(server, poll)

    wire.send("52")  # python-engineio reads the type and ignores the rest

    assert wire.still_echoes()


def test_a_pong_may_carry_data(fast_pings):
    wire = WebSocketClient(fast_pings)

    for _ in range(3):
        assert wire.receive() == "2"
        wire.send("3probe")

    assert wire.still_echoes()


def test_a_close_packet_may_carry_data(server):
    wire = WebSocketClient(server)

    wire.send("1bye")

    assert wire.close_code() == 1000


@pytest.mark.parametrize("words", [["2wrong"], ["abc"], ["5"], ["2probe", "4"], ['42["message"]']], ids=str)
def test_an_invalid_upgrade_is_closed_and_polling_continues(server, words):
    poll = PollingClient(server)
    wire = WebSocketClient(server, sid=poll.eio_sid)

    for word in words:
        wire.send(word)

    assert wire.is_closed()
    poll.post('421["message-with-ack"]')
    assert "431[]" in polled(poll, 1 + ("2probe" in words))
