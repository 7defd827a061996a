"""What one peer may cost: who takes nothing, talks beside the point or hoards is ended, and nobody else is."""

import json
import struct
import time

import pytest
from flask_fanout.websocket import ClientConnection
from transport_clients import Aside, Poll, Server, Wire, until

from flask_fanout import memory_limits

KILOBYTE = 1 << 10


@pytest.fixture(scope="module")
def server():
    running = Server("fanout")
    yield running
    assert "Traceback" not in running.logged()
    running.stop()


@pytest.fixture(scope="module")
def impatient():
    """A server that gives a peer a second, not a minute, to take something."""
    running = Server("fanout", 0.4, 20)
    yield running
    running.stop()


def test_a_peer_that_takes_nothing_but_answers_pings_is_ended(impatient):
    deaf, good = Wire(impatient, buffer=4096), Wire(impatient)

    def answers_blindly():
        deaf.say("3")
        return impatient.reason(deaf.sid)

    deaf.say('42["fill",20000]')

    overflows = impatient.state()["overflows"]
    assert until(answers_blindly) == "transport close"
    assert impatient.state()["overflows"] == overflows
    assert impatient.reason(good.sid) is None
    good.cut()


def test_a_poller_that_fetches_nothing_but_answers_pings_is_ended(impatient):
    poll = Poll(impatient)
    sid = json.loads(poll.greeting.split("\x1e")[0][2:])["sid"]
    poll.post('42["echo","hello"]\x1e42["frames",3,10]')

    def answers_blindly():
        poll.post("3")
        return impatient.reason(sid)

    assert until(answers_blindly) == "transport error"


def test_a_slow_peer_that_takes_a_little_now_and_then_is_kept(impatient):
    wire = Wire(impatient, buffer=4096)

    wire.say('42["fill",20000]')

    for _ in range(30):
        wire.say("3")
        assert wire.hear()
        time.sleep(0.1)  # three seconds in all, of which one without progress would be the end
    assert impatient.reason(wire.sid) is None
    wire.cut()


PING = struct.pack("!BBI", 0x89, 0x80, 0)


def masked(text):
    data = text.encode()
    return struct.pack("!BBI", 0x81, 0x80 | len(data), 0) + data


@pytest.mark.parametrize("noise", [PING, masked("3"), masked('42/nowhere,["a"]'), masked("40/nowhere"),
                                   masked("41/nowhere,") + masked("40/nowhere")],
                         ids=["pings", "pongs", "events for nobody", "bad CONNECTs", "DISCONNECTs"])
def test_who_talks_on_and_on_beside_events_is_ended(server, noise):
    wire = Wire(server)

    sending = Aside(lambda: wire.raw(noise * 1500))

    assert wire.closed_with() in (1002, None)
    assert wire.ended()
    assert server.reason(wire.sid) == "transport error"
    sending.result()
    wire.tcp.close()


def test_a_body_of_nothing_but_pongs_ends_a_poller(server):
    poll = Poll(server)

    assert poll.post("\x1e".join(["3"] * 100_000)).status_code == 400
    assert poll.get().status_code == 400


def test_a_body_of_many_events_is_handled_to_the_last(server):
    poll = Poll(server)

    assert poll.post("\x1e".join(f'42["echo",{n}]' for n in range(3000))).text == "ok"


def test_an_answer_to_a_poll_is_bounded_by_bytes(server):
    poll = Poll(server)
    poll.post('42["frames",8,100000]')
    sizes = []

    while sum(sizes) < 8 * 100_000:
        sizes.append(len(poll.get().text))

    assert max(sizes) < 256 * KILOBYTE + 101_000
    assert len(sizes) < 8


class Stub(ClientConnection):
    """A connection of which only the counts are real."""

    __slots__ = ("was_cut",)

    def __init__(self, came=0, out=()):
        self.queued_bytes, self.unsent, self.unsent_bytes = came, list(out), sum(map(len, out))
        self.parser = self.incomplete = None
        self.is_shut, self.is_websocket, self.was_cut = False, True, False

    def abort(self):
        self.was_cut = True


def test_of_all_who_hoard_those_that_hold_most_go_until_the_rest_fits(monkeypatch):
    monkeypatch.setattr(memory_limits, "MAX_UNHANDLED", 1000)
    peers = [Stub(came) for came in (100, 300, 500, 700, 50)]

    memory_limits.enforce(peers)

    assert [peer.queued_bytes for peer in peers if peer.was_cut] == [700]


def test_a_message_that_waits_for_many_counts_once_and_one_for_each_counts_for_each(monkeypatch):
    monkeypatch.setattr(memory_limits, "MAX_UNSENT", 1000)
    shared = b"x" * 400
    together = [Stub(out=[shared]) for _ in range(50)]
    alone = [Stub(out=[bytes([n]) * 400]) for n in range(4)]

    memory_limits.enforce(together)
    memory_limits.enforce(alone)

    assert not any(peer.was_cut for peer in together)
    assert [peer.was_cut for peer in alone] == [False, False, True, True]
