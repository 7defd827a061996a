"""Valkey is killed under two real nodes: people notice little, and nothing is lost, doubled or out of order."""


from tests import bus_servers, postgres
from tests.faults import two_nodes

MOST = 1.0  # seconds on a busy machine; bin/faults measures what is promised


def test_posts_go_on_and_reach_the_other_node_while_the_bus_is_away(tmp_path):
    server = bus_servers.Valkey()
    server.start()
    try:
        figures = two_nodes.killed(tmp_path, postgres.database(), server, 1.5)
    finally:
        server.stop()

    assert figures["revoked"] < 1 + MOST
    assert figures["revoked without"] < 2 + MOST
    assert figures["during"] < MOST
    assert figures["back"] < 2 + MOST
