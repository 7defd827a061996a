"""Claims: a flood costs the server at most 64 MB, the attacker is disconnected within 10 s, others' p99 is ≤ 2×.

Rate limits are on.  The bystanders are four guests who post 12 times a second each and wait for the acknowledgement;
the attacker is a process of its own at another loopback address (Linux).
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench import server
from bench.load import Poster

BYSTANDERS, PAUSE, SECONDS, RUNS = 4, 1 / 12, 6, 3
FLOODS = ("posts", "nonsense", "resumes", "searches", "reconnecting", "requests", "junk", "hoarding", "frames",
          "unfinished")


class Strict(server.Server):
    """A server with rate limits."""

    def __init__(self, data: Path) -> None:
        before = server.environment
        server.environment = lambda: before() | {"HUBBUB_LIMITS": "on"}
        try:
            super().__init__(data)
        finally:
            server.environment = before


@contextlib.contextmanager
def strict() -> Iterator[Strict]:
    with server.folder() as data:
        instance = Strict(data)
        try:
            instance.wait_for("/healthz")
            yield instance
        finally:
            instance.stop()


def token(instance: server.Server) -> str:
    return str(json.loads(instance.request("POST", "/api/guests", {})[1])["token"])


def post_repeatedly(poster: Poster, until: float, waits: list[float]) -> None:
    """Post, wait for the acknowledgement, and pause, in a thread of its own."""
    while time.monotonic() < until:
        began = time.monotonic()
        poster.post(1)
        while not (waited := poster.acknowledged()):
            pass
        waits += waited
        time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))


def latencies(posters: list[Poster]) -> list[float]:
    """Return how long the bystanders' acknowledgements take now, in ms."""
    waits: list[float] = []
    until = time.monotonic() + SECONDS
    threads = [threading.Thread(target=post_repeatedly, args=(poster, until, waits)) for poster in posters]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [wait * 1e3 for wait in waits]


def measure(kind: str) -> dict[str, Any]:
    """Measure the bystanders alone, then during a flood."""
    with strict() as instance:
        posters = [Poster(instance.port, f"{kind}-{n}", token(instance)) for n in range(BYSTANDERS)]
        alone = latencies(posters)
        before = instance.memory()
        attacker = subprocess.Popen([sys.executable, "-m", "bench.flooder", str(instance.port), token(instance), kind,
                                     str(SECONDS + 1)], cwd=server.ROOT, stdout=subprocess.PIPE, text=True)
        assert attacker.stdout is not None
        attacker.stdout.readline()
        cpu = server.cpu(instance.pid)
        flooded = latencies(posters)
        busy = (server.cpu(instance.pid) - cpu) / SECONDS
        grown = instance.memory() - before
        flood = json.loads(attacker.communicate()[0])
        for poster in posters:
            poster.sock.close()
        instance.log.seek(0)
        crashes = instance.log.read().count(b"Traceback")
    p99 = [quantiles(waits, n=100)[98] for waits in (alone, flooded)]
    return {"alone": p99[0], "flooded": p99[1], "ratio": p99[1] / p99[0], "median": median(flooded), "mb": grown,
            "busy": busy, "posts": len(flooded), "crashes": crashes, **flood}


def show(kind: str) -> None:
    runs = [measure(kind) for _ in range(RUNS)]
    each = {name: [run[name] for run in runs] for name in runs[0]}
    closed = f"attacker closed after {server.spread(each['closed'])} s" if all(each["closed"]) else "attacker throttled"
    server.row(f"bystanders during a flood: {kind}", "p99 ≤ 2×, ≤ 64 MB, closed ≤ 10 s",
               f"p99 {server.spread(each['ratio'])}×: {median(each['alone']):.1f} ms alone, "
               f"{median(each['flooded']):.1f} ms during it; {max(each['mb']):+.0f} MB at most; {closed}; "
               f"server busy {median(each['busy']):.0%}; "
               f"{median(each['sent']):,.0f} sent; {sum(each['crashes'])} tracebacks")


if __name__ == "__main__":
    os.environ.pop("HUBBUB_LIMITS", None)
    for kind in sys.argv[1:] or FLOODS:
        show(kind)
