"""Claims about the bus between two nodes, by Valkey and by PostgreSQL; three minutes.

How long a message takes from its acknowledgement at one node to a reader at the other, and what a second node costs the
first: one that serves the same room, and one that serves others only.
"""

import functools
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

from bench import server
from bench.load import PING, PONG, Poster, frame
from bench.posts import tokens

sys.path.insert(0, str(server.ROOT / "flask_fanout" / "tests"))
import bus_servers

RUNS, SECONDS, POSTERS, IN_FLIGHT = 3, 4, 16, 2
IDLE = 10.0  # seconds
MESSAGES, HZ = 300, 50  # of the measured latency
OTHER_HZ = 100  # posts per second in the other node's room


class Client(Poster):
    """A connection that can also subscribe and create a room."""

    def call(self, id: int, event: str, **payload: object) -> str:
        """Send an event; return its acknowledgement."""
        self.sock.sendall(frame(f'42/live,{id}["{event}",{json.dumps(payload)}]'.encode()))
        self.wait_for(f"43/live,{id}[".encode())
        answer = self.buffer.decode(errors="replace").partition(f"43/live,{id}[")[2]
        self.buffer = b""
        return answer


@contextmanager
def node(folder: Path, database: str, bus: str) -> Iterator[server.Server]:
    with server.running(folder, HUBBUB_DATABASE_URL=database, HUBBUB_BUS_URL=bus) as instance:
        instance.wait_for("/healthz")
        yield instance


def latencies(a: server.Server, b: server.Server, token: str) -> list[float]:
    """Return the milliseconds from each acknowledgement at A to the arrival at B."""
    author, reader = Client(a.port, "latency", token), Client(b.port, "reader", token)
    Client(a.port, "reader", token).call(1, "subscribe", channel=author.channel)
    reader.call(1, "subscribe", channel=author.channel)
    arrivals: dict[int, float] = {}

    def read() -> None:
        data, found = b"", 0
        while found < MESSAGES:
            data += reader.sock.recv(1 << 16)
            if data.endswith(b"\x81\x01" + PING):
                reader.sock.sendall(frame(PONG))
            now = time.perf_counter()
            while (key := f'"key":"latency-{found + 1}"'.encode()) in data:
                found += 1
                arrivals[found] = now
                data = data.partition(key)[2]

    reading = threading.Thread(target=read)
    reading.start()
    acknowledged = []
    for _ in range(MESSAGES):
        author.post(1)
        while not author.acknowledged():
            pass
        acknowledged.append(time.perf_counter())
        time.sleep(1 / HZ)
    reading.join(20)
    return [max(0.0, arrivals[n] - at) * 1e3 for n, at in enumerate(acknowledged, 1)]


def cost(a: server.Server) -> float:
    """Return the CPU microseconds of a post at A, with the posting clients in a process of their own."""
    arguments = map(str, (a.port, a.pid, POSTERS, IN_FLIGHT, SECONDS, 1))
    load = subprocess.run([sys.executable, "-m", "bench.load", *arguments], cwd=server.ROOT, check=True,
                          input="\n".join(tokens(a, POSTERS, 1)), stdout=subprocess.PIPE, text=True)
    return float(json.loads(load.stdout)["us"])


def share(a: server.Server) -> float:
    """Return the share of a core that A uses while nobody posts there."""
    before = server.cpu(a.pid)
    time.sleep(IDLE)
    return (server.cpu(a.pid) - before) / IDLE


def post_elsewhere(b: server.Server, token: str, room: str, stop: threading.Event) -> None:
    """Post in another room at B, for a reader there."""
    reader, author = Client(b.port, "r", token), Client(b.port, f"other-{time.time()}", token)
    reader.call(1, "subscribe", channel=room)
    author.channel = room
    while not stop.wait(1 / OTHER_HZ):
        author.post(1)
        author.acknowledged()
        reader.sock.recv(1 << 16)


def measure(kind: str, folder: Path, database: str, bus: str) -> None:
    costs: dict[str, list[float]] = {"alone": [], "same": []}
    shares: dict[str, list[float]] = {"alone": [], "other": []}
    waits: list[float] = []
    with node(folder / "a", database, bus) as a:
        owner = json.loads(a.request("POST", "/api/join", {"name": "Olga", "handle": "olga",
                                                             "password": "correct horse battery"})[1])["token"]
        olga = Client(a.port, "olga", owner)
        room = json.loads(olga.call(1, "create_room", name="other", kind="public", people=[], key="other")
                          .rpartition("]")[0])["ok"]["channel"]
        a.request("PATCH", "/api/settings", {"guests": True}, owner)
        olga.call(2, "subscribe", channel="room:1")
        threading.Thread(target=_drain, args=(olga,), daemon=True).start()
        for run in range(RUNS):
            costs["alone"].append(cost(a))
            shares["alone"].append(share(a))
            with node(folder / "b", database, bus) as b:
                stop = threading.Event()
                other = threading.Thread(target=post_elsewhere, args=(b, owner, room, stop))
                other.start()
                shares["other"].append(share(a))
                stop.set()
                other.join()
                reader = Client(b.port, "reader", owner)
                reader.call(1, "subscribe", channel="room:1")
                drain = threading.Thread(target=functools.partial(_drain, reader), daemon=True)
                drain.start()
                costs["same"].append(cost(a))
                if run == RUNS - 1:
                    waits = latencies(a, b, owner)
    alone = median(costs["alone"])
    server.row(f"{kind}: from the acknowledgement at A to a reader at B", "p50 ≤ 8 ms",
               f"p50 {median(waits):.1f} ms, p99 {quantiles(waits, n=100)[98]:.1f} ms")
    server.row(f"{kind}: CPU of a post at A when B serves the same room", "≤ 10 % more",
               f"{median(costs['same']) / alone - 1:+.1%} ({server.spread(costs['same'], '.0f')} µs; alone "
               f"{server.spread(costs['alone'], '.0f')} µs)")
    server.row(f"{kind}: a core at A while B has {OTHER_HZ} posts/s in rooms that A does not serve", "≤ 1 % more",
               f"{server.spread(shares['other'], '.2%')}; alone {server.spread(shares['alone'], '.2%')}")


def _drain(client: Client) -> None:
    """Read what arrives, as a client does that keeps up."""
    while data := client.sock.recv(1 << 16):
        if data.endswith(b"\x81\x01" + PING):
            client.sock.sendall(frame(PONG))


if __name__ == "__main__":
    for kind in sys.argv[1:] or ("valkey", "postgresql"):
        database, valkey = bus_servers.Postgresql(), bus_servers.Valkey()
        with server.folder() as folder:
            database.start()
            valkey.start()
            try:
                measure(kind, folder, database.url, valkey.url if kind == "valkey" else "")
            finally:
                database.stop()
                valkey.stop()
