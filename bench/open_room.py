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
BUSY = 20  # of a hundred acts are replies, as many reactions


def fill() -> tuple[int, int]:
    """The Lobby with messages, replies and reactions in between; returns somebody and the seq of a busy thread."""
    with db.transaction() as tx:
        people = [model.create(tx, f"p{n}", f"p{n}", "member").id for n in range(20)]
    chance, said, number = random.Random(1), 0, 0
    recent: list[int] = []
    thread = messages.post(people[0], messages.LOBBY, "a thread", "root").seq
    while said < MESSAGES:
        with db.UnitOfWork() as unit:
            for _ in range(BATCH):
                number += 1
                who, what = chance.choice(people), chance.random() * 100
                root = thread if chance.random() < 0.05 else chance.choice(recent or [thread])
                if what < BUSY:
                    more = messages.Draft(thread=root)
                    messages.post(who, messages.LOBBY, f"{TEXT}{number}", f"k{number}", more)
                elif what < 2 * BUSY:
                    messages.react(who, messages.LOBBY, root, chance.choice("👍🎉👀"), True, f"k{number}")
                else:
                    seq = messages.post(who, messages.LOBBY, f"{TEXT}{number}", f"k{number}").seq
                    recent, said = [*recent[-50:], seq], said + 1
        unit.wait_for_commit()
    return people[0], thread


def measure(name: str, view) -> None:  # type: ignore[no-untyped-def]
    """A line of the table: how long a view takes, made into JSON."""
    took = []
    for _ in range(RUNS):
        start = time.perf_counter()
        size = len(msgspec.json.encode(view()))
        took.append((time.perf_counter() - start) * 1000)
    print(f"{name:30} p50 {median(took):6.2f} ms  p95 {quantiles(took, n=20)[-1]:6.2f} ms  {size / 1024:.0f} KB")


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
        measure("the standing", lambda: windows.newest(f"user:{person}"))
        for (line,) in [row[-1:] for row in db.execute(
                f"explain {'query plan ' if db.dialect() == 'sqlite' else ''}{projection.NEWEST}",
                channel=room, before=2**53, after=0, limit=51)]:
            print("  ", line)
        db.close()
