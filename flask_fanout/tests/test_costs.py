"""What one client can cost, in one process: work per turn of the loop, bytes, and what its end leaves in memory."""

import pytest
from in_process import InProcess


@pytest.fixture
def server():
    return InProcess()


def test_a_poll_after_the_deadline_of_the_pong_is_refused_however_late_the_timers_are(server):
    sid = server.open_polling()
    assert server.post(sid, b"3")[0] == "200 OK"
    server.server.eio.sockets[sid].pong_deadline = 0

    assert server.poll(sid)[0] == "400 BAD REQUEST"
    assert not server.server.eio.sockets
