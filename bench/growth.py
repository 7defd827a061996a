"""Claim: a node's cost depends on what it serves, not on the number of other nodes: `bin/bench growth`; two minutes.

A real node on PostgreSQL and Valkey serves nobody.  Other nodes are simulated by what they send on the bus: heartbeats
to every node, and entries of channels that the real node does not serve.
"""

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import valkey

from bench import server

sys.path.insert(0, str(server.ROOT / "flask_fanout" / "tests"))
import bus_servers
from flask_fanout.bus.numbering import Sender

from hubbub.core import bus, cluster, db, rights

NODES, ENTRIES = (0, 10, 100), 20  # simulated nodes, and the entries a second of each
RUNS, SETTLE, PERIOD = 3, 3.0, 8.0  # seconds


def simulate(url: str, prefix: str, nodes: int) -> None:
    """Publish what other nodes send, until this process is ended."""
    client, senders, ticks = valkey.Valkey.from_url(url), [Sender() for _ in range(nodes)], 0
    started = time.monotonic()
    while True:
        pipeline = client.pipeline(transaction=False)
        for number, sender in enumerate(senders):
            messages: list[tuple[str, bus.Message]] = [
                (f"room:{10_000 + number}", bus.Published(f"room:{10_000 + number}", ticks + 1))
            ]
            if ticks % ENTRIES == number % ENTRIES:
                messages += [(bus.EVERY_NODE, cluster.Heartbeat(f"{number:016x}", {})),
                             (bus.EVERY_NODE, rights.Changed(-1))]  # nothing new
            for topic, message in messages:
                name = prefix + topic
                pipeline.publish(name, sender.header(name) + msgspec.json.encode([message]))
        pipeline.execute()
        ticks += 1
        time.sleep(max(0.0, started + ticks / ENTRIES - time.monotonic()))


def share(data: Path, valkey_url: str, prefix: str, nodes: int) -> float:
    """Return the percentage of a core that a node uses beside simulated ones."""
    with server.running(data) as instance:
        instance.wait_for("/healthz")
        command = [sys.executable, "-m", "bench.growth", "simulate", valkey_url, prefix, str(nodes)]
        simulator = subprocess.Popen(command, cwd=server.ROOT)
        try:
            time.sleep(SETTLE)
            before, started = server.cpu(instance.pid), time.monotonic()
            time.sleep(PERIOD)
            return (server.cpu(instance.pid) - before) / (time.monotonic() - started) * 100
        finally:
            simulator.terminate()
            simulator.wait()


def measure() -> None:
    """Start the servers and measure each number of nodes, in turn."""
    postgresql_server, valkey_server = bus_servers.Postgresql(), bus_servers.Valkey()
    postgresql_server.start()
    valkey_server.start()
    environment = {"HUBBUB_DATABASE_URL": postgresql_server.url, "HUBBUB_BUS_URL": valkey_server.url}
    server.environment, stock = lambda: stock() | environment, server.environment
    try:
        with server.folder() as data:
            with server.running(data) as instance:
                instance.wait_for("/healthz")
            db.open(data, postgresql_server.url)
            prefix = f"{rights.installation()}/"
            shares: dict[int, list[float]] = {nodes: [] for nodes in NODES}
            for _ in range(RUNS):
                for nodes in NODES:
                    shares[nodes].append(share(data, valkey_server.url, prefix, nodes))
        for nodes in NODES:
            claim = f"CPU of a node that serves nobody, beside {nodes} nodes with {nodes * ENTRIES} entries a second"
            server.row(claim, "the same", f"{server.spread(shares[nodes], '.1f')} %")
    finally:
        db.close()
        valkey_server.stop()
        postgresql_server.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["simulate"]:
        simulate(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        measure()
