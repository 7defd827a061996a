"""The network between people and the server is cut, delayed, flaps, loses connections, or goes silent."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.relay import Relay
from tests.faults.world import Outcome, World


def cut(relay: Relay, rounds: int) -> None:
    """Away for a second, several times."""
    for _ in range(rounds):
        time.sleep(0.5)
        relay.cut()
        time.sleep(1)
        relay.heal()


def flapping(relay: Relay, rounds: int) -> None:
    """Every connection is reset every few tenths of a second."""
    for _ in range(rounds * 5):
        time.sleep(random.uniform(0.1, 0.4))
        relay.sever()


def lossy(relay: Relay, rounds: int) -> None:
    """A tenth of the connections are reset, again and again, and a tenth of the new ones refused."""
    for _ in range(rounds * 5):
        time.sleep(0.3)
        relay.drop(0.1)


def delayed(relay: Relay, rounds: int) -> None:
    """All takes 300 ms longer each way, and then no more."""
    for _ in range(rounds):
        relay.delay(0.3)
        time.sleep(1)
        relay.heal()
        time.sleep(0.3)


def silent(relay: Relay, rounds: int) -> None:
    """Nothing comes through for a second, and then all of it."""
    for _ in range(rounds):
        relay.freeze()
        time.sleep(1)
        relay.heal()
        time.sleep(0.3)


def trouble(folder: Path, what: Callable[[Relay, int], None], rounds: int) -> Outcome:
    """Everybody's network has this trouble; measures the seconds until all caught up after it."""
    with World(folder) as world:
        relay = world.relay()
        world.read(relay.url)
        world.write(relay.url)
        world.talk(100)
        what(relay, rounds)
        relay.heal()
        return world.settle()
