"""Claim: a document of 20,000 edits opens within 100 ms of server time: `python -m bench.documents`."""

from gevent import monkey

monkey.patch_all()

import base64
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import gevent
import msgspec
from pycrdt import Doc, Text

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import db, hub, log, windows
from hubbub.documents import model, updates, versions, yjs
from hubbub.people import model as people

EDITS, WRITERS, BATCH, RUNS = 20_000, 5, 100, 30
WORDS = ["a", "word ", "é", "🍵", "A sentence that somebody pasted, with a full stop at its end.\n"]


def typed(state: bytes, chance: random.Random) -> tuple[bytes, list[bytes]]:
    """Type at random places of a document; return its new state, and an update for each edit."""
    doc: Doc = Doc()  # type: ignore[type-arg]
    text = doc.get("text", type=Text)
    if state:
        doc.apply_update(state)
    raw_updates: list[bytes] = []
    subscription = doc.observe(lambda event: raw_updates.append(event.update))
    words, place = str(text), 0
    while len(raw_updates) < BATCH:
        if len(raw_updates) % 20 == 0:
            place = chance.randrange(len(words) + 1)
        if chance.random() < 0.2 and place:
            at = len(words[:place - 1].encode())
            del text[at:at + len(words[place - 1].encode())]
            words, place = words[:place - 1] + words[place:], place - 1
        else:
            more = chance.choice(WORDS)
            text.insert(len(words[:place].encode()), more)
            words, place = words[:place] + more + words[place:], place + len(more)
    doc.unobserve(subscription)
    return doc.get_update(), raw_updates


def fill(ids: list[int], channel: str) -> list[str]:
    """Fill the document by five people in turn; return the last updates."""
    chance, state, took, last = random.Random(1), b"", 0.0, []
    for turn in range(EDITS // BATCH):
        state, raw_updates = typed(state, chance)
        last = [base64.b64encode(raw).decode() for raw in raw_updates]
        start = time.perf_counter()
        with db.UnitOfWork() as unit:
            for number, raw in enumerate(last):
                updates.update(ids[turn % WRITERS], channel, raw, f"k{turn}.{number}")
        unit.wait_for_commit()
        took += time.perf_counter() - start
    print(f"{EDITS} updates stored: {took / EDITS * 1e6:.0f} µs each, {BATCH} in a commit; "
          f"state {len(state) / 1024:.0f} KB")
    return last


def measure(name: str, view, runs: int = RUNS) -> None:  # type: ignore[no-untyped-def]
    """Print a line of the table: how long a view takes, and the longest stall of the loop meanwhile."""
    took, stalls, size = [], [], ""
    for _ in range(runs):
        gaps: list[float] = []
        ticker = gevent.spawn(tick, gaps)
        gevent.sleep(0)
        start = time.perf_counter()
        answer = view()
        took.append((time.perf_counter() - start) * 1000)
        gevent.sleep(0.002)
        ticker.kill()
        stalls.append(max(gaps) * 1000)
        if isinstance(answer, dict):
            size = f"{len(msgspec.json.encode(answer)) / 1024:.0f} KB"
    print(f"{name:44} p50 {median(took):7.2f} ms  p95 {quantiles(took, n=20)[-1]:7.2f} ms  "
          f"loop stalled for {median(stalls):6.2f} ms  {size}")


def tick(gaps: list[float]) -> None:
    """Record by how much the loop is late."""
    while True:
        start = time.perf_counter()
        gevent.sleep(0.001)
        gaps.append(time.perf_counter() - start - 0.001)


def measure_parts(person: int, channel: str, last: list[str]) -> None:
    """Print what each part of one update costs."""
    raw_updates = [base64.b64decode(raw) for raw in last]
    for name, part in [("read", lambda raw: yjs.read(raw)), ("apply", loaded(channel).doc.apply_update)]:
        start = time.perf_counter()
        for raw in raw_updates:
            part(raw)
        print(f"  {name} one update: {(time.perf_counter() - start) / len(raw_updates) * 1e6:.1f} µs")


def loaded(channel: str) -> updates.LoadedDocument:
    """Return the document in memory, loading it first if necessary."""
    updates.warm(channel)
    return updates.state().loaded[model.number(channel)]


def load_again(channel: str) -> None:
    """Drop the document from memory and load it."""
    updates.state.forget()
    updates.warm(channel)


def views(person: int, channel: str) -> None:
    """Measure what pages request of a document."""
    head = log.head(db, channel).seq
    measure("open: the window", lambda: windows.newest(channel))
    measure("cold load", lambda: load_again(channel))
    measure("the text of a loaded document", lambda: updates.text(channel))
    measure("the list of versions", lambda: versions.listed(person, channel))
    measure("an old version", lambda: versions.get(person, channel, head // 2), 5)
    measure("the newest version", lambda: versions.get(person, channel, head), 5)
    keys = iter(range(1000))
    measure("restore, there and back", lambda: [
        versions.restore(person, channel, seq, f"r{next(keys)}") for seq in (head // 2, head)], 5)
    raw = bytes([1, 1]) + b"\x01\x05\x04\x01\x04text\x01x\x00"  # after a gap
    measure("refuse", lambda: refuse(person, channel, base64.b64encode(raw).decode()))


def refuse(person: int, channel: str, raw: str) -> None:
    """Send an invalid update."""
    try:
        updates.update(person, channel, raw, "no")
    except updates.Refused:
        return
    raise AssertionError("an invalid update was stored")


if __name__ == "__main__":
    hub.attach(lambda event, payload: b"")
    with tempfile.TemporaryDirectory() as data:
        db.open(Path(data), os.environ.get("HUBBUB_DATABASE_URL", ""))
        with db.transaction() as tx:
            ids = [people.create(tx, f"p{n}", f"p{n}", "member").id for n in range(WRITERS)]
        channel = model.channel(model.create(ids[0], "room:1", "Plans", "k").id)
        last = fill(ids, channel)
        measure_parts(ids[0], channel, last)
        views(ids[0], channel)
        db.close()
