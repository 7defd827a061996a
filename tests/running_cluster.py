"""Several running Hubbubs in the process of the tests, over one PostgreSQL and a simulated bus."""

import gevent

from hubbub.core import node
from tests import postgres
from tests.running_app import RunningApp
from tests.simulated_bus import Network, Port


class RunningCluster:
    """Nodes that serve on ports of their own, until the end of a `with` statement.

    Messages between them arrive at once, unless `is_bus_away`.  Without PostgreSQL, the test is skipped.
    """

    def __init__(self, data, nodes=2, **settings):
        self.data, self.nodes, self.settings = data, nodes, settings
        self.network, self.apps, self.is_bus_away = Network(), [], False

    def start_node(self):
        """Start one more node."""
        port = Port(self.network, None)
        app = RunningApp(self.data, self.url, bus=port, **self.settings)
        node.make_default(None)
        port.node = app.flask.node
        self.network.nodes.append(port.node)
        self.apps.append(app)
        return app

    def stop_node(self, app):
        """Stop a node."""
        self.apps.remove(app)
        self.network.detach(app.flask.node)
        app.close()

    def _deliver(self):
        while True:
            gevent.sleep(0.001)
            self.network.deliver([] if self.is_bus_away else None)

    def __enter__(self):
        self._lent = postgres.lent()
        self.url = self._lent.__enter__()
        for _ in range(self.nodes):
            self.start_node()
        self._delivery = gevent.spawn(self._deliver)
        return self

    def __exit__(self, *problem):
        self._delivery.kill()
        for app in list(self.apps):
            self.stop_node(app)
        node.make_default(node.Node())
        self._lent.__exit__(*problem)
