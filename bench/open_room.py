"""Claim: opening a room of 100,000 messages costs at most 100 ms of server time: `python -m bench.open_room`."""

from gevent import monkey

monkey.patch_all()

import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import msgspec

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.chat import messages, projection
from hubbub.core import access, db, hub, windows
from hubbub.core.windows import Span
from hubbub.people import model

MESSAGES, BATCH, RUNS = 100_000, 500, 50
TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all because it is Sunday. "
BUSY = 20  # of a hundred actions are replies, as many reactions


def fill() -> tuple[int, int]:
    """Fill the Lobby with messages, replies and reactions; return a person and the seq of a long thread."""
    with db.transaction() as tx:
        people = [model.create(tx, f"p{n}", f"p{n}", "member").id for n in range(20)]
    generator, posted, number = random.Random(1), 0, 0
    recent: list[int] = []
    thread = messages.post(people[0], messages.LOBBY, "a thread", "root").seq
    while posted < MESSAGES:
        with db.UnitOfWork() as unit:
            for _ in range(BATCH):
                number += 1
                who, action = generator.choice(people), generator.random() * 100
                root = thread if generator.random() < 0.05 else generator.choice(recent or [thread])
                if action < BUSY:
                    more = messages.Draft(thread=root)
                    messages.post(who, messages.LOBBY, f"{TEXT}{number}", f"k{number}", more)
                elif action < 2 * BUSY:
                    messages.react(who, messages.LOBBY, root, generator.choice("👍🎉👀"), True, f"k{number}")
                else:
                    seq = messages.post(who, messages.LOBBY, f"{TEXT}{number}", f"k{number}").seq
                    recent, posted = [*recent[-50:], seq], posted + 1
        unit.wait_for_commit()
    return people[0], thread


def measure(name: str, view) -> None:  # type: ignore[no-untyped-def]
    """Print a line of the table: how long a view takes with its JSON encoding."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        size = len(msgspec.json.encode(view()))
        times.append((time.perf_counter() - start) * 1000)
    print(f"{name:30} p50 {median(times):6.2f} ms  p95 {quantiles(times, n=20)[-1]:6.2f} ms  {size / 1024:.0f} KB")


if __name__ == "__main__":
    hub.attach(lambda event, payload: b"")
    with tempfile.TemporaryDirectory() as data:
        db.open(Path(data), os.environ.get("HUBBUB_DATABASE_URL", ""))
        person, thread = fill()
        room = messages.LOBBY
        print(db.dialect(), "entries, messages:",
              *db.execute("select head, n from channel where name = :room", room=room))
        measure("newest window", lambda: access.allows(db, person, room, "read") and windows.newest(room))
        measure("around the middle", lambda: windows.around(room, MESSAGES // 2))
        measure("the first page", lambda: windows.newest(room, Span(after=0, before=100)))
        measure("a thread of thousands", lambda: projection.thread(person, room, thread, Span()))
        measure("the state of a person", lambda: windows.newest(f"user:{person}"))
        for (line,) in [row[-1:] for row in db.execute(
                f"explain {'query plan ' if db.dialect() == 'sqlite' else ''}{projection.NEWEST}",
                channel=room, before=2**53, after=0, limit=51)]:
            print("  ", line)
        db.close()
