"""The network between people and the server is cut, delayed, flaps, loses connections, or goes silent."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.process import until
from tests.faults.relay import Relay
from tests.faults.world import RATE, Outcome, World


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


TROUBLES = cut, flapping, lossy, delayed, silent


def troubles(folder: Path, which: tuple[Callable[[Relay, int], None], ...], rounds: int,
             rate: float = RATE) -> Outcome:
    """Everybody's network has these troubles, one after the other; measures the seconds until all is well again."""
    with World(folder, rate) as world:
        relay = world.relay()
        world.read(relay.url)
        world.write(relay.url)
        for trouble in which:
            world.talk(100)
            trouble(relay, rounds)
            relay.heal()
        return world.settle()


def half_open(folder: Path, ping: float, timeout: float, rate: float = RATE) -> Outcome:
    """A reader and a writer whose network goes silent without an end; measures how soon the server noticed."""
    with World(folder, rate, options=(str(ping), str(timeout))) as world:
        relay = world.relay()
        world.write()
        world.add_reader("steady", world.server.url)
        world.add_reader("cut off", relay.url)
        world.writers[0].move(relay.url)
        world.talk(200)
        world.catch_up(("steady", "cut off"))
        began, open_then = time.monotonic(), world.connections()
        relay.freeze()
        until(lambda: world.connections() <= open_then - 2, 3 * (ping + timeout), "that the server notices")
        world.note("noticed", time.monotonic() - began)
        world.talk(200)
        return world.settle()
