"""Limits on what one client can cost: stalled, flooding and memory-hungry clients are disconnected, and no others."""

import json
import struct
import time

import pytest
from flask_fanout.websocket import ClientConnection
from transport_clients import Background, PollingClient, Server, WebSocketClient, until

from flask_fanout import memory_limits

KILOBYTE = 1 << 10


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    assert "Traceback" not in running.log_text()
    running.stop()


@pytest.fixture(scope="module")
def short_stall():
    """A server with a stall timeout of one second."""
    running = Server("fanout", 0.4, 20)
    yield running
    running.stop()


def test_a_client_that_reads_nothing_but_answers_pings_is_disconnected(short_stall):
    stalled, good = WebSocketClient(short_stall, buffer=4096), WebSocketClient(short_stall)

    def answer_pings():
        stalled.send("3")
        return short_stall.disconnect_reason(stalled.sid)

    stalled.send('42["fill",20000]')

    overflows = short_stall.state()["overflows"]
    assert until(answer_pings) == "transport close"
    assert short_stall.state()["overflows"] == overflows
    assert short_stall.disconnect_reason(good.sid) is None
    good.reset()


def test_a_polling_client_that_never_polls_but_answers_pings_is_disconnected(short_stall):
    poll = PollingClient(short_stall)
    sid = json.loads(poll.connect_packets[0][2:])["sid"]
    poll.post('42["echo","hello"]\x1e42["frames",3,10]')

    def answer_pings():
        poll.post("3")
        return short_stall.disconnect_reason(sid)

    assert until(answer_pings) == "transport error"


def test_a_slow_client_that_reads_a_little_now_and_then_stays_connected(short_stall):
    wire = WebSocketClient(short_stall, buffer=4096)

    wire.send('42["fill",20000]')

    for _ in range(30):
        wire.send("3")
        assert wire.receive()
        time.sleep(0.1)  # three seconds in all, of which one without progress would be the end
    assert short_stall.disconnect_reason(wire.sid) is None
    wire.reset()


PING = struct.pack("!BBI", 0x89, 0x80, 0)


def masked(text):
    data = text.encode()
    return struct.pack("!BBI", 0x81, 0x80 | len(data), 0) + data


@pytest.mark.parametrize("noise", [PING, masked("3"), masked('42/nowhere,["a"]'), masked("40/nowhere"),
                                   masked("41/nowhere,") + masked("40/nowhere")],
                         ids=["pings", "pongs", "events for nobody", "bad CONNECTs", "DISCONNECTs"])
def test_a_flood_of_control_packets_ends_the_connection(server, noise):
    wire = WebSocketClient(server)

    sending = Background(lambda: wire.send_raw(noise * 1500))

    assert wire.close_code() in (1002, None)
    assert wire.is_closed()
    assert server.disconnect_reason(wire.sid) == "transport error"
    sending.result()
    wire.tcp.close()


def test_a_body_full_of_pongs_ends_a_polling_session(server):
    poll = PollingClient(server)

    assert poll.post("\x1e".join(["3"] * 100_000)).status_code == 400
    assert poll.get().status_code == 400


def test_a_body_of_many_events_is_handled_completely(server):
    poll = PollingClient(server)

    assert poll.post("\x1e".join(f'42["echo",{n}]' for n in range(3000))).text == "ok"


def test_a_poll_response_is_limited_in_bytes(server):
    poll = PollingClient(server)
    poll.post('42["frames",8,100000]')
    sizes = []

    while sum(sizes) < 8 * 100_000:
        sizes.append(len(poll.get().text))

    assert max(sizes) < 256 * KILOBYTE + 101_000
    assert len(sizes) < 8


class Stub(ClientConnection):
    """A connection with byte counts only."""

    __slots__ = ("was_cut",)

    def __init__(self, came=0, out=()):
        self.queued_bytes, self.body_size = came, 0
        self.unsent, self.unsent_bytes = list(out), sum(map(len, out))
        self.parser = self.incomplete = None
        self.is_shut, self.is_websocket, self.was_cut = False, True, False

    def abort(self):
        self.was_cut = True


def test_connections_with_the_most_input_are_ended_until_the_rest_fits(monkeypatch):
    monkeypatch.setattr(memory_limits, "MAX_UNHANDLED", 1000)
    peers = [Stub(came) for came in (100, 300, 500, 700, 50)]

    memory_limits.enforce(peers)

    assert [peer.queued_bytes for peer in peers if peer.was_cut] == [500, 700]  # down to three quarters of the limit


def test_a_shared_message_counts_once_towards_the_memory_limit(monkeypatch):
    monkeypatch.setattr(memory_limits, "MAX_UNSENT", 1000)
    shared = b"x" * 400
    together = [Stub(out=[shared]) for _ in range(50)]
    alone = [Stub(out=[bytes([n]) * 400]) for n in range(4)]

    memory_limits.enforce(together)
    memory_limits.enforce(alone)

    assert not any(peer.was_cut for peer in together)
    assert [peer.was_cut for peer in alone] == [False, False, True, True]
