"""Floods, junk and hoarders against a real server: they cost who sends them, and nobody beside them notices."""

import contextlib
import json
import random
import re
import socket
import sys
import time

import gevent
import pytest
import socketio

from tests.flooder import Process, Wire, frame
from tests.waiting import until

MEGABYTE = 1 << 20
JUNK = 2000  # raw packets
PIECES = ["4", "2", "0", "5", "51-", "451-/live,", "/live,", '["post"', '{"_placeholder":true,"num":0}', "]", "{", '"',
          "\\u", "\ud7ff", "1e999", "null", "\0", "-1", '["subscribe",{"channel":', '"room:1"', "[" * 40, "9" * 400]
REQUESTS = [
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
    b"GET /room/1 HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: hubbub=x; hubbub=y\r\nAccept-Encoding: gzip\r\n\r\n",
    b"GET /socket.io/?EIO=4&transport=polling&sid=x HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /files/00000000000000000000000000000000/a.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-\r\n\r\n",
    b"POST /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n40",
    b"POST /api/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    b"POST /api/guests HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"PUT /api/me/avatar HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\r\n\x89PNG\r\n\x1a\n.",
    b"OPTIONS * HTTP/1.1\r\nHost: \xff\xfe\r\nX-Forwarded-For: ,,\r\n\r\n",
]


@pytest.fixture
def server(tmp_path, request):
    running = Process(tmp_path, getattr(request, "param", "on"))
    yield running
    assert "Traceback" not in running.logged()
    running.stop()


class Talker:
    """Somebody who talks and listens in the Lobby meanwhile, and gets every message."""

    def __init__(self, server, name):
        self.received = []
        self.client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        self.client.on("message", lambda entry: self.received.append(entry["data"]["text"]), namespace="/live")
        self.client.connect(server.url, auth={"token": server.create_guest(name)}, namespaces=["/live"],
                            transports=["websocket"], wait_timeout=10)
        self.client.call("subscribe", {"channel": "room:1"}, namespace="/live", timeout=10)

    def say(self, text):
        said = {"channel": "room:1", "text": text, "key": text}
        answer = self.client.call("post", said, namespace="/live", timeout=10)
        assert "ok" in answer, answer

    def leave(self):
        self.client.disconnect()


@pytest.fixture
def undisturbed(server):
    """Ann and Bob, who in the end have received all that they told each other, in order."""
    ann, bob = Talker(server, "ann"), Talker(server, "bob")
    yield ann
    for n in range(10):
        ann.say(f"afterwards {n}")
    mine = lambda who: [text for text in who.received if text.startswith(("meanwhile", "afterwards"))]  # noqa: E731
    until(lambda: len(mine(bob)) == len(mine(ann)) and mine(bob)[-1] == "afterwards 9")
    assert mine(ann) == mine(bob) == list(dict.fromkeys(mine(bob)))
    ann.leave()
    bob.leave()


def spoiled(chance, data):
    """A request with some of its bytes changed, moved, doubled or left out."""
    spoiled = bytearray(data)
    for _ in range(chance.randint(0, 6)):
        at = chance.randrange(len(spoiled))
        how = chance.randrange(4)
        if how == 0:
            spoiled[at] = chance.randrange(256)
        elif how == 1:
            del spoiled[at:at + chance.randint(1, 8)]
        elif how == 2:
            spoiled[at:at] = chance.randbytes(chance.randint(1, 8))
        else:
            spoiled[at:at] = spoiled[at:at + chance.randint(1, 40)]
        spoiled = spoiled or bytearray(b"x")
    return bytes(spoiled)


def junk_request(server, chance, token):
    """A request that is nearly one, or bytes that are none."""
    wire = server.dial()
    data = spoiled(chance, chance.choice(REQUESTS)) if chance.random() < 0.8 else chance.randbytes(200)
    with contextlib.suppress(OSError):
        wire.sendall(data)
        if chance.random() < 0.5:
            wire.settimeout(0.02)
            wire.recv(4096)
    return wire


def junk_words(server, chance, token):
    """A websocket, perhaps somebody's, on which frames of nonsense come."""
    wire = Wire(server, token if chance.random() < 0.5 else "")
    text = "".join(chance.choices(PIECES, k=chance.randint(1, 12))).encode()
    for data in ([frame(text), frame(chance.randbytes(20), 2), spoiled(chance, frame(text)), chance.randbytes(50),
                  frame(b"42/live,1" + text), frame(text, final=False)][chance.randrange(6):]):
        wire.say(data)
    return wire.tcp


def junk_poll(server, chance, token):
    """A polling session that is posted nonsense."""
    wire, received = server.dial(), b""
    wire.sendall(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    while not (found := re.search(rb'"sid":"([^"]+)"', received)):
        received += wire.recv(4096)
    with contextlib.suppress(OSError):
        body = "\x1e".join("".join(chance.choices(PIECES, k=3)) for _ in range(chance.randint(1, 9))).encode()
        body = b'40/live,{"token":"%s"}\x1e' % token.encode() + body if chance.random() < 0.5 else body
        wire.sendall(b"POST /socket.io/?EIO=4&transport=polling&sid=%s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     b"Content-Length: %d\r\n\r\n%s" % (found[1], len(body), body))
    return wire


@pytest.mark.parametrize("server", ["off"], indirect=True)
def test_two_thousand_packets_of_junk_break_nothing_and_disturb_nobody(server, undisturbed):
    chance, token = random.Random(2000), server.create_guest("mallory")
    open_ones = []

    for n in range(JUNK):
        open_ones.append(chance.choice((junk_request, junk_words, junk_poll))(server, chance, token))
        if len(open_ones) > 50:
            open_ones.pop(0).close()
        if n % 100 == 0:
            undisturbed.say(f"meanwhile {n}")
    for wire in open_ones:
        wire.close()

    until(lambda: server.connections() <= 2, 60)  # who entered and says nothing more is asked by pings first
    assert "Traceback" not in server.logged()
    assert server.logged().count("\n") < 500  # one line in a few, as repeated ones are summed up


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_ten_connections_that_hoard_attachments_cost_at_most_64_mb(server, undisturbed):
    token, before = server.create_guest("mallory"), server.memory()
    places = ",".join(json.dumps({"_placeholder": True, "num": n}) for n in range(10))

    hoarders = [Wire(server, token, elsewhere=True) for _ in range(10)]
    for wire in hoarders:
        wire.say(frame(f'4510-/live,["post",{places}]'.encode()))
        for _ in range(9):
            wire.say(frame(bytes(110_000), 2))
        wire.say(frame(bytes(900_000), 2)[:-1])
    undisturbed.say("meanwhile")
    held = server.memory() - before
    for wire in hoarders[:5]:
        wire.say(b"\0" + frame(bytes(110_000), 2))

    until(lambda: all(wire.is_closed() for wire in hoarders[:5]), 10)
    assert held <= 64 * MEGABYTE
    for wire in hoarders:
        wire.cut()


POST = b'42/live,%d["post",{"channel":"room:1","text":"buy this","key":"%d"}]'


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize("sent", [POST, b'42/live,%d["nonsense",{"n":%d}]', b'42/live,%d["search %d"]',
                                  b'42/live,%d["resume",{"cursors":{"room:%d":[0,""]}}]'],
                         ids=["posts", "nonsense", "names", "resumes"])
def test_a_flood_from_one_connection_is_closed_within_ten_seconds(server, undisturbed, sent):
    before = server.memory()
    mallory = Wire(server, server.create_guest("mallory"), elsewhere=True)
    began = time.monotonic()

    def flood():
        n = 0
        while time.monotonic() < began + 20 and mallory.say(b"".join(frame(sent % (n + k, n + k)) for k in range(100))):
            n += 100
        return time.monotonic() - began

    flooding = gevent.spawn(flood)
    at_most = before
    for n in range(30):
        undisturbed.say(f"meanwhile {n}")
        at_most = max(at_most, server.memory())

    assert flooding.get(timeout=30) < 10
    assert at_most - before <= 64 * MEGABYTE


def test_a_flood_of_requests_is_told_to_wait_and_answered_late(server, undisturbed):
    def flood(_):
        wire, received = server.dial(elsewhere=True), b""
        with contextlib.suppress(OSError):
            for _ in range(40):
                wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
                received += wire.recv(1 << 16)
            wire.shutdown(socket.SHUT_WR)
            while data := wire.recv(1 << 16):
                received += data
        return received

    floods = [gevent.spawn(flood, n) for n in range(10)]
    for n in range(20):
        undisturbed.say(f"meanwhile {n}")
    received = b"".join(flood.get(timeout=30) for flood in floods)

    assert received.count(b" 200 OK") < 3000 + 200 * 25
    assert received.count(b" 429 ") >= 200
    assert b"Retry-After: 1" in received and b"Connection: close" in received
