"""A bus between nodes in one process that loses, repeats, delays and reorders messages, and can be partitioned.

Like a real one, it reports what it lost: with the sender's next message in the topic, when a partition ends, and when
a subscription takes effect.
"""

import contextlib

from hubbub.config import Config
from hubbub.core import bus, db, hub, node, rights
from tests import postgres
from tests.club import Listener
from tests.simulated_clock import Clock


@contextlib.contextmanager
def open_nodes(data, url, count=3):
    """Open nodes over one database; the process has no default node, so that nothing leaks between them."""
    network = Network()
    node.make_default(None)
    for _ in range(count):
        network.attach(member := node.Node(Config(data=data)))
        with member.active():
            db.open(data, url)
            hub.attach(Listener.encode)
            rights.start()
    yield network
    for member in network.nodes:
        with member.active():
            db.close()
    node.make_default(node.Node())


@contextlib.contextmanager
def open_nodes_of_one_clock(data, count):
    """Open nodes over one PostgreSQL and one simulated clock, the network's `clock`."""
    with postgres.lent() as url:
        network, clock = Network(), Clock()
        network.clock, clock.now = clock, clock.monotonic
        node.make_default(None)
        for _ in range(count):
            member = node.Node(Config(data=data), clock=clock)
            with member.active():
                db.open(data, url)
                hub.attach(Listener.encode)
            network.attach(member)
        yield network
        for member in network.nodes:
            with member.active():
                db.close()
        node.make_default(node.Node())


class Network:
    """Every node's way to the others; messages lie in `mail` until the test delivers them."""

    def __init__(self):
        self.nodes = []
        self.mail = []  # (receiver, sender, topic, number, data)

    def attach(self, node):
        """Let a node take part."""
        node.bus = Port(self, node)
        self.nodes.append(node)

    def detach(self, node):
        """Take a node out, as when its process dies."""
        self.nodes.remove(node)
        self.mail = [letter for letter in self.mail if letter[0] is not node]

    def cut_off(self, node):
        """Have a node send and receive nothing from now on; what is under way to it is lost."""
        node.bus.is_up = False
        self.mail = [letter for letter in self.mail if letter[0] is not node]

    def heal(self):
        """End all partitions."""
        for cut_off in [member.bus for member in self.nodes if not member.bus.is_up]:
            cut_off.is_up = True
            for member in self.nodes:
                lost = cut_off.topics if member.bus is cut_off else cut_off.sent_in_vain & member.bus.topics
                for topic in lost:
                    member.run(bus.report_gap, topic)
            cut_off.sent_in_vain.clear()

    def deliver(self, order=None):
        """Deliver what was sent so far, in this order of positions: left out is lost, twice is repeated."""
        for member in self.nodes:
            member.run(bus.flush)
        mail, self.mail = self.mail, []
        for position in range(len(mail)) if order is None else order:
            if mail:
                to, *letter = mail[position % len(mail)]
                if to.bus.is_up:
                    to.bus.arrive(*letter)

    def messages_to(self, node):
        """Return the messages under way to a node."""
        for member in self.nodes:
            member.run(bus.flush)
        return [message for to, *_, data in self.mail if to is node for message in bus.decode(data)]


class Port:
    """One node's end of the bus."""

    def __init__(self, network, node):
        self.network, self.node = network, node
        self.is_up = True
        self.topics = {bus.EVERY_NODE}
        self.sent = {}  # the number of the last message by topic
        self.sent_in_vain = set()  # topics of messages that were sent during a partition
        self.arrived = {}  # the highest number by sender and topic

    def publish(self, topic, data):
        if not self.is_up:
            self.sent_in_vain.add(topic)
            return
        self.sent[topic] = self.sent.get(topic, 0) + 1
        self.network.mail += [(other, self.node, topic, self.sent[topic], data) for other in self.network.nodes
                              if other is not self.node and other.bus.is_up and topic in other.bus.topics]

    def subscribe(self, topic):
        self.topics.add(topic)
        for sender in self.network.nodes:
            self.arrived[sender, topic] = sender.bus.sent.get(topic, 0)
        if self.node is not None:  # while a node starts, it has nothing to catch up with
            self.node.run(bus.report_gap, topic)

    def unsubscribe(self, topic):
        self.topics.discard(topic)

    def arrive(self, sender, topic, number, data):
        if topic not in self.topics:
            return
        last = self.arrived.get((sender, topic), 0)
        self.arrived[sender, topic] = max(number, last)
        if number > last + 1:
            self.node.run(bus.report_gap, topic)
        self.node.run(bus.receive, topic, data)

    def close(self):
        self.is_up = False
