"""Order during upgrades, and slow, stalled and killed readers, which must not affect others."""

import json

import pytest
from transport_clients import Background, PollingClient, Server, WebSocketClient, until

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
    """Return the numbers of the ticks among packets, with and without attachments."""
    ticks = [text for text in texts if text[:2] in {"42", "45"} and '"tick"' in text]
    return [json.loads(text[text.index("[") :])[1]["i"] for text in ticks]


def upgrading(server: Server, polls: int, pauses: int) -> tuple[list[int], list[int]]:
    """Poll, upgrade slowly while ticks arrive, and return the polled and the pushed ticks."""
    poll, texts = PollingClient(server), []
    texts += poll.connect_packets
    for _ in range(polls):
        texts += poll.get().text.split("\x1e")
    wire = WebSocketClient(server, sid=poll.eio_sid)
    for _ in range(pauses):
        texts += poll.get().text.split("\x1e")
    waiting = Background(poll.get)
    wire.send("2probe")
    assert wire.receive() == "3probe"
    texts += waiting.result().text.split("\x1e")
    while "6" not in texts:  # on a busy machine, the poll may have ended before the probe came
        texts += poll.get().text.split("\x1e")
    for _ in range(pauses):
        assert poll.get().text == "6"
    wire.send("5")
    polled = len(numbers(texts))
    while max(numbers(texts), default=0) < LAST:
        opcode, data = wire.ws.recv_data()
        assert opcode in {1, 2}
        if opcode == 1:
            texts.append(data.decode())
            if texts[-1] == "2":
                wire.send("3")
    wire.reset()
    return numbers(texts)[:polled], numbers(texts)[polled:]


LAST = 300


def test_no_event_is_lost_repeated_or_reordered_during_upgrades(server):
    clients = [Background(lambda k=k: upgrading(server, 2 + k, k % 3)) for k in range(6)]
    until(lambda: server.state()["all"] == 6)

    server.tick(hz=300, count=LAST)

    for case in clients:
        polled, pushed = case.result()
        assert polled and pushed
        assert polled + pushed == list(range(polled[0], LAST + 1))


def test_stalled_readers_are_disconnected_and_others_are_not_affected(server):
    good = [WebSocketClient(server) for _ in range(3)]
    stalled = [WebSocketClient(server, buffer=4096) for _ in range(10)]
    before = server.state()

    def read(wire: WebSocketClient) -> list[int]:
        received = []
        while len(received) < 200:
            received += numbers([wire.receive()])
        return received

    readers = [Background(lambda wire=wire: read(wire)) for wire in good]
    server.tick(hz=120, count=200, size=40000)

    expected = list(range(before["ticks"] + 1, before["ticks"] + 201))
    assert [reader.result() for reader in readers] == [expected] * 3
    after = until(lambda: (state := server.state())["overflows"] == before["overflows"] + 10 and state)
    until(lambda: all(server.disconnect_reason(wire.sid) == "transport close" for wire in stalled))
    assert after["rss"] - before["rss"] < 10 * 1.5 * MEGABYTE
    assert server.state()["all"] == 3
    for wire in good:
        wire.reset()


def test_a_client_that_stops_polling_is_disconnected(server):
    poll = PollingClient(server)
    sid = json.loads(poll.connect_packets[0][2:])["sid"]
    last = server.state()["ticks"] + 30

    server.tick(hz=500, count=30, size=40000)

    assert until(lambda: server.disconnect_reason(sid)) == "transport error"
    until(lambda: server.state()["ticks"] == last)
    assert poll.get().status_code == 400


def test_a_burst_in_one_iteration_does_not_overflow_an_active_reader(server):
    wire = WebSocketClient(server)
    before = server.state()["overflows"]

    wire.send('42["frames",100,30000]')

    assert [json.loads(wire.receive()[2:])[1]["n"] for _ in range(100)] == list(range(100))
    assert server.state()["overflows"] == before
    wire.reset()


def test_a_slow_reader_receives_every_byte_if_the_sender_drains(server):
    ann, wire = WebSocketClient(server), WebSocketClient(server, buffer=16384)

    wire.send('42["paced",60,200000]')

    assert ann.receive() == '42["filled"]'
    pads = [json.loads(wire.receive()[2:])[1] for _ in range(60)]
    assert pads == [{"n": n, "pad": "x" * 200000} for n in range(60)]
    result = json.loads(wire.receive()[2:])[1]
    assert result.pop("fulls") > 0 and result == {"drained": True, "full": False}
    wire.reset()
    ann.reset()


def test_drain_reports_a_stalled_reader(either):
    ann, bob = WebSocketClient(either), WebSocketClient(either, buffer=4096)

    bob.send('42["stall",20000,0.3]')

    assert ann.receive() == '42["stalling"]'
    assert json.loads(ann.receive()[2:]) == ["stalled", {"drained": False, "full": True, "open": True}]
    assert until(lambda: either.disconnect_reason(bob.sid))
    ann.reset()


def test_drain_reports_a_reader_that_has_left(server):
    ann, bob = WebSocketClient(server), WebSocketClient(server, buffer=4096)
    bob.send('42["stall",20000,20]')
    assert ann.receive() == '42["stalling"]'

    bob.reset()

    assert json.loads(ann.receive()[2:])[1] | {"full": False} == {"drained": False, "full": False, "open": False}
    ann.reset()


def test_a_flood_is_throttled_and_handled_in_order(server):
    wire = WebSocketClient(server)
    flood = b"".join(
        b"\x81\xfe" + len(data).to_bytes(2, "big") + b"\0\0\0\0" + data
        for data in (b'42%04d["echo","%s"]' % (n, b"x" * 300) for n in range(3000))
    )

    writing = Background(lambda: wire.tcp.sendall(flood))

    assert [int(wire.receive()[2:].partition("[")[0]) for _ in range(3000)] == list(range(3000))
    writing.result()
    wire.reset()


def test_killed_clients_leave_no_state(server):
    until(lambda: server.state()["sessions"] == 0)
    before = server.state()
    wires = [WebSocketClient(server) for _ in range(150)]
    assert server.state()["all"] == 150

    for wire in wires:
        wire.reset()

    names = ("sessions", "environs", "connected", "all", "links", "joined", "files", "rooms")
    until(lambda: (state := server.state()) and all(state[name] == before[name] for name in names))
    assert {server.disconnect_reason(wire.sid) for wire in wires} == {"transport close"}
