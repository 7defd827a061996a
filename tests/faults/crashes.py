"""Kill the server process, or ask it to stop, while people write."""

import random
import signal
import time
from pathlib import Path

from bench import server as measured
from tests.faults.world import RATE, Outcome, World


def kills(folder: Path, rounds: int, filled: int = 0, rate: float = RATE, database: str = "") -> Outcome:
    """Kill the server at random moments; measure the seconds until it serves and until all have caught up."""
    if filled:
        measured.fill(folder, filled)
    with World(folder, rate, database=database) as world:
        world.read()
        world.write()
        for _ in range(rounds):
            world.talk(50)
            time.sleep(random.uniform(0, 0.6))
            world.server.stop(signal.SIGKILL)
            world.restart()
            world.catch_up()
        return world.settle()


def endings(folder: Path, rounds: int, rate: float = RATE) -> Outcome:
    """Stop the server by SIGTERM under load; measure the exit codes and the seconds."""
    with World(folder, rate) as world:
        world.read()
        world.write()
        for _ in range(rounds):
            world.talk(200)
            code, seconds = world.server.stop(signal.SIGTERM)
            world.note("exit code", code)
            world.note("ended", seconds)
            world.restart()
            world.catch_up()
        return world.settle()
