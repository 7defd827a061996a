"""What presence costs: a process follows a room only while its application asks about it."""

import gevent
import pytest
import socketio
from bus_servers import Valkey

from flask_fanout import Fanout, presence


@pytest.fixture
def manager():
    """The client manager of a server without clients."""
    server = Valkey()
    server.start()
    manager = Fanout(server.url)
    socketio.Server(async_mode="gevent", async_handlers=False, client_manager=manager)
    yield manager
    manager.close()
    server.stop()


def test_a_room_is_followed_only_while_the_application_asks_about_it(manager, monkeypatch):
    monkeypatch.setattr(presence, "FORGET_AFTER", 0.3)
    monkeypatch.setattr(presence, "HEARTBEAT", 0.01)
    assert "flask-socketio heartbeat" not in manager.cluster.bus.subscriptions

    assert manager.present("kitchen") == set()
    assert {*manager.cluster.bus.subscriptions} >= {"flask-socketio heartbeat", "flask-socketio presence / 'kitchen'"}

    with gevent.Timeout(10):
        while "flask-socketio heartbeat" in manager.cluster.bus.subscriptions:
            gevent.sleep(0.01)
    assert {*manager.cluster.bus.subscriptions} == {"flask_fanout:lost", manager.cluster.topic}
    assert not manager.cluster.presence.followed


def test_all_clients_that_join_in_one_iteration_of_the_loop_are_published_together(manager, monkeypatch):
    published = []
    monkeypatch.setattr(manager.cluster.presence, "publish", lambda topic, message: published.append(message.sids))

    for number in range(100):
        manager.tell_presence("/", "kitchen", f"sid {number}", True)
    manager.tell_presence("/", "kitchen", "sid 7", False)
    gevent.sleep(0.01)

    assert published == [{f"sid {number}": number != 7 for number in range(100)}]
