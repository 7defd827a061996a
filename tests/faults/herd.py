"""Let thousands of clients reconnect at once to a server that was killed; and one that missed 200 messages.

`python -m tests.faults.herd FOLDER CLIENTS FILLED`, or `… FOLDER alone FILLED`: a process of its own, because its loop
uses plain sockets and epoll.  With HUBBUB_DATABASE_URL and HUBBUB_WORKERS, to several workers.
"""

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from bench import herd
from bench import server as measured
from tests.faults import checker
from tests.faults.process import Process, until
from tests.faults.world import Outcome
from tests.workers import serving

LOBBY = "room:1"
MISSED = 20
PATIENCE = 300
WATCHED = "25", "20"  # the product's own ping, and a count of statements


class Returning(herd.Client):
    """A client of the herd that stores what it received."""

    def __init__(self, *who: Any) -> None:
        super().__init__(*who)
        self.received: list[dict[str, Any]] = []

    def hear(self, payload: bytes) -> None:
        if payload.startswith(b'42/live,["message"'):
            self.received.append(json.loads(payload[len("42/live,"):])[1])
        super().hear(payload)


def herded(folder: Path, clients: int | str, filled: int, **environ: str) -> Outcome:
    """Run `returning`, or `alone` instead of a number, in a process of its own."""
    command = [sys.executable, "-m", "tests.faults.herd", str(folder), str(clients), str(filled)]
    done = subprocess.run(command, cwd=measured.ROOT, capture_output=True, text=True, timeout=PATIENCE,
                          env=os.environ | environ)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return Outcome(**json.loads(done.stdout))


def returning(folder: Path, clients: int, filled: int) -> Outcome:
    """Connect all clients, kill the server, and let them reconnect after each has missed 20 messages.

    Measure the seconds from the first to the last in sync, and the server's statements (without workers) and CPU time
    for each.
    """
    measured.fill(folder, filled)
    known = herd.people(folder, clients)
    workers = int(os.environ.get("HUBBUB_WORKERS", "1"))
    server = Process(folder, os.environ.get("HUBBUB_DATABASE_URL", ""), options=WATCHED if workers == 1 else (),
                     HUBBUB_WORKERS=str(workers))
    try:
        _start(server, workers)
        before = _say(server, known[0][1], "before")
        place = [before["seq"], before["key"]]
        gone = herd.come_back(server.port, known, 0, place)
        _kill(server)
        serving = _start(server, workers)
        for one in gone:
            one.sock.close()
        log = [_say(server, known[0][1], n) for n in range(MISSED)]
        asked, used, began = _counted(server), _cpu(server), time.perf_counter()
        back = herd.come_back(server.port, known, MISSED, place, Returning)
        figures = {
            "serving": [serving],
            "in sync": [max(one.done for one in back) - began],
            "statements": [(_counted(server) - asked).total() / clients],
            "CPU": [(_cpu(server) - used) / clients * 1e3],
        }
        readers = {f"client {n}": {LOBBY: checker.Received(place[0], one.received)} for n, one in enumerate(back)}
        return Outcome(_compare(server, known[0][1], place[0], log, readers), len(log), figures, server.logged())
    finally:
        server.close()


def _start(server: Process, workers: int) -> float:
    """Start it; return the seconds until all of its workers served."""
    took, began = server.start(), time.monotonic()
    until(lambda: workers == 1 or len(serving(server.pid)) == workers, what="the start of all workers")
    return took + time.monotonic() - began


def _kill(server: Process) -> None:
    """kill -9 of the server and of its workers."""
    processes = psutil.Process(server.pid).children()
    server.stop(signal.SIGKILL)
    for process in processes:
        process.kill()
    until(lambda: not any(process.is_running() for process in processes), what="the end of all workers")


def _counted(server: Process) -> Counter[str]:
    return Counter(server.request_json("/counted") if server.options else {})


def _cpu(server: Process) -> float:
    return sum(measured.cpu(pid) for pid in serving(server.pid)) or measured.cpu(server.pid)


def _say(server: Process, token: str, n: object) -> dict[str, Any]:
    body = {"text": f"missed {n}", "key": str(n)}
    entry: dict[str, Any] = server.request_json(f"/api/channels/{LOBBY}/entries", token, body)
    return entry


def _compare(server: Process, token: str, base: int, said: list[dict[str, Any]],
             readers: dict[str, dict[str, checker.Received]]) -> checker.Faults:
    """Check that every client received exactly what it missed."""
    sent = [checker.Sent("w", entry["author"], n, LOBBY, str(n), f"missed {n}", [entry["seq"]])
            for n, entry in enumerate(said)]
    before = [{"seq": seq} for seq in range(1, base + 1)]
    page = server.request_json(f"/api/channels/{LOBBY}/entries?after={base}", token)["entries"]
    return checker.check({LOBBY: before + page}, sent, readers, {LOBBY: base})


def alone(folder: Path, filled: int) -> Outcome:
    """Measure the ms from sending `resume` to the last of 200 missed messages, one client after the other."""
    measured.fill(folder, filled)
    waits = herd.alone(folder, herd.people(folder, herd.ALONE))
    return Outcome({}, herd.ALONE * herd.ALONE_MISSED, {"first": waits[:1], "all there": waits}, "")


if __name__ == "__main__":
    place, what, messages = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    print(json.dumps(dataclasses.asdict(alone(place, messages) if what == "alone" else
                                        returning(place, int(what), messages))))
