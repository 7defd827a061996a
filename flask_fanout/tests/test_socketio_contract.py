"""The behaviour that every Socket.IO v5 client relies on: namespaces, events, bytes and acknowledgements.

The cases are those of the official protocol suite, which can run against `tests/contract_app.py` as well.
"""

import json

import pytest
from transport_clients import WebSocketClient, contract_server

PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.fixture(scope="module")
def server():
    with contract_server() as running:
        yield running


@pytest.mark.parametrize("auth", ["", '{"token":"123"}', '{"deep":{"list":[1,null,"é"]}}'])
@pytest.mark.parametrize("namespace", ["", "/custom,"])
def test_connecting_to_a_namespace_returns_the_sid_before_any_event(server, namespace, auth):
    wire = WebSocketClient(server, connect=False)

    wire.send(f"40{namespace}{auth}")

    reply, event = wire.receive(), wire.receive()
    assert reply.startswith(f"40{namespace}{{") and [*json.loads(reply[2 + len(namespace) :])] == ["sid"]
    assert event.startswith(f"42{namespace}[")
    assert json.loads(event[2 + len(namespace) :]) == ["auth", json.loads(auth or "{}")]


def test_an_unknown_namespace_is_refused_and_the_connection_continues(server):
    wire = WebSocketClient(server)

    for connect in ("40/random", "40/random,", '40/random,{"token":"123"}'):
        wire.send(connect)
        assert wire.receive() == '44/random,{"message":"Invalid namespace"}'

    assert wire.still_echoes()


BROKEN = {
    "nothing of Engine.IO": "abc",
    "nothing of Socket.IO": "4abc",
    "a type that is not there": "47",
    "an event that is an object": "42{}",
    "an event without its end": '42["message"',
    "an event without a name": "42[]",
    "a name that is no text": "42[1]",
    "an acknowledgement's number that is a word": '42abc["message-with-ack",1]',
    "one below zero": '42-1["message-with-ack",1]',
    "one with a fraction": '421.5["message-with-ack",1]',
    "one without end": "42" + "9" * 200 + '["message-with-ack",1]',
    "an answer to nothing": "43[1]",
    "an answer that is no list": '431{"a":1}',
    "a second CONNECT": "40",
    "a second CONNECT with a payload": '40{"token":"123"}',
    "a CONNECT with a list": "40/custom,[1]",
    "a CONNECT with text": '40/custom,"x"',
}


@pytest.mark.parametrize("case", BROKEN)
def test_an_invalid_packet_closes_the_connection(server, case):
    wire = WebSocketClient(server)

    wire.send(BROKEN[case])

    assert wire.close_code() == 1002
    assert wire.is_closed()


@pytest.mark.parametrize("first", ["4abc", '42["message"]', "41", "43[]", "40[]"])
def test_a_first_packet_other_than_connect_closes_the_connection(server, first):
    wire = WebSocketClient(server, connect=False)

    wire.send(first)

    assert wire.close_code() == 1002


def test_leaving_one_namespace_keeps_the_other(server):
    wire = WebSocketClient(server)
    wire.send("40/custom,")
    assert [wire.receive()[:10], wire.receive()] == ["40/custom,", '42/custom,["auth",{}]']

    wire.send("41/custom,")
    assert wire.still_echoes()
    wire.send("40/custom,")
    assert [wire.receive()[:10], wire.receive()] == ["40/custom,", '42/custom,["auth",{}]']
    wire.send("41")
    wire.send('42["message","to nobody"]')
    wire.send('42/custom,1["message-with-ack"]')
    assert wire.receive() == "43/custom,1[]"

    wire.send("40")
    assert [wire.receive()[:3], wire.receive()] == ["40{", '42["auth",{}]']
    assert wire.still_echoes()


VALUES = [0, -1, 2**53, 1.5, 1e300, True, False, None, "", "é€\U0001f600", '"\\\n\0', [], [[]], {}]
VALUES += [{"": {"a": [1, {}]}}]


def test_values_of_every_type_are_echoed_unchanged(server):
    wire = WebSocketClient(server)

    wire.send("42" + json.dumps(["message", *VALUES], ensure_ascii=False))
    assert json.loads(wire.receive()[2:]) == ["message-back", *VALUES]
    wire.send('42["message"]')
    assert wire.receive() == '42["message-back"]'


@pytest.mark.parametrize("number", [0, 7, 456, 10**15])
def test_an_acknowledgement_carries_the_id_of_its_event(server, number):
    wire = WebSocketClient(server)

    wire.send(f'42{number}["message-with-ack",1,"2",{{"3":[false]}}]')

    assert wire.receive() == f'43{number}[1,"2",{{"3":[false]}}]'


def test_an_event_without_a_handler_is_not_acknowledged(server):
    wire = WebSocketClient(server)

    wire.send('421["unknown"]')

    assert wire.still_echoes()


@pytest.mark.parametrize("event, echo", [('452-["message",{}]', '452-["message-back",{}]'),
                                         ('452-789["message-with-ack",{}]', "462-789[{}]")], ids=["event", "answer"])
def test_attachments_are_echoed_completely_and_in_order(server, event, echo):
    wire = WebSocketClient(server)
    data = [b"\1\2\3", bytes(range(256)) * 300]

    for each in (event.replace("{}", PLACES), *data):
        wire.send(each)

    assert wire.receive() == echo.replace("{}", PLACES)
    assert [wire.receive(), wire.receive()] == data


def test_an_unexpected_acknowledgement_is_ignored(server):
    wire = WebSocketClient(server)

    wire.send('4399["x"]')
    wire.send('461-99[{"_placeholder":true,"num":0}]')
    wire.send(b"x")

    assert wire.still_echoes()
