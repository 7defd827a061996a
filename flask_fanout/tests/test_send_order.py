"""What is said to many and what is said to one, in any order: everybody gets everything, once and in that order."""

import socket
from types import SimpleNamespace

import gevent
from hypothesis import given, settings
from hypothesis import strategies as st
from transport_clients import until

import flask_fanout
from flask_fanout import outbox, turn

PEOPLE, SLOW = 12, 3
TO = st.one_of(st.integers(0, PEOPLE - 1), st.frozensets(st.integers(0, PEOPLE - 1)), st.just(frozenset(range(PEOPLE))))
STEPS = st.lists(st.tuples(TO, st.sampled_from([0, 30, 3000])) | st.just("turn") | st.just("leave"), max_size=30)


class Place:
    """Twelve connections over sockets of this process; the last three read nothing until the end."""

    def __init__(self) -> None:
        later = SimpleNamespace(call=lambda *later: None)
        self.turn = turn.Turn()
        manager = SimpleNamespace(turn=self.turn, wheel=later, outbox_limit=1 << 20)
        self.pairs = [socket.socketpair() for _ in range(PEOPLE)]
        self.links = [self.link(manager, ours) for ours, _ in self.pairs]
        self.said: list[list[bytes]] = [[] for _ in self.pairs]
        self.heard = [bytearray() for _ in self.pairs]

    def link(self, manager: SimpleNamespace, ours: socket.socket) -> outbox.Outbox:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        link = outbox.Outbox(manager, SimpleNamespace(sid="somebody", queue=None))
        link.live, link.sock, link.push = True, ours, ours.send
        return link

    def say(self, to: int | frozenset[int], number: int, size: int) -> None:
        frame = flask_fanout.Frame("/", "said", b'"%d%s"' % (number, b"." * size))
        if isinstance(to, int):
            self.links[to].send(frame)
        else:
            self.turn.spread([self.links[one] for one in sorted(to)], frame)
        for one in [to] if isinstance(to, int) else to:
            self.said[one].append(frame.wire)

    def read(self, who: range) -> None:
        for one in who:
            self.pairs[one][1].setblocking(False)
            try:
                self.heard[one] += self.pairs[one][1].recv(1 << 20)
            except BlockingIOError:
                continue

    def end(self) -> None:
        until(self.all_is_heard)

    def all_is_heard(self) -> bool:
        gevent.sleep(0)
        self.read(range(PEOPLE))
        return [bytes(each) for each in self.heard] == [b"".join(each) for each in self.said]

    def close(self) -> None:
        for link in self.links:
            if link.writer is not None:
                link.writer.close()
        for pair in self.pairs:
            for each in pair:
                each.close()


@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([2, 5, 256]))
def test_everybody_gets_what_they_were_sent_in_its_order(steps, batch):
    place, before, turn.BATCH = Place(), turn.BATCH, batch
    try:
        for number, step in enumerate(steps):
            if step == "turn":
                gevent.sleep(0.001)
                place.read(range(PEOPLE - SLOW))
            elif step == "leave":
                place.turn.flush()
            else:
                place.say(step[0], number, step[1])
        place.end()
    finally:
        turn.BATCH = before
        place.close()


def test_what_is_said_to_many_in_one_turn_reaches_each_in_one_piece():
    place = Place()
    pushes = []
    for link in place.links:
        link.push = lambda data: pushes.append(data) or len(data)

    for number in range(8):
        place.say(frozenset(range(PEOPLE)), number, 100)
    gevent.sleep(0.01)

    assert len(pushes) == PEOPLE
    assert all(each is pushes[0] for each in pushes)
    place.close()


def test_who_is_written_to_in_between_gets_their_word_in_between():
    place = Place()

    for number, to in enumerate([frozenset(range(PEOPLE)), 5, frozenset(range(PEOPLE)), 5]):
        place.say(to, number, 10)
    place.end()

    assert bytes(place.heard[5]) == b"".join(place.said[5]) != bytes(place.heard[4])
    place.close()
