"""The network between people and the server is cut, delayed, flaps, loses connections, or goes silent."""

import random
import time
from collections.abc import Callable
from pathlib import Path

from tests.faults.process import until
from tests.faults.relay import Relay
from tests.faults.world import RATE, Outcome, World


def cut(relay: Relay, rounds: int) -> None:
    """Interrupt it for a second, several times."""
    for _ in range(rounds):
        time.sleep(0.5)
        relay.cut()
        time.sleep(1)
        relay.heal()


def flapping(relay: Relay, rounds: int) -> None:
    """Reset every connection every few tenths of a second."""
    for _ in range(rounds * 5):
        time.sleep(random.uniform(0.1, 0.4))
        relay.sever()


def lossy(relay: Relay, rounds: int) -> None:
    """Reset a tenth of the connections again and again, and refuse a tenth of the new ones."""
    for _ in range(rounds * 5):
        time.sleep(0.3)
        relay.drop(0.1)


def delayed(relay: Relay, rounds: int) -> None:
    """Delay everything by 300 ms each way, then stop delaying."""
    for _ in range(rounds):
        relay.delay(0.3)
        time.sleep(1)
        relay.heal()
        time.sleep(0.3)


def silent(relay: Relay, rounds: int) -> None:
    """Hold everything back for a second, then let it through."""
    for _ in range(rounds):
        relay.freeze()
        time.sleep(1)
        relay.heal()
        time.sleep(0.3)


TROUBLES = cut, flapping, lossy, delayed, silent


def troubles(folder: Path, which: tuple[Callable[[Relay, int], None], ...], rounds: int,
             rate: float = RATE) -> Outcome:
    """Disturb everyone's network in each of these ways; measure the seconds until all are in sync again."""
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
    """Silence the network of a reader and a writer for good; measure how soon the server notices."""
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
