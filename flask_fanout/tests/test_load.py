"""Order while clients upgrade, and what slow, stalled and killed readers may cost: themselves, nobody else."""

import json

import pytest
from transport_clients import Aside, Poll, Server, Wire, until

MEGABYTE = 1 << 20


@pytest.fixture(scope="module", params=["fanout", "stock"])
def either(request):
    running = Server(request.param)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    running.stop()


def numbers(texts: list[str]) -> list[int]:
    """The ticks among packets; one with an attachment is known by its text."""
    ticks = [text for text in texts if text[:2] in {"42", "45"} and '"tick"' in text]
    return [json.loads(text[text.index("[") :])[1]["i"] for text in ticks]


def upgrading(server: Server, polls: int, pauses: int) -> tuple[list[int], list[int]]:
    """Somebody who polls, upgrades while ticks come, dawdles at each step, and hears them to the last."""
    poll, texts = Poll(server), []
    texts += poll.greeting.split("\x1e")
    for _ in range(polls):
        texts += poll.get().text.split("\x1e")
    wire = Wire(server, sid=poll.eio_sid)
    for _ in range(pauses):
        texts += poll.get().text.split("\x1e")
    waiting = Aside(poll.get)
    wire.say("2probe")
    assert wire.hear() == "3probe"
    texts += waiting.result().text.split("\x1e")
    for _ in range(pauses):
        assert poll.get().text == "6"
    wire.say("5")
    polled = len(numbers(texts))
    while max(numbers(texts), default=0) < LAST:
        opcode, data = wire.ws.recv_data()
        assert opcode in {1, 2}
        if opcode == 1:
            texts.append(data.decode())
            if texts[-1] == "2":
                wire.say("3")
    wire.cut()
    return numbers(texts)[:polled], numbers(texts)[polled:]


LAST = 300


def test_nothing_is_lost_doubled_or_moved_while_clients_upgrade(server):
    stories = [Aside(lambda k=k: upgrading(server, 2 + k, k % 3)) for k in range(6)]
    until(lambda: server.state()["all"] == 6)

    server.tick(hz=300, count=LAST)

    for story in stories:
        polled, pushed = story.result()
        assert polled and pushed
        assert polled + pushed == list(range(polled[0], LAST + 1))


def test_stalled_readers_are_cut_off_and_the_others_notice_nothing(server):
    good, stalled = [Wire(server) for _ in range(3)], [Wire(server, buffer=4096) for _ in range(10)]
    before = server.state()

    def read(wire: Wire) -> list[int]:
        heard = []
        while len(heard) < 200:
            heard += numbers([wire.hear()])
        return heard

    readers = [Aside(lambda wire=wire: read(wire)) for wire in good]
    server.tick(hz=120, count=200, size=40000)

    expected = list(range(before["ticks"] + 1, before["ticks"] + 201))
    assert [reader.result() for reader in readers] == [expected] * 3
    after = until(lambda: (state := server.state())["overflows"] == before["overflows"] + 10 and state)
    until(lambda: all(server.reason(wire.sid) == "transport close" for wire in stalled))
    assert after["rss"] - before["rss"] < 10 * 1.5 * MEGABYTE
    assert server.state()["all"] == 3
    for wire in good:
        wire.cut()


def test_a_client_that_stops_polling_is_cut_off(server):
    poll = Poll(server)
    sid = json.loads(poll.greeting.split("\x1e")[0][2:])["sid"]
    last = server.state()["ticks"] + 30

    server.tick(hz=500, count=30, size=40000)

    assert until(lambda: server.reason(sid)) == "transport error"
    until(lambda: server.state()["ticks"] == last)
    assert poll.get().status_code == 400


def test_a_burst_in_one_turn_is_no_overflow_for_a_reader_that_reads(server):
    wire = Wire(server)
    before = server.state()["overflows"]

    wire.say('42["frames",100,30000]')

    assert [json.loads(wire.hear()[2:])[1]["n"] for _ in range(100)] == list(range(100))
    assert server.state()["overflows"] == before
    wire.cut()


def test_a_slow_reader_that_is_waited_for_gets_every_byte(server):
    wire = Wire(server, buffer=16384)

    wire.say('42["paced",60,200000]')

    pads = [json.loads(wire.hear()[2:])[1] for _ in range(60)]
    assert pads == [{"n": n, "pad": "x" * 200000} for n in range(60)]
    told = json.loads(wire.hear()[2:])[1]
    assert told.pop("fulls") > 0 and told == {"drained": True, "full": False}
    wire.cut()


def test_a_sender_learns_that_a_reader_has_stopped(either):
    ann, bob = Wire(either), Wire(either, buffer=4096)

    bob.say('42["stall",20000,0.3]')

    assert ann.hear() == '42["stalling"]'
    assert json.loads(ann.hear()[2:]) == ["stalled", {"drained": False, "full": True, "open": True}]
    assert until(lambda: either.reason(bob.sid))
    ann.cut()


def test_a_sender_learns_that_a_waiting_reader_is_gone(server):
    ann, bob = Wire(server), Wire(server, buffer=4096)
    bob.say('42["stall",20000,20]')
    assert ann.hear() == '42["stalling"]'

    bob.cut()

    assert json.loads(ann.hear()[2:])[1] | {"full": False} == {"drained": False, "full": False, "open": False}
    ann.cut()


def test_a_flood_is_held_back_and_handled_in_order(server):
    wire = Wire(server)
    flood = b"".join(
        b"\x81\xfe" + len(data).to_bytes(2, "big") + b"\0\0\0\0" + data
        for data in (b'42%04d["echo","%s"]' % (n, b"x" * 300) for n in range(3000))
    )

    writing = Aside(lambda: wire.tcp.sendall(flood))

    assert [int(wire.hear()[2:].partition("[")[0]) for _ in range(3000)] == list(range(3000))
    writing.result()
    wire.cut()


def test_killed_clients_leave_nothing_behind(server):
    until(lambda: server.state()["sessions"] == 0)
    before = server.state()
    wires = [Wire(server) for _ in range(150)]
    assert server.state()["all"] == 150

    for wire in wires:
        wire.cut()

    names = ("sessions", "environs", "connected", "all", "links", "joined", "files", "rooms")
    until(lambda: (state := server.state()) and all(state[name] == before[name] for name in names))
    assert {server.reason(wire.sid) for wire in wires} == {"transport close"}
