"""A bus between nodes in one process that loses, repeats, delays and reorders messages, and can be partitioned."""

import msgspec

from hubbub.core import bus


class Network:
    """Every node's way to the others; messages lie in `mail` until the test delivers them."""

    def __init__(self):
        self.nodes = []
        self.mail = []  # (receiver, encoded message)
        self.cut_off = set()

    def attach(self, node):
        """Let a node take part."""
        node.bus = Port(self, node)
        self.nodes.append(node)

    def detach(self, node):
        """Take a node out, as when its process dies."""
        self.nodes.remove(node)
        self.mail = [(to, message) for to, message in self.mail if to is not node]

    def deliver(self, order=None):
        """Deliver what was sent so far, in this order of positions: left out is lost, twice is repeated."""
        mail, self.mail = self.mail, []
        for position in range(len(mail)) if order is None else order:
            if mail:
                to, message = mail[position % len(mail)]
                to.run(bus.receive, bus.decode(message))


class Port:
    """One node's end of the bus."""

    def __init__(self, network, node):
        self.network, self.node = network, node

    def send(self, message):
        encoded = msgspec.json.encode(message)
        for other in self.network.nodes:
            if other is not self.node and not self.network.cut_off & {self.node, other}:
                self.network.mail.append((other, encoded))
