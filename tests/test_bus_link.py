"""Two nodes over one PostgreSQL and a real bus: Valkey, or PostgreSQL's own NOTIFY; and what they do without it."""

import pytest

from hubbub.core import cluster, node
from tests import bus_servers, postgres
from tests.running_app import HERE, LOBBY, RunningApp, post
from tests.waiting import until

WAITED = 5.0  # seconds, on a busy machine, for what takes milliseconds


@pytest.fixture(scope="module")
def bus_server():
    server = bus_servers.Valkey()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["valkey", "notify"])
def apps(request, tmp_path):
    """Two nodes that have heard of each other; the first belongs to olga."""
    url = request.getfixturevalue("bus_server").url if request.param == "valkey" else ""
    with postgres.lent() as database:
        apps = [RunningApp(tmp_path, database, bus_url=url) for _ in range(2)]
        node.make_default(None)
        until(lambda: all(app.flask.node.run(cluster.size) == 2 for app in apps))
        apps[0].set_up_owner()
        yield apps
        for app in apps:
            app.close()
        node.make_default(node.Node())


@pytest.fixture
def bob(apps):
    """A member with a connection to the other node; `bob.room` is a private room of olga and bob that they read."""
    a, b = apps
    bob = b.connect(*a.create_account("bob"))
    room = a.owner.call("create_room", name="vault", kind="private", people=[bob.person], key="vault")["ok"]["channel"]
    for user in (a.owner, bob):
        user.call("subscribe", channel=room)
        user.call("subscribe", channel=LOBBY)
    bob.room = room
    return bob


def texts(user, channel):
    return [data["data"]["text"] for data in user.received("message") if data["channel"] == channel]


def test_messages_reach_a_reader_at_the_other_node_within_milliseconds_and_in_order(apps, bob):
    olga = apps[0].owner

    for n in range(20):
        post(olga, f"text {n}")

    until(lambda: texts(bob, LOBBY) == [f"text {n}" for n in range(20)], WAITED)


def test_both_nodes_may_write_in_one_room_at_the_same_time(apps, bob):
    olga = apps[0].owner
    answers = [user.send("post", {"channel": LOBBY, "text": f"{user.person} {n}", "key": f"{user.person}-{n}"})
               for n in range(30) for user in (olga, bob)]
    assert all("ok" in answer() for answer in answers)

    until(lambda: len(texts(olga, LOBBY)) == len(texts(bob, LOBBY)) == 60, WAITED)
    assert texts(olga, LOBBY) == texts(bob, LOBBY)


def test_signals_reach_readers_at_the_other_node(apps, bob):
    def typing():
        """A signal from before the subscription took effect is lost, as it may be."""
        apps[0].owner.call("typing", channel=LOBBY)
        return bob.received("typing")

    until(typing, WAITED)


def test_a_member_removed_at_one_node_hears_nothing_more_at_the_other(apps, bob):
    olga = apps[0].owner

    olga.call("kick", channel=bob.room, person=bob.person, key="kick")
    for n in range(10):
        post(olga, f"secret {n}", bob.room)
    post(olga, "public")

    until(lambda: texts(bob, LOBBY) == ["public"], WAITED)
    assert texts(bob, bob.room) == []


def test_a_sign_out_at_one_node_closes_the_connection_to_the_other(apps, bob):
    assert apps[0].request("/api/sign-out", bob.token).status_code == 204

    until(lambda: not bob.client.connected, WAITED)


def test_a_ban_at_one_node_closes_the_connections_to_the_other(apps, bob):
    assert apps[0].request(f"/api/people/{bob.person}/ban", apps[0].owner.token).status_code == 200

    until(lambda: not bob.client.connected, WAITED)


def test_a_node_tells_where_it_runs_how_many_nodes_there_are(apps):
    answer = apps[0].flask.test_client().get("/healthz", environ_overrides=HERE).json

    assert (answer["nodes"], "bus_away" in answer) == (2, False)
