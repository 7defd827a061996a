"""What any client of Socket.IO v5 may rely on, seen from outside: namespaces, events, bytes and acknowledgements.

The cases are those of the protocol's official suite, which can be pointed at `tests/contract_app.py` as well.
"""

import json

import pytest
from transport_clients import Wire, contract

PLACES = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


@pytest.fixture(scope="module")
def server():
    with contract() as running:
        yield running


@pytest.mark.parametrize("auth", ["", '{"token":"123"}', '{"deep":{"list":[1,null,"é"]}}'])
@pytest.mark.parametrize("namespace", ["", "/custom,"])
def test_bob_enters_a_namespace_and_is_told_his_sid_first_and_then_what_he_brought(server, namespace, auth):
    wire = Wire(server, greet=False)

    wire.say(f"40{namespace}{auth}")

    reply, event = wire.hear(), wire.hear()
    assert reply.startswith(f"40{namespace}{{") and [*json.loads(reply[2 + len(namespace) :])] == ["sid"]
    assert event.startswith(f"42{namespace}[")
    assert json.loads(event[2 + len(namespace) :]) == ["auth", json.loads(auth or "{}")]


def test_a_namespace_that_is_not_there_is_refused_and_the_connection_goes_on(server):
    wire = Wire(server)

    for said in ("40/random", "40/random,", '40/random,{"token":"123"}'):
        wire.say(said)
        assert wire.hear() == '44/random,{"message":"Invalid namespace"}'

    assert wire.goes_on()


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


@pytest.mark.parametrize("story", BROKEN)
def test_a_packet_that_is_not_right_closes_the_connection(server, story):
    wire = Wire(server)

    wire.say(BROKEN[story])

    assert wire.closed_with() == 1002
    assert wire.ended()


@pytest.mark.parametrize("first", ["4abc", '42["message"]', "41", "43[]", "40[]"])
def test_who_does_not_begin_with_a_connect_is_closed(server, first):
    wire = Wire(server, greet=False)

    wire.say(first)

    assert wire.closed_with() == 1002


def test_who_leaves_one_namespace_stays_in_the_other(server):
    wire = Wire(server)
    wire.say("40/custom,")
    assert [wire.hear()[:10], wire.hear()] == ["40/custom,", '42/custom,["auth",{}]']

    wire.say("41/custom,")
    assert wire.goes_on()
    wire.say("40/custom,")
    assert [wire.hear()[:10], wire.hear()] == ["40/custom,", '42/custom,["auth",{}]']
    wire.say("41")
    wire.say('42["message","to nobody"]')
    wire.say('42/custom,1["message-with-ack"]')
    assert wire.hear() == "43/custom,1[]"

    wire.say("40")
    assert [wire.hear()[:3], wire.hear()] == ["40{", '42["auth",{}]']
    assert wire.goes_on()


SAID = [0, -1, 2**53, 1.5, 1e300, True, False, None, "", "é€\U0001f600", '"\\\n\0', [], [[]], {}, {"": {"a": [1, {}]}}]


def test_values_of_every_kind_come_back_as_they_went(server):
    wire = Wire(server)

    wire.say("42" + json.dumps(["message", *SAID], ensure_ascii=False))
    assert json.loads(wire.hear()[2:]) == ["message-back", *SAID]
    wire.say('42["message"]')
    assert wire.hear() == '42["message-back"]'


@pytest.mark.parametrize("number", [0, 7, 456, 10**15])
def test_an_acknowledgement_has_its_events_number(server, number):
    wire = Wire(server)

    wire.say(f'42{number}["message-with-ack",1,"2",{{"3":[false]}}]')

    assert wire.hear() == f'43{number}[1,"2",{{"3":[false]}}]'


@pytest.mark.parametrize("said, heard", [('452-["message",{}]', '452-["message-back",{}]'),
                                         ('452-789["message-with-ack",{}]', "462-789[{}]")], ids=["event", "answer"])
def test_bytes_come_back_whole_and_in_order(server, said, heard):
    wire = Wire(server)
    data = [b"\1\2\3", bytes(range(256)) * 300]

    for each in (said.replace("{}", PLACES), *data):
        wire.say(each)

    assert wire.hear() == heard.replace("{}", PLACES)
    assert [wire.hear(), wire.hear()] == data


def test_an_answer_that_nobody_waits_for_is_ignored(server):
    wire = Wire(server)

    wire.say('4399["x"]')
    wire.say('461-99[{"_placeholder":true,"num":0}]')
    wire.say(b"x")

    assert wire.goes_on()
