"""Claim: a durable post costs at most 250 µs of CPU when 64 connections post at once, at 3,500 posts/s or more.

With `--postgres`, on a PostgreSQL that syncs every commit: 4,000 posts/s in one room, and 6,000 in a hundred.
"""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from statistics import median
from typing import Any

from bench import server
from tests import postgres

RUNS, SECONDS = 5, 5
GOAL = "≤ 250 µs, ≥ 3,500/s"
CASES = ((64, 1, 1, GOAL), (64, 4, 1, GOAL), (1, 64, 1, ""), (1, 1, 1, ""))
POSTGRES = ((64, 4, 1, "≥ 4,000/s"), (64, 4, 100, "≥ 6,000/s"), (1, 1, 1, ""))
SYNCS = ("listen_addresses=",)


def tokens(instance: server.Server, people: int, rooms: int) -> list[str]:
    """Return the tokens of guests; for more rooms than the Lobby, the owner's, who creates them."""
    if rooms == 1:
        return [json.loads(instance.request("POST", "/api/guests", {})[1])["token"] for _ in range(people)]
    owner = {"name": "olga", "handle": "olga", "password": "correct horse battery"}
    token = json.loads(instance.request("POST", "/api/join", owner)[1])["token"]
    for n in range(2, rooms + 1):
        room = {"name": f"room {n}", "kind": "public", "key": str(n)}
        status, answer = instance.request("POST", "/api/rooms", room, token)
        assert status == 201 and json.loads(answer)["channel"] == f"room:{n}", answer
    return [token] * people


def load(instance: server.Server, connections: int, in_flight: int, rooms: int) -> dict[str, Any]:
    """Measure once, with the posting clients in a process of their own."""
    arguments = map(str, (instance.port, instance.pid, connections, in_flight, SECONDS, rooms))
    load = subprocess.run([sys.executable, "-m", "bench.load", *arguments], cwd=server.ROOT, check=True,
                          input="\n".join(tokens(instance, connections, rooms)), stdout=subprocess.PIPE, text=True)
    return dict(json.loads(load.stdout))


def show(connections: int, in_flight: int, rooms: int, goal: str, runs: list[dict[str, Any]]) -> None:
    """Print a line of the table: medians of the runs."""
    each = {name: [run[name] for run in runs] for name in runs[0]}
    people = "1 connection" if connections == 1 else f"{connections} connections"
    where = "" if rooms == 1 else f" in {rooms} rooms"
    server.row(f"durable posts{where}, {people}, {in_flight} in flight each", goal,
               f"{server.spread(each['us'], '.0f')} µs, {server.spread(each['rate'], ',.0f')}/s; "
               f"p50 {median(each['p50']):.1f} ms, p99 {median(each['p99']):.1f} ms; "
               f"server {median(each['server']):.0%}, load client {median(each['load']):.0%} of a core")


@contextlib.contextmanager
def running(on_postgres: bool) -> Iterator[server.Server]:
    """Run a server on an empty database."""
    database = {}
    if on_postgres:
        postgres.QUICK = SYNCS
        if (found := postgres.server()) is None:
            raise SystemExit(f"no PostgreSQL: {postgres.reason}")
        database["HUBBUB_DATABASE_URL"] = found.database()
    with server.folder() as data, server.running(data, **database) as instance:
        instance.wait_for("/healthz")
        yield instance


if __name__ == "__main__":
    on_postgres = "--postgres" in sys.argv
    for connections, in_flight, rooms, goal in POSTGRES if on_postgres else CASES:
        runs = []
        for _ in range(RUNS):
            with running(on_postgres) as instance:
                runs.append(load(instance, connections, in_flight, rooms))
        show(connections, in_flight, rooms, goal, runs)
