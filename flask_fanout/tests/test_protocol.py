"""The server enforces the rules of WebSocket, Engine.IO and Socket.IO against clients that break them.

The stock manager is not tested: it is known not to enforce the rules of this file.
"""

import json
import random
import struct
import time

import pytest
import requests
from transport_clients import JOIN, Background, PollingClient, Server, SocketIOClient, WebSocketClient, until
from wire_frames import CLOSE, CONTINUATION, PING, PONG, TEXT, code, frame


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    running.stop()


@pytest.fixture(scope="module")
def fast_pings():
    """A server that pings every 0.3 s, waits 0.4 s for the pong, and half a second for a CONNECT."""
    running = Server("fanout", 0.3, 0.4)
    yield running
    running.stop()


@pytest.fixture
def bystander(server):
    """A client that must not be affected."""
    person = SocketIOClient(server, "websocket")
    yield person
    assert person.call("echo", "calm") == "calm"
    person.disconnect()


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


@pytest.mark.parametrize("case", BAD_FRAMES)
def test_an_invalid_frame_closes_the_connection_with_the_right_code(server, case):
    expected, data = BAD_FRAMES[case]
    wire = WebSocketClient(server)

    wire.send_raw(data)

    assert wire.close_code() == expected
    until(lambda: server.disconnect_reason(wire.sid))
    wire.tcp.shutdown(1)
    assert wire.is_closed()


@pytest.mark.parametrize("number", [1000, 1001, 1003, 1011, 3000, 4999, None])
def test_a_close_frame_is_answered_with_its_own_code(server, number):
    wire = WebSocketClient(server)

    wire.send_raw(frame(b"", CLOSE) if number is None else code(number, "schön".encode()))

    assert wire.close_code() == (number or 1005)
    assert until(lambda: server.disconnect_reason(wire.sid)) == "transport close"


def test_events_before_the_close_frame_are_still_handled(server, bystander):
    wire = WebSocketClient(server)

    wire.send_raw(frame(b'42["slow",1]') + frame(b'42["broadcast","last words"]') + code(1000))

    assert bystander.wait_for("message") == ["last words"]


def test_a_fragmented_message_is_one_message_with_pings_in_between(server):
    wire = WebSocketClient(server)
    text = '420["echo","ä€\U0001f600"]'.encode()

    for at in range(len(text)):
        fragment = frame(text[at : at + 1], CONTINUATION if at else TEXT, at == len(text) - 1)
        wire.send_raw(fragment + frame(b"%d" % at, PING))

    received = [wire.receive_frame() for _ in range(len(text) + 1)]
    assert [data for opcode, data in received if opcode == PONG] == [b"%d" % at for at in range(len(text))]
    assert [json.loads(data[3:]) for opcode, data in received if opcode == TEXT] == [["ä€\U0001f600"]]


def test_frames_are_assembled_from_single_bytes(server):
    wire = WebSocketClient(server)
    data = b"".join(frame(b'42%d["echo",%d]' % (n, n)) for n in range(20)) + frame(b'4220["echo","%s"]' % (b"x" * 300))

    for byte in data:
        wire.send_raw(bytes([byte]))

    assert [wire.receive() for _ in range(20)] == [f"43{n}[{n}]" for n in range(20)]
    assert len(wire.receive()) == 308


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


@pytest.mark.parametrize("case", BAD_PACKETS)
def test_an_invalid_packet_ends_the_connection_with_one_log_line_without_payload(server, bystander, case):
    wire = WebSocketClient(server)
    before = len(server.log_text())

    for packet in BAD_PACKETS[case]:
        wire.send(packet)

    assert wire.close_code() == 1002
    assert until(lambda: server.disconnect_reason(wire.sid)) in {"transport error", "client disconnect"}
    logged = server.log_text()[before:]
    assert logged.count("\n") == 1 and "echo" not in logged and "Traceback" not in logged


def test_random_packets_close_the_connection_without_a_traceback(server, bystander):
    chance, before = random.Random(7), len(server.log_text())
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

    packets = ["".join(chance.choices(pieces, k=chance.randint(1, 12))) for _ in range(200)]
    for packet in packets:
        wire = WebSocketClient(server)
        wire.send(packet)
        wire.send(chance.randbytes(20))
        assert wire.close_code() == (1000 if packet.startswith("1") else 1002)  # 1 is the Engine.IO packet "close"

    logged = server.log_text()[before:]
    assert logged.count("\n") == sum(not packet.startswith("1") for packet in packets) and "Traceback" not in logged


def test_nesting_below_the_limit_is_accepted(server):
    wire = WebSocketClient(server)

    wire.send(deep(30).replace("42", "421", 1))

    assert wire.receive().startswith("431[[[[")


def test_a_packet_before_connect_ends_the_connection(server):
    wire = WebSocketClient(server, connect=False)

    wire.send('42["echo",1]')

    assert wire.close_code() == 1002


def test_an_unknown_namespace_is_refused_with_a_message(server):
    wire = WebSocketClient(server)

    wire.send("40/nowhere,")

    assert wire.receive() == '44/nowhere,{"message":"Invalid namespace"}'
    wire.send('421["echo",1]')
    assert wire.receive() == "431[1]"


def test_an_exception_in_a_connect_handler_refuses_the_client(server):
    wire = WebSocketClient(server, connect=False)

    wire.send('40{"break":1}')

    assert wire.receive() == '44{"message":"Connection refused by server"}'
    wire.send("40")
    assert wire.receive().startswith('40{"sid":')


@pytest.mark.parametrize("way", ["websocket", "polling"])
def test_events_emitted_during_connect_follow_its_reply(server, way):
    client = WebSocketClient(server) if way == "websocket" else PollingClient(server)

    assert [each[:2] for each in client.connect_packets] == ["40", "42"]


@pytest.mark.parametrize("query", ["EIO=4", "EIO=4&transport=abc", "transport=polling", "EIO=3&transport=polling",
                                   "EIO=4&transport=polling&j=0", "EIO=4&transport=websocket",
                                   "EIO=4&transport=polling&sid=nobody"])  # fmt: skip
def test_an_invalid_request_is_a_bad_request(server, query):
    assert requests.get(f"{server.url}/socket.io/?{query}", timeout=10).status_code == 400


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods_than_get_open_no_session(server, method):
    assert requests.request(method, server.url + JOIN + "polling", timeout=10).status_code == 400


def test_a_post_is_answered_with_ok(server):
    poll = PollingClient(server)

    answer = poll.post('421["echo",1]\x1e42["echo",2]')

    assert (answer.status_code, answer.text) == (200, "ok")
    assert poll.get().text == "431[1]"


BAD_BODIES = ["", "abc", "42[", "\xff", "bx", "bQQ==", "2", '42["echo"]\x1e', b"\xff\xfe", "x" * 1_000_001]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_an_invalid_packet_in_a_post_ends_the_session(server, body):
    poll = PollingClient(server)
    sid = json.loads(poll.connect_packets[0][2:])["sid"]

    assert poll.post(body).status_code == 400

    assert until(lambda: server.disconnect_reason(sid)) == "transport error"
    assert poll.get().status_code == 400


def test_two_simultaneous_polls_end_the_session(server):
    poll = PollingClient(server)
    first = Background(poll.get)
    until(lambda: poll.eio_sid in server.state()["polling"])

    assert requests.get(poll.url, timeout=10).status_code == 400

    assert first.result().text == "1"
    assert poll.get().status_code == 400


def test_an_open_poll_is_answered_with_a_noop_when_the_client_closes(server):
    poll = PollingClient(server)
    waiting = Background(poll.get)
    until(lambda: poll.eio_sid in server.state()["polling"])

    assert poll.post("1").text == "ok"

    assert waiting.result().text == "6"
    assert poll.get().status_code == 400


def test_a_backlog_is_polled_in_portions_of_sixteen_packets(server):
    poll = PollingClient(server)

    poll.post('42["frames",40,10]')

    answers = [poll.get().text.split("\x1e") for _ in range(3)]
    assert [len(each) for each in answers] == [16, 16, 8]


def test_an_upgrade_leaves_no_noop_behind(server):
    poll = PollingClient(server)
    wire = WebSocketClient(server, sid=poll.eio_sid)

    wire.send("2probe")
    assert wire.receive() == "3probe"
    wire.send("5")
    wire.send('421["echo",1]')

    assert wire.receive() == "431[1]"
    assert poll.get().status_code == 400
    assert WebSocketClient(server, sid=poll.eio_sid).close_code() == 1000


@pytest.mark.parametrize("words", [["hello"], ["2probe", "6"], [b"2probe"], []])
def test_an_upgrade_that_fails_leaves_the_session_polling(server, words):
    poll = PollingClient(server)
    wire = WebSocketClient(server, sid=poll.eio_sid)

    for word in words:
        wire.send(word)
    wire.send_raw(code(1000))

    assert wire.is_closed()
    poll.post('421["echo",1]')
    assert until(lambda: (text := poll.get().text) != "6" and text).removeprefix("6\x1e") == "431[1]"


@pytest.mark.parametrize("key", ["x", "A" * 24, "====", "ä" * 12])
def test_a_handshake_with_an_invalid_key_is_refused(server, key):
    sessions = server.state()["sessions"]
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": key.encode()}  # fmt: skip

    answer = requests.get(server.url + JOIN + "websocket", headers=headers, timeout=10)

    assert answer.status_code == 426
    until(lambda: server.state()["sessions"] <= sessions)


def test_the_ping_intervals_are_announced_in_milliseconds(fast_pings):
    opened = PollingClient(fast_pings).opened

    assert (opened["pingInterval"], opened["pingTimeout"]) == (300, 400)


def test_clients_that_answer_pings_stay_connected(fast_pings):
    people = [SocketIOClient(fast_pings, transport) for transport in ("websocket", "polling", "upgrade")]
    lasting = time.monotonic() + 1.5

    until(lambda: time.monotonic() > lasting)

    assert [person.call("echo", "here") for person in people] == ["here"] * 3
    for person in people:
        person.disconnect()


def test_clients_that_do_not_answer_a_ping_are_disconnected(fast_pings):
    wire, poll = WebSocketClient(fast_pings), PollingClient(fast_pings)
    polling = json.loads(poll.connect_packets[0][2:])["sid"]

    assert wire.receive() == "2"

    assert wire.close_code() == 1000
    assert until(lambda: fast_pings.disconnect_reason(wire.sid)) == "ping timeout"
    assert until(lambda: fast_pings.disconnect_reason(polling)) == "ping timeout"
    assert poll.get().status_code == 400


def test_a_session_without_a_namespace_ends_after_the_timeout(fast_pings):
    wire, poll = WebSocketClient(fast_pings, connect=False), PollingClient(fast_pings, connect=False)
    left = WebSocketClient(fast_pings)
    left.send("41")

    assert wire.close_code() == left.close_code() == 1002
    until(lambda: poll.get().status_code == 400)
