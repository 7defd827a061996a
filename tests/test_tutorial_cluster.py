"""The tutorial's contract in a cluster: its messages reach the clients of all nodes, in order and once."""

import pytest

from hubbub.core import db, follow
from tests.running_app import HERE, PASSWORD
from tests.test_tutorial import WELCOME, TutorialClient
from tests.waiting import until


@pytest.fixture
def clients(cluster):
    """A client of the tutorial at each node."""
    clients = [TutorialClient(app.url, ["websocket"]) for app in cluster.apps]
    yield clients
    for client in clients:
        client.client.eio.disconnect(abort=True)


def test_a_message_reaches_the_clients_of_all_nodes_in_order_and_once(clients):
    ann, bob = clients

    for n in range(10):
        ann.call("message", f"from ann {n}")
        bob.call("message", f"from bob {n}")

    texts = [f"from {name} {n}" for n in range(10) for name in ("ann", "bob")]
    until(lambda: ann.received == bob.received == [WELCOME, *texts])


def test_messages_that_the_bus_lost_reach_them_with_the_next_one(cluster, clients):
    ann, bob = clients
    cluster.is_bus_away = True
    for n in range(3):
        ann.call("message", f"lost {n}")
    before = list(bob.received)

    bob.call("message", "hello")

    texts = ["lost 0", "lost 1", "lost 2", "hello"]
    until(lambda: bob.received == [WELCOME, *texts])
    assert before == [WELCOME]


def test_messages_that_the_bus_lost_reach_them_with_the_next_heartbeat(cluster, clients):
    ann, bob = clients
    cluster.is_bus_away = True

    ann.call("message", "lost")
    cluster.apps[1].flask.node.run(follow.heartbeat)

    until(lambda: bob.received == [WELCOME, "lost"])


def test_a_message_of_the_lobbys_page_reaches_the_tutorial_at_another_node(cluster, clients):
    a, b = cluster.apps
    carol = a.connect_guest("carol")

    carol.call("post", channel="room:1", text="from the page", key="1")

    until(lambda: all(client.received == [WELCOME, "from the page"] for client in clients))


def test_a_listener_is_cut_at_all_nodes_when_the_server_is_claimed(cluster, clients):
    cluster.apps[0].request("/api/join", name="olga", handle="olga", password=PASSWORD)

    until(lambda: not any(client.client.connected for client in clients))
    answer = cluster.apps[1].http.get("/api/people", environ_overrides=HERE)
    assert answer.status_code == 401
    assert cluster.apps[1].flask.node.run(db.execute, "select count(*) from person where role = 'owner'") == [(1,)]


def test_the_number_of_open_connections_is_that_of_all_nodes(clients):
    ann, bob = clients

    def online():
        ann.answers.clear()
        ann.client.emit("custom_event", "how many?")
        until(lambda: ann.answers)
        return ann.answers[0]["online"]

    until(lambda: online() == 2)
    bob.client.disconnect()
    until(lambda: online() == 1)
