"""Readers that stop reading while people write, and what they cost the server and the others."""

import time
from pathlib import Path
from statistics import median, quantiles

from tests.faults.world import Outcome, World

STALLED = 20
SLICE = 2.0  # seconds of one p99
RATE, PAD = 300, 4000  # 1.2 MB a second: what the kernel keeps of a connection is full after two or three


def stalled(folder: Path, seconds: float) -> Outcome:
    """Let twenty readers stop; measure the others' p99 delivery time without and with them, and memory."""
    with World(folder, rate=RATE, pad=PAD) as world:
        world.write()
        world.add_reader("other", world.server.url)
        world.talk(int(RATE * 2))
        _listen(world, seconds, "p99 before")
        world.pause()
        line, heads = world.relay(65536), world.heads()
        readers = [world.add_reader(f"stalled {n}", line.url, since=heads) for n in range(STALLED)]
        world.catch_up(tuple(world.readers))
        memory = world.server.memory()
        line.freeze()
        world.go_on()
        _listen(world, seconds, "p99")
        world.note("memory", (world.server.memory() - memory) / STALLED)
        heads = world.heads()
        assert not any(reader.has(heads) for reader in readers), "they went on reading"
        return world.settle()


def _listen(world: World, seconds: float, what: str) -> None:
    """Measure delivery times for a while, in ms: the median of several p99s.

    A single p99 would show the one moment in which the machine was busy with something else.
    """
    reader = world.readers["other"]
    for writer in world.writers:
        writer.moments = reader.moments
    p99s = []
    for _ in range(max(1, int(seconds / SLICE))):
        reader.waits = []
        time.sleep(SLICE)
        p99s.append(quantiles(reader.waits, n=100)[98] * 1e3)
    reader.waits = None
    world.note(what, median(p99s))
