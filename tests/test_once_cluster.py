"""What must happen once in a cluster: jobs, consumers and pushes, also when the node that did them is killed."""

import pytest

from hubbub.core import consumers, db, node
from hubbub.core.consumers import Job
from hubbub.notifications import attention, push
from tests.push_service import remove_delays, subscribe
from tests.running_app import post
from tests.running_cluster import RunningCluster
from tests.test_consumers import CHESS, Reader, append, network  # noqa: F401  (the last is a fixture)
from tests.waiting import until

TEN_MINUTES = 600.0


def kill(nodes, member):
    """End a node as `kill -9` does: its lease stays."""
    nodes.detach(member)
    running = member.run(consumers.state)
    for one in (*running.runners.values(), *running.timers.values()):
        one.greenlet.kill()


def pass_time(nodes, seconds):
    """Let time pass in steps, and each node do in each what is due."""
    for _ in range(round(seconds / consumers.POLL)):
        nodes.clock.go_on(consumers.POLL)
        until(lambda: len(nodes.clock._sleepers) >= len(nodes.nodes))


def close(member):
    with member.active():
        db.close()


def test_each_job_runs_at_one_node_at_a_time_and_at_another_after_a_kill(network):  # noqa: F811
    a, b = network.nodes
    runs = []
    for member in (a, b):
        member.run(consumers.start, [Job("tidy", TEN_MINUTES, lambda: runs.append(node.current()))])
    until(lambda: runs)
    pass_time(network, 3 * TEN_MINUTES)
    together, killed = len(runs), runs[-1]

    kill(network, killed)
    pass_time(network, 2 * TEN_MINUTES)

    assert 3 <= together <= 4
    assert len(runs) > together and set(runs[together:]) == {b if killed is a else a}
    close(killed)


def test_another_node_handles_what_a_killed_one_left(network):  # noqa: F811
    a, b = network.nodes
    first, second = a.run(Reader().start), b.run(Reader().start)
    a.run(append, CHESS, "c0")
    until(lambda: first.handled or second.handled)
    killed, survivor, left = (a, b, second) if first.handled else (b, a, first)

    kill(network, killed)
    survivor.run(append, CHESS, "c1")

    until(lambda: network.clock.go_on(1.0) or left.handled == [(CHESS, "c1")])
    close(killed)


@pytest.fixture
def cluster(tmp_path, monkeypatch):
    """Two nodes that may push to this machine, without delays."""
    remove_delays(monkeypatch)
    monkeypatch.setattr(consumers, "LEASE", 0.5)
    with RunningCluster(tmp_path, push_private=True) as cluster:
        yield cluster


def test_a_notification_is_pushed_once_by_two_nodes_and_by_the_other_after_a_stop(cluster, service):
    a, b = cluster.apps
    ann, bob = a.connect_member("ann"), b.connect(*a.create_account("bob"))
    subscribe(bob, service)

    for n in range(6):
        if n == 4:
            cluster.stop_node(b)
        post(ann, f"@bob, tea {n}?")
        until(lambda n=n: len(service.pushed) > n)  # those of one room that wait are pushed as one

    assert service.texts() == [f"@bob, tea {n}?" for n in range(6)]


def test_nothing_is_pushed_by_one_node_while_a_page_is_visible_at_the_other(cluster, service):
    a, b = cluster.apps
    ann, bob = a.connect_member("ann"), b.connect(*a.create_account("bob"))
    subscribe(bob, service)
    bob.call("page_visible", on=True)
    until(lambda: all(app.flask.node.run(attention.has_attention, bob.person) for app in cluster.apps))

    seq = post(ann, "@bob, tea?")
    until(lambda: any(app.flask.node.run(pushes_that_wait) for app in cluster.apps))
    bob.call("read", channel="room:1", seq=seq)
    bob.call("page_visible", on=False)
    until(lambda: not any(app.flask.node.run(attention.has_attention, bob.person) for app in cluster.apps))
    post(ann, "@bob, cake?")

    until(lambda: service.pushed)
    assert service.texts() == ["@bob, cake?"]


def pushes_that_wait():
    """Return the subscriptions that this node looks at again later."""
    return consumers.state().runners[push.NAME].paused
