"""Limits in a cluster: a client that spreads a flood over the nodes gets little more than at one."""

import pytest

from hubbub import limits
from hubbub.core import node
from hubbub.core.access import Refused, Visitor
from hubbub.live import connection_limits
from tests.test_presence import SmallCluster

ANN, REMOTE = 7, "203.0.113.7"


@pytest.fixture
def three():
    node.make_default(None)
    three = SmallCluster()
    three.wait(2)
    yield three
    three.close()
    node.make_default(node.Node())


def flood(three, seconds, per_second, nodes=None, subject=ANN):
    """Send evenly to some nodes for a time; return how many were allowed."""
    allowed = 0
    for _ in range(seconds * 4):
        for member in nodes or three.network.nodes:
            for _ in range(per_second // 4):
                try:
                    member.run(limits.take, limits.POST, subject, REMOTE)
                    allowed += 1
                except Refused:
                    pass
        three.wait(0.25)
    return allowed


def test_a_flood_over_three_nodes_gets_what_one_node_allows(three):
    allowed = flood(three, seconds=30, per_second=100)

    burst, rate = limits.POST.burst, limits.POST.per_second
    assert allowed <= 3 * burst + 2 * 3 * rate + rate * 30


def test_a_flood_that_stays_below_the_limit_of_each_node_is_noticed_too(three):
    allowed = flood(three, seconds=30, per_second=limits.POST.per_second)

    assert allowed <= limits.POST.burst + limits.POST.per_second * (30 + 3) * 1.2


def test_who_uses_two_devices_as_people_do_is_refused_nowhere_and_told_to_nobody(three):
    a, b, _ = three.network.nodes
    sent = []
    three.network.deliver = lambda deliver=three.network.deliver: (
        sent.extend(message for member in three.network.nodes for message in three.network.messages_to(member)),
        deliver())

    allowed = flood(three, seconds=20, per_second=4, nodes=[a, b])

    assert allowed == 2 * 20 * 4
    assert not any(isinstance(message, limits.Taken) for message in sent)


def test_who_flooded_one_node_may_go_on_a_second_after_they_stop_at_any(three):
    a, b, _ = three.network.nodes
    flood(three, seconds=10, per_second=400, nodes=[a])

    three.wait(2)

    for _ in range(limits.POST.burst // 4):
        b.run(limits.take, limits.POST, ANN, REMOTE)


def test_a_node_without_others_counts_nothing_for_them(three):
    alone = SmallCluster(nodes=1)
    alone.wait(3)

    assert alone.network.nodes[0].run(limits.state).taken is None
    alone.close()


def open_sockets(member, count, person=ANN):
    """Open sockets of a person at a node until one is refused; return their environs."""
    opened = []
    for _ in range(count):
        environ = {}
        try:
            member.run(connection_limits.acquire, environ, Visitor(person, "", "admin"), REMOTE)
        except Refused:
            return opened
        opened.append(environ)
    return opened


def test_sockets_at_all_nodes_count_for_their_person(three):
    a, b, _ = three.network.nodes
    first = open_sockets(a, 15)
    three.wait(1)

    second = open_sockets(b, 15)
    for environ in first:
        a.run(connection_limits.release, environ)
    three.wait(1)

    assert (len(first), len(second)) == (15, 5)
    assert len(open_sockets(b, 30)) == 15


def test_sockets_of_a_killed_node_do_not_count_for_long(three):
    a, b, _ = three.network.nodes
    open_sockets(a, 20)
    three.wait(1)
    before = len(open_sockets(b, 1))

    three.crash(a)
    three.wait(15)

    assert (before, len(open_sockets(b, 20))) == (0, 20)
