"""Presence and attention in a cluster: every node knows who is there, after faults of the bus and of nodes, too."""

from collections import Counter
from types import SimpleNamespace

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import cluster, hub, node
from hubbub.notifications import attention
from hubbub.people import model, presence
from tests.club import Listener
from tests.simulated_bus import Network
from tests.simulated_clock import Clock

ANN, BOB = 7, 8
STEP = 0.25  # seconds between two deliveries of the bus
FEW = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


class SmallCluster:
    """Nodes without a database on one clock and one bus, and the connections that are open."""

    def __init__(self, nodes=3):
        self.clock, self.network, self.open = Clock(), Network(), []
        self.clock.now = self.clock.monotonic
        for _ in range(nodes):
            self.start_node()

    def start_node(self):
        member = node.Node(clock=self.clock)
        self.network.attach(member)
        with member.active():
            hub.attach(Listener.encode)
            member.reader = Listener()
            hub.tail(model.EVERYBODY, (0, "")).go_live(member.reader)
            cluster.start()
        return member

    def crash(self, member):
        """End a node at once; its connections are cut."""
        self.network.detach(member)
        member.close()
        self.open = [each for each in self.open if each.node is not member]

    def connect(self, member, person, visible=False):
        connection = SimpleNamespace(person=person, sid=object(), node=member)
        member.run(presence.connected, connection)
        if visible:
            member.run(attention.set_visible, connection, True)
        self.open.append(connection)
        return connection

    def disconnect(self, connection):
        self.open.remove(connection)
        connection.node.run(presence.disconnected, connection)
        connection.node.run(attention.disconnected, connection)

    def wait(self, seconds):
        """Let time pass while the bus delivers everything."""
        for _ in range(round(seconds / STEP)):
            self.clock.go_on(STEP)
            self.network.deliver()
            gevent.sleep(0)

    def online(self):
        """Return who is online, as each node says."""
        return [member.run(presence.online) for member in self.network.nodes]

    def attention(self, person):
        return [member.run(attention.has_attention, person) for member in self.network.nodes]

    def close(self):
        for member in self.network.nodes:
            member.close()


@pytest.fixture
def three():
    node.make_default(None)
    three = SmallCluster()
    yield three
    three.close()
    node.make_default(node.Node())


def announced(member):
    """Return what a reader at a node was told, and forget it."""
    signals = [payload["data"] for event, payload in member.reader.received if event == "presence"]
    member.reader.received.clear()
    return signals


def test_a_person_is_online_at_every_node_while_connected_to_one(three):
    a, _, c = three.network.nodes
    ann = three.connect(a, ANN)
    three.wait(1)
    before = three.online(), announced(c)

    three.disconnect(ann)
    three.wait(15)

    assert before == ([[ANN]] * 3, [{"online": [ANN], "offline": []}])
    assert (three.online(), announced(c)) == ([[]] * 3, [{"online": [], "offline": [ANN]}])


def test_a_reload_at_another_node_is_not_announced(three):
    a, b, c = three.network.nodes
    ann = three.connect(a, ANN)
    three.wait(1)
    announced(c)

    three.disconnect(ann)
    three.wait(5)
    three.connect(b, ANN)
    three.wait(20)

    assert (three.online(), announced(c)) == ([[ANN]] * 3, [])


def test_two_short_absences_are_not_one_long_absence(three):
    a = three.network.nodes[0]
    for _ in range(2):
        ann = three.connect(a, ANN)
        three.wait(1)
        three.disconnect(ann)
        three.wait(presence.ABSENCE - 2)

    assert three.online() == [[ANN]] * 3
    three.wait(5)
    assert three.online() == [[]] * 3


def test_a_person_with_another_connected_device_stays_online(three):
    a, b, _ = three.network.nodes
    devices = [three.connect(a, ANN), three.connect(a, ANN), three.connect(b, ANN)]
    three.wait(1)

    for device in devices[1:]:
        three.disconnect(device)
    three.wait(20)

    assert three.online() == [[ANN]] * 3


def test_many_people_who_come_or_go_at_once_are_announced_together(three):
    a, _, c = three.network.nodes
    crowd = [three.connect(a, person) for person in range(1, 501)]
    three.wait(1)
    for connection in crowd[:400]:
        three.disconnect(connection)
    three.wait(15)

    assert announced(c) == [{"online": list(range(1, 501)), "offline": []},
                            {"online": [], "offline": list(range(1, 401))}]


def test_the_people_of_a_crashed_node_go_offline_unless_they_reconnect(three):
    a, b, c = three.network.nodes
    for person in (ANN, BOB):
        three.connect(a, person, visible=True)
    three.wait(1)

    three.crash(a)
    three.wait(3)
    three.connect(b, BOB)
    announced(c)
    three.wait(12)

    assert (three.online(), announced(c)) == ([[BOB]] * 2, [{"online": [], "offline": [ANN]}])
    assert three.attention(ANN) == [False] * 2


def test_a_node_that_starts_learns_who_is_online(three):
    three.connect(three.network.nodes[0], ANN, visible=True)
    three.wait(30)

    three.start_node()
    three.wait(2)

    assert (three.online(), three.attention(ANN)) == ([[ANN]] * 4, [True] * 4)


def test_after_a_partition_every_node_knows_everybody_again(three):
    a, b, _ = three.network.nodes
    ann = three.connect(a, ANN)
    three.wait(1)
    three.network.cut_off(a)
    three.connect(b, BOB)
    three.wait(15)
    during = three.online()
    three.disconnect(ann)
    three.connect(a, 9)

    three.network.heal()
    three.wait(15)

    assert during == [[ANN], [BOB], [BOB]]
    assert three.online() == [[BOB, 9]] * 3


def test_a_lost_change_is_repaired_with_the_next_heartbeat(three):
    three.connect(three.network.nodes[0], ANN)
    three.clock.go_on(cluster.DELAY)
    three.network.deliver([])

    three.wait(2 * cluster.HEARTBEAT)

    assert three.online() == [[ANN]] * 3


def test_attention_at_one_node_is_known_at_all_until_the_last_page_is_hidden(three):
    a, b, _ = three.network.nodes
    phone, laptop = three.connect(a, ANN, visible=True), three.connect(b, ANN, visible=True)
    three.wait(1)
    b.run(attention.set_visible, laptop, False)
    three.wait(1)
    with_phone = three.attention(ANN)

    three.disconnect(phone)
    three.wait(1)

    assert (with_phone, three.attention(ANN)) == ([True] * 3, [False] * 3)


def test_a_quiet_cluster_sends_only_heartbeats(three):
    three.connect(three.network.nodes[0], ANN)
    three.wait(5)
    sent, deliver = Counter(), Network.deliver

    def count(network):
        for member in network.nodes:
            sent.update(type(message) for message in network.messages_to(member))
        deliver(network)

    three.network.deliver = lambda: count(three.network)
    three.wait(10)

    assert list(sent) == [cluster.Heartbeat]
    assert sent.total() <= 3 * 2 * 11


STEPS = st.lists(st.one_of(
    st.tuples(st.just("connect"), st.integers(0, 9)),
    st.tuples(st.just("disconnect"), st.integers(0, 9)),
    st.tuples(st.just("crash"), st.integers(0, 9)),
    st.tuples(st.just("start"), st.just(0)),
    st.tuples(st.just("cut off"), st.integers(0, 9)),
    st.tuples(st.just("heal"), st.just(0)),
    st.tuples(st.just("deliver"), st.lists(st.integers(0, 20), max_size=12)),
    st.tuples(st.just("pass time"), st.sampled_from([0.1, 0.5, 1.0, 5.0, 12.0])),
), max_size=30)


def play(steps):
    """Play a random story, end its faults, wait 15 s, and return what a node says wrongly then, or ''."""
    story = SmallCluster()
    try:
        for action, value in steps:
            act(story, action, value)
        story.network.heal()
        story.wait(15)
        expected = sorted({connection.person for connection in story.open})
        return "" if story.online() == [expected] * len(story.network.nodes) else f"{story.online()}, not {expected}"
    finally:
        story.close()


def act(story, action, value):
    nodes = story.network.nodes
    if action == "connect":
        story.connect(nodes[value % len(nodes)], value % 4)
    elif action == "disconnect" and story.open:
        story.disconnect(story.open[value % len(story.open)])
    elif action == "crash" and len(nodes) > 1:
        story.crash(nodes[value % len(nodes)])
    elif action == "start" and len(nodes) < 5:
        story.start_node()
    elif action == "cut off":
        story.network.cut_off(nodes[value % len(nodes)])
    elif action == "heal":
        story.network.heal()
    elif action == "deliver":
        story.network.deliver(value)
    elif action == "pass time":
        story.clock.go_on(value)
    gevent.sleep(0)


def test_after_15_quiet_seconds_presence_is_the_open_connections_at_every_node(three):
    @FEW
    @given(steps=STEPS)
    def story(steps):
        assert play(steps) == ""

    story()


def never_drop_a_silent_node(monkeypatch):
    monkeypatch.setattr(cluster, "SILENT", float("inf"))


def never_repair_a_lost_change(monkeypatch):
    monkeypatch.setattr(cluster, "MapRequested", lambda *arguments: cluster.Heartbeat("nobody", {}))


def trust_a_change_after_a_gap(monkeypatch):
    receive = cluster._receive_change

    def always(message):
        cluster._part(message.node, message.map).number = message.number - 1
        receive(message)

    monkeypatch.setitem(cluster.bus._receivers, cluster.MapChanged, [always])


CRASH = [("connect", 0), ("pass time", 1.0), ("deliver", [0, 1, 2, 3, 4, 5, 6, 7]), ("crash", 0)]
LOSS = [("connect", 0), ("pass time", 0.5), ("deliver", [])]
GAP = [("connect", 0), ("pass time", 0.5), ("deliver", []), ("connect", 3), ("pass time", 0.5)]


@pytest.mark.parametrize("mistake, steps", [(never_drop_a_silent_node, CRASH), (never_repair_a_lost_change, LOSS),
                                            (trust_a_change_after_a_gap, GAP)])
def test_the_story_detects_deliberate_mistakes(three, monkeypatch, mistake, steps):
    right = play(steps)
    mistake(monkeypatch)

    assert right == ""
    assert play(steps) != ""
