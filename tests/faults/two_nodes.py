"""Kill the bus between two real nodes on PostgreSQL while people post and read."""

import itertools
import time
from pathlib import Path
from statistics import quantiles

import requests

from tests.process import Server, call
from tests.waiting import until

LOBBY = "room:1"
PAUSE = 0.02  # seconds between two posts


class TwoNodes:
    """Two servers on one database and one Valkey, an author at the first and a reader at the second."""

    def __init__(self, folder: Path, database: str, bus: str):
        settings = {"database_url": database, "HUBBUB_BUS_URL": bus}
        self.servers = [Server(folder / name, **settings) for name in "ab"]
        a, b = self.servers
        token = a.request_json("POST", "/api/guests", body={"name": "Ann"})["token"]
        self.author, self.reader = a.connect(token), b.connect(token)
        call(self.reader, "subscribe", channel=LOBBY)
        self.texts = (f"text {n}" for n in itertools.count())
        self.sent: dict[str, float] = {}  # when each text was acknowledged
        self.late: dict[str, float] = {}  # how long after that it was received; 0 if before
        self.seqs: list[int] = []
        self.reader.on("message", self._received, namespace="/live")

    def _received(self, entry: dict) -> None:
        self.seqs.append(entry["seq"])
        text, now = entry["data"]["text"], time.monotonic()
        self.late[text] = max(0.0, now - self.sent.get(text, now))

    def post(self, seconds: float) -> list[str]:
        """Post for a while; return the texts."""
        texts, end = [], time.monotonic() + seconds
        while time.monotonic() < end:
            texts.append(text := next(self.texts))
            call(self.author, "post", channel=LOBBY, text=text, key=text)
            self.sent[text] = time.monotonic()
            time.sleep(PAUSE)
        return texts

    def arrive(self, texts: list[str], seconds: float = 5.0) -> list[float]:
        """Wait until the reader has these; return the seconds after which each arrived."""
        until(lambda: self.late.keys() >= set(texts), seconds)
        return sorted(self.late[text] for text in texts)

    def state(self, server: int) -> dict:
        """Return the health report of a server."""
        return requests.get(f"{self.servers[server].url}/healthz", timeout=5).json()

    def close(self) -> None:
        for server in self.servers:
            server.stop()


    def sign_out(self) -> float:
        """Sign a guest out at the first server; return the seconds until the second closes their connection."""
        a, b = self.servers
        token = a.request_json("POST", "/api/guests", body={"name": "Bob"})["token"]
        connection = b.connect(token)
        call(connection, "subscribe", channel=LOBBY)
        a.request_json("POST", "/api/sign-out", token, body={})
        started = time.monotonic()
        until(lambda: not connection.connected, 10)
        return time.monotonic() - started


def killed(folder: Path, database: str, valkey, seconds: float) -> dict[str, float]:
    """Kill Valkey under posts and start it again; return p99 to the other node before, during and after, in seconds.

    Measure also how long a sign-out takes with and without the bus, and until everything has arrived once it is back.
    """
    nodes = TwoNodes(folder, database, valkey.url)
    try:
        until(lambda: all(nodes.state(server)["nodes"] == 2 for server in (0, 1)))
        figures = {"before": p99(nodes.arrive(nodes.post(seconds))), "revoked": nodes.sign_out()}
        valkey.kill()
        figures["revoked without"] = nodes.sign_out()
        during = nodes.post(seconds)
        figures["during"] = p99(nodes.arrive(during))
        assert nodes.state(1)["bus_away"] > 0
        valkey.start()
        started = time.monotonic()
        until(lambda: not any("bus_away" in nodes.state(server) for server in (0, 1)))
        after = nodes.post(seconds)
        nodes.arrive(after)
        figures["back"] = time.monotonic() - started - seconds
        figures["after"] = p99(nodes.arrive(nodes.post(seconds)))
        assert nodes.seqs == list(range(nodes.seqs[0], nodes.seqs[0] + len(nodes.seqs))), "a hole, or out of order"
        return figures | {"messages": len(nodes.seqs)}
    finally:
        nodes.close()


def p99(values: list[float]) -> float:
    return quantiles(values, n=100)[-1]
