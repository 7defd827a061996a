"""Claim: a durable post costs at most 250 µs of CPU when 64 connections post at once, at 3,500 posts/s or more."""

import json
import subprocess
import sys
from statistics import median
from typing import Any

from bench import server

RUNS, SECONDS = 5, 5
GOAL = "≤ 250 µs, ≥ 3,500/s"
CASES = ((64, 1, GOAL), (64, 4, GOAL), (1, 64, ""), (1, 1, ""))


def tokens(instance: server.Server, people: int) -> list[str]:
    """Create guests; return their tokens."""
    return [json.loads(instance.request("POST", "/api/guests", {})[1])["token"] for _ in range(people)]


def load(instance: server.Server, connections: int, in_flight: int) -> dict[str, Any]:
    """Measure once, with the posting clients in a process of their own."""
    arguments = map(str, (instance.port, instance.pid, connections, in_flight, SECONDS))
    load = subprocess.run([sys.executable, "-m", "bench.load", *arguments], cwd=server.ROOT, check=True,
                          input="\n".join(tokens(instance, connections)), stdout=subprocess.PIPE, text=True)
    return dict(json.loads(load.stdout))


def show(connections: int, in_flight: int, goal: str, runs: list[dict[str, Any]]) -> None:
    """Print a line of the table: medians of the runs."""
    each = {name: [run[name] for run in runs] for name in runs[0]}
    people = "1 connection" if connections == 1 else f"{connections} connections"
    server.row(f"durable posts, {people}, {in_flight} in flight each", goal,
               f"{server.spread(each['us'], '.0f')} µs, {server.spread(each['rate'], ',.0f')}/s; "
               f"p50 {median(each['p50']):.1f} ms, p99 {median(each['p99']):.1f} ms; "
               f"server {median(each['server']):.0%}, load client {median(each['load']):.0%} of a core")


if __name__ == "__main__":
    for connections, in_flight, goal in CASES:
        with server.folder() as data, server.running(data) as instance:
            instance.wait_for("/healthz")
            show(connections, in_flight, goal, [load(instance, connections, in_flight) for _ in range(RUNS)])
