"""Connections go from one worker to another, all of them."""

import socket

import gevent

from flask_fanout import handover


def test_many_connections_at_once_wait_until_the_owner_takes_them(tmp_path):
    """The system queues about ten."""
    one, two = (handover.Handover(tmp_path, name) for name in "12")
    near, far = socket.socketpair()
    with near, far:
        given = [gevent.spawn(one.give, "2", near, b"%d" % number) for number in range(100)]
        gevent.sleep(0)
        received = [two.receive() for _ in given]

        assert {read for _, read in received} == {b"%d" % number for number in range(100)}
        assert all(each.get() for each in given)
    for sock, _ in received:
        sock.close()
    one.close()
    two.close()


def test_a_connection_that_got_lost_on_the_way_does_not_stop_those_after_it(tmp_path):
    """A worker with too many open files receives the bytes without the connection."""
    one, two = (handover.Handover(tmp_path, name) for name in "12")
    near, far = socket.socketpair()
    with near, far:
        one.socket.sendto(b"lost", str(tmp_path / "2"))
        assert one.give("2", near, b"read")

        received, read = two.receive()

        with received:
            received.sendall(b"hello")
        assert (read, far.recv(100)) == (b"read", b"hello")
    one.close()
    assert not two.give("1", far, b"")
    two.close()
