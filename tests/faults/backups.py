"""Make a backup while people write, and restore it."""

import signal
from pathlib import Path
from typing import Any

from bench import server as measured
from tests import forks
from tests.faults import checker
from tests.faults.world import RATE, Outcome, World


def _hubbub(*words: str) -> Any:
    return forks.run("hubbub", *words, environ=measured.environment(), timeout=120)


def put_back(folder: Path, rate: float = RATE) -> Outcome:
    """Back up under load, write more, restore the backup into an empty folder, and continue there.

    Everything acknowledged before the backup began must be there.  What came after it is void: a `reset` tells the
    readers that had received it, and the writers forget their later messages.
    """
    file, place = folder / "backup", folder / "restored"
    with World(folder / "first", rate) as world:
        world.read()
        world.write()
        world.talk(300)
        sure = {one.key for writer in world.writers for one in writer.sent if one.answers}
        made = _hubbub("backup", str(file), "--data", str(folder / "first"))
        assert made.returncode == 0, made.stderr
        world.talk(300)
        world.pause()
        world.catch_up(tuple(world.readers))
        faults, before = world.verdict(), world.logs()
        world.server.stop(signal.SIGTERM)
        restored = _hubbub("restore", str(file), "--data", str(place))
        assert restored.returncode == 0, restored.stderr
        for reader in world.readers.values():
            reader.anew = True
        world.server.folder = place
        world.server.start()
        faults |= _kept(sure, before, world)
        world.go_on()
        world.talk(300)
        outcome = world.settle()
        outcome.faults |= faults
        outcome.figures["resets"] = [sum(reader.forks for reader in world.readers.values())]
        return outcome


def _kept(sure: set[str], before: dict[str, list[checker.Entry]], world: World) -> checker.Faults:
    """Check that each restored log is the beginning of the former one, with all that was sure; forget the rest."""
    logs, faults = world.logs(), {}
    if any(before[channel][:len(log)] != log for channel, log in logs.items()):
        faults["foreign"] = ["the restored log is not the beginning of the former one"]
    kept = {entry["key"] for log in logs.values() for entry in log}
    if not sure <= kept:
        faults["lost"] = [f"acknowledged before the backup and not in it: {sorted(sure - kept)}"]
    for writer in world.writers:
        writer.sent = [one for one in writer.sent if one.key in kept]
    return faults
