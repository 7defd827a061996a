"""Broadcasts and single messages in any order: each client receives all of its messages, once and in order."""

import socket
from types import SimpleNamespace

import gevent
from flask_fanout.context import Context
from hypothesis import given, settings
from hypothesis import strategies as st
from transport_clients import until

from flask_fanout import EncodedEvent, Limits, outbox, write_scheduler

CLIENTS, SLOW = 12, 3
ALL = frozenset(range(CLIENTS))
TO = st.one_of(st.integers(0, CLIENTS - 1), st.frozensets(st.integers(0, CLIENTS - 1)), st.just(ALL))
STEPS = st.lists(st.tuples(TO, st.sampled_from([0, 30, 3000])) | st.just("iteration") | st.just("flush"), max_size=30)


class Clients:
    """Twelve connections over sockets of this process; the last three read nothing until the end."""

    def __init__(self) -> None:
        self.context = Context(Limits(), lambda *packet: None, lambda: None)
        self.writes = self.context.writes
        self.pairs = [socket.socketpair() for _ in range(CLIENTS)]
        self.outboxes = [self.connect(ours) for ours, _ in self.pairs]
        self.sent: list[list[bytes]] = [[] for _ in self.pairs]
        self.received = [bytearray() for _ in self.pairs]

    def connect(self, ours: socket.socket) -> outbox.Outbox:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        ours.setblocking(False)
        box = outbox.Outbox(self.context, SimpleNamespace(sid="client", queue=None))
        box.is_websocket, box.sock, box.socket_send = True, ours, ours.send
        return box

    def send(self, to: int | frozenset[int], number: int, size: int) -> None:
        frame = EncodedEvent("/", "message", b'"%d%s"' % (number, b"." * size))
        if isinstance(to, int):
            self.outboxes[to].send(frame)
        else:
            self.writes.broadcast([self.outboxes[one] for one in sorted(to)], [], frame)
        for one in [to] if isinstance(to, int) else to:
            self.sent[one].append(frame.wire)

    def read(self, clients: range) -> None:
        for one in clients:
            self.pairs[one][1].setblocking(False)
            try:
                self.received[one] += self.pairs[one][1].recv(1 << 20)
            except BlockingIOError:
                continue

    def wait(self) -> None:
        until(self.has_received_all)

    def has_received_all(self) -> bool:
        gevent.sleep(0)
        self.read(range(CLIENTS))
        return [bytes(each) for each in self.received] == [b"".join(each) for each in self.sent]

    def close(self) -> None:
        for box in self.outboxes:
            if box.write_watcher is not None:
                box.write_watcher.close()
        for pair in self.pairs:
            for each in pair:
                each.close()


@settings(max_examples=200, deadline=None)
@given(STEPS, st.sampled_from([2, 5, 256]))
def test_each_client_receives_its_messages_in_order(steps, batch):
    clients, before, write_scheduler.CHUNK = Clients(), write_scheduler.CHUNK, batch
    try:
        for number, step in enumerate(steps):
            if step == "iteration":
                gevent.sleep(0.001)
                clients.read(range(CLIENTS - SLOW))
            elif step == "flush":
                clients.writes.flush()
            else:
                clients.send(step[0], number, step[1])
        clients.wait()
    finally:
        write_scheduler.CHUNK = before
        clients.close()


def test_broadcasts_of_one_loop_iteration_leave_in_one_send_per_client():
    clients = Clients()
    sends = []
    for box in clients.outboxes:
        box.socket_send = lambda data: sends.append(data) or len(data)

    for number in range(8):
        clients.send(ALL, number, 100)
    gevent.sleep(0.01)

    assert len(sends) == CLIENTS
    assert all(each is sends[0] for each in sends)
    clients.close()


def test_a_message_to_one_client_keeps_its_place_between_broadcasts():
    clients = Clients()

    for number, to in enumerate([ALL, 5, ALL, 5]):
        clients.send(to, number, 10)
    clients.wait()

    assert bytes(clients.received[5]) == b"".join(clients.sent[5]) != bytes(clients.received[4])
    clients.close()
