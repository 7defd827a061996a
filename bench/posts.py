"""Claim: a durable post costs at most 250 µs of CPU when 64 connections post at once, at 3,500 posts/s or more."""

import json
import subprocess
import sys
from statistics import median
from typing import Any

from bench import server

RUNS, SECONDS = 5, 5
ASKED = "≤ 250 µs, ≥ 3,500/s"
CASES = ((64, 1, ASKED), (64, 4, ASKED), (1, 64, ""), (1, 1, ""))


def tokens(house: server.Server, people: int) -> list[str]:
    """As many guests, by what they are known again."""
    return [json.loads(house.ask("POST", "/api/guests", {})[1])["token"] for _ in range(people)]


def load(house: server.Server, connections: int, in_flight: int) -> dict[str, Any]:
    """One measurement, with the posting people in a process of their own."""
    arguments = map(str, (house.port, house.pid, connections, in_flight, SECONDS))
    said = subprocess.run([sys.executable, "-m", "bench.load", *arguments], cwd=server.ROOT, check=True,
                          input="\n".join(tokens(house, connections)), stdout=subprocess.PIPE, text=True)
    return dict(json.loads(said.stdout))


def show(connections: int, in_flight: int, asked: str, runs: list[dict[str, Any]]) -> None:
    """A line of the table: medians over the runs."""
    each = {name: [run[name] for run in runs] for name in runs[0]}
    people = "1 connection" if connections == 1 else f"{connections} connections"
    server.row(f"durable posts, {people}, {in_flight} in flight each", asked,
               f"{server.spread(each['us'], '.0f')} µs, {server.spread(each['rate'], ',.0f')}/s; "
               f"p50 {median(each['p50']):.1f} ms, p99 {median(each['p99']):.1f} ms; "
               f"server {median(each['server']):.0%}, load client {median(each['load']):.0%} of a core")


if __name__ == "__main__":
    for connections, in_flight, asked in CASES:
        with server.folder() as data, server.running(data) as house:
            house.answers("/healthz")
            show(connections, in_flight, asked, [load(house, connections, in_flight) for _ in range(RUNS)])
