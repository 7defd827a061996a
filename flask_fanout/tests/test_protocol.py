"""The rules of WebSocket, Engine.IO and Socket.IO, kept against wires that break them.

On our own transport alone: the stock one is known to break or to leave open each rule in this file.
"""

import json
import random
import struct
import time

import pytest
import requests
import websocket
from transport_clients import JOIN, Aside, Person, Poll, Server, Wire, until
from wire_frames import CLOSE, CONTINUATION, PING, PONG, TEXT, code, frame


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def hasty():
    """A server that pings every 0.3 s, waits 0.4 s for the pong, and half a second for a CONNECT."""
    running = Server("fanout", 0.3, 0.4)
    yield running
    running.stop()


@pytest.fixture
def bystander(server):
    """Somebody who must notice nothing."""
    person = Person(server, "websocket")
    yield person
    assert person.ask("echo", "calm") == "calm"
    person.leave()


BAD_FRAMES = {
    "a reserved bit": (1002, frame(b"x", reserved=0x40)),
    "an unknown data opcode": (1002, frame(b"x", 3)),
    "an unknown control opcode": (1002, frame(b"x", 11)),
    "no mask": (1002, frame(b"x", masked=False)),
    "a long ping": (1002, frame(b"x" * 126, PING)),
    "a ping in fragments": (1002, frame(b"x", PING, final=False)),
    "a continuation of nothing": (1002, frame(b"x", CONTINUATION)),
    "a message inside of another": (1002, frame(b"4", final=False) + frame(b"x")),
    "text that is not UTF-8": (1007, frame(b"42[\xff]")),
    "text that is not UTF-8 over two fragments": (1007, frame(b"42[\xc3", final=False) + frame(b"\xc3]", CONTINUATION)),
    "a surrogate": (1007, frame(b'42["\xed\xa0\x80"]')),
    "an oversize header": (1009, b"\x81\xff" + struct.pack("!Q", 1_000_001) + b"\0\0\0\0"),
    "an endless header": (1009, b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0"),
    "too many fragments": (1009, frame(b"x" * 60000, final=False) + frame(b"x" * 60000, CONTINUATION, False) * 16),
    "a close frame with half a code": (1002, frame(b"\x03", CLOSE)),
    "a reason that is not UTF-8": (1007, code(1000, b"\xff")),
} | {f"close code {number}": (1002, code(number)) for number in (0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000)}


@pytest.mark.parametrize("story", BAD_FRAMES)
def test_a_bad_frame_is_answered_with_its_code_and_the_end(server, story):
    expected, data = BAD_FRAMES[story]
    wire = Wire(server)

    wire.raw(data)

    assert wire.closed_with() == expected
    until(lambda: server.reason(wire.sid))
    wire.tcp.shutdown(1)
    assert wire.ended()


@pytest.mark.parametrize("number", [1000, 1001, 1003, 1011, 3000, 4999, None])
def test_a_close_frame_is_answered_with_its_own_code(server, number):
    wire = Wire(server)

    wire.raw(frame(b"", CLOSE) if number is None else code(number, "schön".encode()))

    assert wire.closed_with() == (number or 1005)
    assert until(lambda: server.reason(wire.sid)) == "transport close"


def test_what_was_said_before_the_close_is_still_handled(server, bystander):
    wire = Wire(server)

    wire.raw(frame(b'42["slow",1]') + frame(b'42["say","last words"]') + code(1000))

    assert bystander.hears("said") == ["last words"]


def test_a_message_in_fragments_is_one_message_with_pings_between(server):
    wire = Wire(server)
    text = '420["echo","ä€\U0001f600"]'.encode()

    for at in range(len(text)):
        wire.raw(frame(text[at : at + 1], CONTINUATION if at else TEXT, at == len(text) - 1) + frame(b"%d" % at, PING))

    heard = [wire.hear_frame() for _ in range(len(text) + 1)]
    assert [data for opcode, data in heard if opcode == PONG] == [b"%d" % at for at in range(len(text))]
    assert [json.loads(data[3:]) for opcode, data in heard if opcode == TEXT] == [["ä€\U0001f600"]]


def test_frames_arrive_whole_however_they_are_cut(server):
    wire = Wire(server)
    data = b"".join(frame(b'42%d["echo",%d]' % (n, n)) for n in range(20)) + frame(b'4220["echo","%s"]' % (b"x" * 300))

    for byte in data:
        wire.raw(bytes([byte]))

    assert [wire.hear() for _ in range(20)] == [f"43{n}[{n}]" for n in range(20)]
    assert len(wire.hear()) == 308


def deep(levels: int) -> str:
    return '42["echo",' + "[" * levels + "]" * levels + "]"


PLACE = '{"_placeholder":true,"num":0}'
BAD_PACKETS = {
    "nothing": [""],
    "a ping": ["2"],
    "an unknown Engine.IO type": ["9"],
    "an upgrade of what is upgraded": ["5"],
    "no Socket.IO packet": ["4"],
    "an unknown Socket.IO type": ["49"],
    "JSON that is broken": ['42["echo"'],
    "an event that is an object": ['42{"echo":1}'],
    "an event without a name": ["42[]"],
    "an event whose name is a number": ["42[1]"],
    "a reserved event": ['42["disconnect","ping timeout"]'],
    "an acknowledgement without a number": ["43[]"],
    "the acknowledgement of number zero": ["430[1]"],
    "an acknowledgement that is text": ['431"x"'],
    "a number that is too long": ["42" + "1" * 5000 + '["echo"]'],
    "a second CONNECT": ["40"],
    "a CONNECT with a list": ["40/n,[1]"],
    "a client's CONNECT_ERROR": ["44{}"],
    "attachments of a text event": ['421-["echo"]'],
    "no attachments of a bytes event": ['450-["echo"]'],
    "eleven attachments": ['4511-["echo"]'],
    "a billion attachments": ['45999999999-["echo"]'],
    "an attachment from nowhere": [b"x"],
    "text for an attachment": ['451-["echo",{"_placeholder":true,"num":0}]', '42["echo"]'],
    "a placeholder of nothing": ['451-["echo",{"_placeholder":true,"num":7}]'],
    "a placeholder by name": ['451-["echo",{"_placeholder":true,"num":"x"}]'],
    "a placeholder that counts from behind": ['451-["echo",{"_placeholder":true,"num":-1}]'],
    "a placeholder that is true": ['452-["echo",{"_placeholder":true,"num":true}]'],
    "one attachment in two places": [f'451-["echo",{PLACE},[{{"a":{PLACE}}}]]'],
    "attachments over a megabyte": ['453-["echo"]', b"x" * 600_000, b"x" * 600_000],
    "a name of bytes": ['451-[{"_placeholder":true,"num":0}]', b"echo"],
    "33 levels": [deep(33)],
    "endless levels": [deep(100_000)],
}


@pytest.mark.parametrize("story", BAD_PACKETS)
def test_a_bad_packet_ends_the_connection_with_one_line_and_no_payload(server, bystander, story):
    wire = Wire(server)
    before = len(server.logged())

    for packet in BAD_PACKETS[story]:
        wire.say(packet)

    assert wire.closed_with() == 1002
    assert until(lambda: server.reason(wire.sid)) in {"transport error", "client disconnect"}
    logged = server.logged()[before:]
    assert logged.count("\n") == 1 and "echo" not in logged and "Traceback" not in logged


def test_junk_is_closed_quietly(server, bystander):
    chance, before = random.Random(7), len(server.logged())
    pieces = [
        "4",
        "2",
        "0",
        "5",
        "1-",
        "/n,",
        '["echo"',
        "]",
        "{",
        '"',
        "\\u",
        "\ud7ff",
        "1e999",
        "null",
        "_placeholder",
        "\0",
    ]

    for _ in range(200):
        wire = Wire(server)
        wire.say("".join(chance.choices(pieces, k=chance.randint(1, 12))))
        wire.say(chance.randbytes(20))
        assert wire.closed_with() == 1002

    logged = server.logged()[before:]
    assert logged.count("\n") == 200 and "Traceback" not in logged


def test_what_is_deep_but_not_too_deep_is_taken(server):
    wire = Wire(server)

    wire.say(deep(30).replace("42", "421", 1))

    assert wire.hear().startswith("431[[[[")


def test_a_packet_before_connect_ends_the_connection(server):
    wire = Wire(server, greet=False)

    wire.say('42["echo",1]')

    assert wire.closed_with() == 1002


def test_a_namespace_that_does_not_exist_is_refused_in_words(server):
    wire = Wire(server)

    wire.say("40/nowhere,")

    assert wire.hear() == '44/nowhere,{"message":"Invalid namespace"}'
    wire.say('421["echo",1]')
    assert wire.hear() == "431[1]"


def test_a_handler_that_breaks_at_connect_refuses_and_leaves_nothing(server):
    wire = Wire(server, greet=False)

    wire.say('40{"break":1}')

    assert wire.hear() == '44{"message":"Connection refused by server"}'
    wire.say("40")
    assert wire.hear().startswith('40{"sid":')


@pytest.mark.parametrize("way", ["websocket", "polling"])
def test_what_is_emitted_while_connecting_follows_the_reply(server, way):
    heard = Wire(server).greeting if way == "websocket" else Poll(server).greeting.split("\x1e")

    assert [each[:2] for each in heard] == ["40", "42"]


@pytest.mark.parametrize("query", ["EIO=4", "EIO=4&transport=abc", "transport=polling", "EIO=3&transport=polling",
                                   "EIO=4&transport=polling&j=0", "EIO=4&transport=websocket",
                                   "EIO=4&transport=polling&sid=nobody"])  # fmt: skip
def test_a_request_that_is_not_right_is_a_bad_request(server, query):
    assert requests.get(f"{server.url}/socket.io/?{query}", timeout=10).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_a_session_is_opened_by_get_alone(server, method):
    assert requests.request(method, server.url + JOIN + "polling", timeout=10).status_code == 400


def test_a_post_is_answered_with_ok(server):
    poll = Poll(server)

    answer = poll.post('421["echo",1]\x1e42["echo",2]')

    assert (answer.status_code, answer.text) == (200, "ok")
    assert poll.get().text == "431[1]"


BAD_BODIES = ["", "abc", "42[", "\xff", "bx", "bQQ==", "2", '42["echo"]\x1e', b"\xff\xfe", "x" * 1_000_001]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_packet_in_a_post_ends_the_session(server, body):
    poll = Poll(server)
    sid = json.loads(poll.greeting.split("\x1e")[0][2:])["sid"]

    assert poll.post(body).status_code == 400

    assert until(lambda: server.reason(sid)) == "transport error"
    assert poll.get().status_code == 400


def test_a_second_poll_beside_the_first_ends_the_session(server):
    poll = Poll(server)
    first = Aside(poll.get)
    until(lambda: poll.eio_sid in server.state()["polling"])

    assert requests.get(poll.url, timeout=10).status_code == 400

    assert first.result().text == "1"
    assert poll.get().status_code == 400


def test_a_poll_that_waits_when_the_client_closes_is_answered_with_a_noop(server):
    poll = Poll(server)
    waiting = Aside(poll.get)
    until(lambda: poll.eio_sid in server.state()["polling"])

    assert poll.post("1").text == "ok"

    assert waiting.result().text == "6"
    assert poll.get().status_code == 400


def test_a_backlog_is_polled_in_portions_that_a_python_client_takes(server):
    poll = Poll(server)

    poll.post('42["frames",40,10]')

    answers = [poll.get().text.split("\x1e") for _ in range(3)]
    assert [len(each) for each in answers] == [16, 16, 8]


def test_an_upgrade_leaves_no_noop_behind(server):
    poll = Poll(server)
    wire = Wire(server, sid=poll.eio_sid)

    wire.say("2probe")
    assert wire.hear() == "3probe"
    wire.say("5")
    wire.say('421["echo",1]')

    assert wire.hear() == "431[1]"
    assert poll.get().status_code == 400
    with pytest.raises(websocket.WebSocketBadStatusException):
        Wire(server, sid=poll.eio_sid)


@pytest.mark.parametrize("words", [["hello"], ["2probe", "6"], [b"2probe"], []])
def test_an_upgrade_that_fails_leaves_the_session_polling(server, words):
    poll = Poll(server)
    wire = Wire(server, sid=poll.eio_sid)

    for word in words:
        wire.say(word)
    wire.raw(code(1000))

    assert wire.ended()
    poll.post('421["echo",1]')
    assert until(lambda: (text := poll.get().text) != "6" and text).removeprefix("6\x1e") == "431[1]"


@pytest.mark.parametrize("key", ["x", "A" * 24, "====", "ä" * 12])
def test_a_handshake_without_a_sound_key_is_refused(server, key):
    sessions = server.state()["sessions"]
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": key.encode()}  # fmt: skip

    answer = requests.get(server.url + JOIN + "websocket", headers=headers, timeout=10)

    assert answer.status_code == 426
    until(lambda: server.state()["sessions"] <= sessions)


def test_a_sessions_intervals_are_announced_as_they_are(hasty):
    opened = Poll(hasty).opened

    assert (opened["pingInterval"], opened["pingTimeout"]) == (300, 400)


def test_who_answers_the_pings_stays(hasty):
    people = [Person(hasty, transport) for transport in ("websocket", "polling", "upgrade")]
    lasting = time.monotonic() + 1.5

    until(lambda: time.monotonic() > lasting)

    assert [person.ask("echo", "here") for person in people] == ["here"] * 3
    for person in people:
        person.leave()


def test_who_does_not_answer_a_ping_is_gone(hasty):
    wire, poll = Wire(hasty), Poll(hasty)
    polling = json.loads(poll.greeting.split("\x1e")[0][2:])["sid"]

    assert wire.hear() == "2"

    assert wire.closed_with() == 1000
    assert until(lambda: hasty.reason(wire.sid)) == "ping timeout"
    assert until(lambda: hasty.reason(polling)) == "ping timeout"
    assert poll.get().status_code == 400


def test_who_enters_no_namespace_in_time_is_gone(hasty):
    wire, poll = Wire(hasty, greet=False), Poll(hasty, greet=False)

    assert wire.closed_with() == 1002
    until(lambda: poll.get().status_code == 400)
