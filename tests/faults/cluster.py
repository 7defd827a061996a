"""Kill and replace several workers on PostgreSQL, and take away what they share, while people write."""

import os
import random
import signal
import time
from pathlib import Path
from statistics import quantiles
from typing import Any

from tests.faults.process import until
from tests.faults.world import RATE, Outcome, World
from tests.workers import serving

WORKERS = 2


class Cluster(World):
    """A world with several workers."""

    def __init__(self, folder: Path, database: str, rate: float = RATE, bus: str = "") -> None:
        super().__init__(folder, rate, database=database, HUBBUB_WORKERS=str(WORKERS), HUBBUB_BUS_URL=bus)

    def _open(self) -> None:
        self.all_serving()
        super()._open()
        self.read()
        self.write()

    def all_serving(self) -> set[int]:
        """Return the processes of the workers, as soon as all of them serve."""
        def found() -> set[int]:
            return pids if len(pids := serving(self.server.pid)) == WORKERS else set()

        return set(until(found, what="the start of all workers"))

    def waits(self) -> list[float]:
        """Return the seconds that each message waited for its acknowledgement since the last call."""
        waits = [wait for writer in self.writers for wait in writer.waits]
        for writer in self.writers:
            writer.waits = []
        return waits

    def note_p99(self, what: str) -> None:
        """Note the 99th percentile of these seconds."""
        self.note(what, quantiles(self.waits(), n=100)[98])

    def settle(self) -> Outcome:
        outcome = super().settle()
        outcome.figures["refused"] = [sum(one.refused for writer in self.writers for one in writer.sent)]
        return outcome


def killed(folder: Path, database: str, rounds: int, rate: float = RATE, bus: str = "") -> Outcome:
    """Kill a worker with SIGKILL at random moments; measure the seconds until all clients are in sync at the others."""
    with Cluster(folder, database, rate, bus) as world:
        for _ in range(rounds):
            world.talk(100)
            time.sleep(random.uniform(0, 0.6))
            pids = world.all_serving()
            os.kill(pid := random.choice(sorted(pids)), signal.SIGKILL)
            began = time.monotonic()
            until(lambda pid=pid: pid not in world.all_serving(), what="the replacement")
            world.note("replaced", time.monotonic() - began)
            world.catch_up()
            world.note("in sync after the kill", time.monotonic() - began)
        return world.settle()


def rolling(folder: Path, database: str, rounds: int, rate: float = RATE, bus: str = "", talk: int = 300) -> Outcome:
    """Replace all workers by SIGHUP; measure the delay of acknowledgements meanwhile, and count the refusals."""
    with Cluster(folder, database, rate, bus) as world:
        for _ in range(rounds):
            world.talk(talk)
            world.note_p99("p99 before")
            before = world.all_serving()
            os.kill(world.server.pid, signal.SIGHUP)
            until(lambda before=before: not before & world.all_serving(), what="the replacement of all workers")
            world.talk(talk)
            world.note_p99("p99")
            world.catch_up()
        return world.settle()


def bus_gone(folder: Path, database: str, bus: Any, how: str, rounds: int, rate: float = RATE,
             talk: int = 300) -> Outcome:
    """Kill or freeze the bus for 3 s; measure the acknowledgements, and the delivery to other nodes."""
    with Cluster(folder, database, rate, bus.url) as world:
        reader = world.readers["websocket"]
        reader.moments = {}
        for writer in world.writers:
            writer.moments = reader.moments
        for _ in range(rounds):
            world.talk(talk)
            world.note_p99("p99 before")
            getattr(bus, how)()
            reader.waits = []
            time.sleep(3.0)
            world.note_p99("p99")
            world.note("delivery p99", quantiles(reader.waits, n=100)[98])
            bus.start() if how == "kill" else bus.resume()
            world.catch_up()
        return world.settle()


def database_restarted(folder: Path, database: Any, rounds: int, rate: float = RATE) -> Outcome:
    """Kill and restart PostgreSQL; measure the seconds until posts are acknowledged again."""
    with Cluster(folder, database.url, rate) as world:
        for _ in range(rounds):
            world.talk(300)
            database.kill()
            time.sleep(1.0)
            database.start()
            began = time.monotonic()
            world.talk(1)
            world.note("recovered", time.monotonic() - began)
            world.catch_up()
        return world.settle()
