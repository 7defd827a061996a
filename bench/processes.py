"""Claims about several processes, measured with a real Valkey: `bin/bench processes`; two minutes.

First Fanout beside python-socketio's RedisManager: the CPU time of an emit in the process that emits, in one that
serves the room and in one that does not; and what an outage of 1.5 s loses.  Then Fanout in a cluster that grows: other
nodes are simulated by their traffic on the bus, and a real node's CPU time is measured.
"""

import itertools
import json
import subprocess
import sys
import threading
import time
import urllib.request
from statistics import median
from typing import Any

from bench import server

sys.path.insert(0, str(server.ROOT / "flask_fanout" / "tests"))
import bus_servers
import transport_clients
import valkey
from flask_fanout.bus.numbering import Sender
from flask_fanout.message import encode_event

from flask_fanout import cluster, presence

KINDS = {"fanout": "Fanout", "redis": "RedisManager", "postgresql": "Fanout on PostgreSQL"}
RUNS, EMITS = 3, 10_000
OUTAGE, HZ, SECONDS = 1.5, 100, 7.0
NODES, NODE_HZ, PERIOD = (0, 10, 100), 20, 8.0  # simulated nodes, the events per second of each, seconds measured
SERVED, SERVED_HZ = 20, 50  # rooms that the real node serves, and events per second to them


class App(transport_clients.ServerProcess):
    """One process of the application."""

    def __init__(self, kind: str, url: str) -> None:
        manager = "redis" if kind == "redis" else "fanout"
        super().__init__(str(server.ROOT / "bench" / "processes_app.py"), manager, url)

    def get(self, path: str) -> Any:
        """Return what a route answers."""
        with urllib.request.urlopen(self.url + path, timeout=60) as response:
            return json.load(response)

    def client(self, *rooms: str) -> transport_clients.SocketIOClient:
        """Connect a client that joins rooms."""
        client = transport_clients.SocketIOClient(self, "websocket")
        client.call("join", *rooms)
        return client


def cost(kind: str, url: str) -> list[float]:
    """Return the CPU microseconds of an emit in the emitting, a serving and a foreign process."""
    apps = [App(kind, url) for _ in range(3)]
    clients = [app.client(room) for app, room in zip(apps, ("other", "measured", "other"), strict=True)]
    try:
        apps[0].get("/emit?room=measured&count=200")
        clients[1].wait_for("message", 200)
        time.sleep(0.5)
        before = [server.cpu(app.process.pid) for app in apps]
        apps[0].get(f"/emit?room=measured&count={EMITS}")
        transport_clients.until(lambda: len(clients[1].received["message"]) >= EMITS + 200, 60)
        return [(server.cpu(app.process.pid) - start) / EMITS * 1e6 for app, start in zip(apps, before, strict=True)]
    finally:
        stop(apps, clients)


def outage(kind: str, valkey_server: Any) -> str:
    """Kill Valkey for a while during numbered events; describe what a client in another process got."""
    apps = [App(kind, valkey_server.url) for _ in range(2)]
    clients = [apps[0].client("other"), apps[1].client("measured")]
    times: list[float] = []
    clients[1].client.on("tick", lambda number: times.append(time.time()))
    try:
        apps[0].get("/emit?room=measured&count=10")
        clients[1].wait_for("message", 10)
        emitted = transport_clients.Background(lambda: apps[0].get(f"/tick?room=measured&hz={HZ}&seconds={SECONDS}"))
        time.sleep(1)
        valkey_server.kill()
        time.sleep(OUTAGE)
        valkey_server.start()
        count = emitted.result()
        time.sleep(0.5)
        silence = max(later - earlier for earlier, later in itertools.pairwise(times))
        gaps = apps[1].get("/gaps")
        return f"lost {count - len(times)} of {count}, silent for {silence:.1f} s, {len(gaps)} gaps reported"
    finally:
        stop(apps, clients)


def stop(apps: list[App], clients: list[Any]) -> None:
    """Stop everything that a measurement started."""
    for client in clients:
        client.client.disconnect()
    for app in apps:
        app.stop()


def simulate(url: str, nodes: int, stopping: threading.Event) -> None:
    """Publish the traffic of other nodes, each with rooms of its own, and some events to the rooms of the real node."""
    channel, client, senders = "flask-socketio", valkey.Valkey.from_url(url), [Sender() for _ in range(nodes + 1)]
    message = encode_event(None, "/", "message", "x" * 120)
    started, counts = time.monotonic(), [0] * (nodes + 1)
    while not stopping.is_set():
        elapsed, pipeline = time.monotonic() - started, client.pipeline(transaction=False)
        for node, sender in enumerate(senders):
            hz = NODE_HZ if node else SERVED_HZ
            while counts[node] < elapsed * hz:
                counts[node] += 1
                room = f"room {counts[node] % SERVED} of {node}"
                for topic, data in cluster.emit_requests(channel, "/", room, None, message):
                    pipeline.publish(topic, sender.header(topic) + data)
                if node and counts[node] % NODE_HZ == 0:
                    topic = f"{channel} heartbeat"
                    alive = presence.Alive(f"{node:012x}")
                    pipeline.publish(topic, sender.header(topic) + cluster.encode(alive))
        pipeline.execute()
        time.sleep(0.02)


def growth(url: str, nodes: int) -> tuple[float, float]:
    """Return the percentage of a core that a real node uses beside simulated ones, and the messages a second."""
    app = App("fanout", url)
    client = app.client(*(f"room {number} of 0" for number in range(SERVED)))
    command = [sys.executable, "-m", "bench.processes", "simulate", url, str(nodes)]
    simulator = subprocess.Popen(command, cwd=server.ROOT)
    try:
        client.wait_for("message", 50)
        before, commands, started = server.cpu(app.process.pid), commands_of(url), time.monotonic()
        time.sleep(PERIOD)
        seconds = time.monotonic() - started
        return (server.cpu(app.process.pid) - before) / seconds * 100, (commands_of(url) - commands) / seconds
    finally:
        simulator.terminate()
        simulator.wait()
        stop([app], [client])


def commands_of(url: str) -> int:
    """Return how many commands Valkey has processed."""
    with valkey.Valkey.from_url(url) as client:
        return int(client.info("stats")["total_commands_processed"])


def measure() -> None:
    """Measure everything, the two managers in turn."""
    valkey_server, postgresql_server = bus_servers.Valkey(), bus_servers.Postgresql()
    valkey_server.start()
    postgresql_server.start()
    try:
        costs: dict[str, list[list[float]]] = {kind: [] for kind in KINDS}
        for _ in range(RUNS):
            for kind in KINDS:
                bus_server = postgresql_server if kind == "postgresql" else valkey_server
                costs[kind].append(cost(kind, bus_server.url))
        for kind, title in KINDS.items():
            emitting, serving, foreign = (median(each) for each in zip(*costs[kind], strict=True))
            figures = f"{emitting:.0f} / {serving:.0f} / {foreign:.1f} µs"
            server.row(f"{title}: CPU of an emit where it is emitted / served / foreign", "—", figures)
        for kind in ("fanout", "redis"):
            server.row(f"{KINDS[kind]}: Valkey killed for {OUTAGE} s", "—", outage(kind, valkey_server))
        for nodes in NODES:
            shares, rates = zip(*(growth(valkey_server.url, nodes) for _ in range(RUNS)), strict=True)
            figures = f"{server.spread([*shares], '.1f')} % with {median(rates):.0f} messages a second on the bus"
            server.row(f"a node's CPU beside {nodes} other nodes", "the same", figures)
    finally:
        valkey_server.stop()
        postgresql_server.stop()


if __name__ == "__main__":
    if sys.argv[1:2] == ["simulate"]:
        simulate(sys.argv[2], int(sys.argv[3]), threading.Event())
    else:
        measure()
