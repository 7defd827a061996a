"""Claim: a search in 100,000 messages answers within 50 ms, for any words and permissions: `-m bench.search`."""

from gevent import monkey

monkey.patch_all()

import itertools
import os
import random
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.chat import create_room, members, messages, projection, search
from hubbub.core import db, hub
from hubbub.people import model

MESSAGES, ROOMS, WORDS, BATCH, RUNS = 100_000, 40, 8_000, 500, 30
QUERIES = ("the", "t", "ab", "th", "the t", "the a", '"the word3"', "the -word1", "word3999", "nothinglikethis",
           "word7 word8", "from:p3 the", "from:p3", "in:lobby the", "has:link", "has:image",
           "is:pinned", "-the", "the has:code")


def person(name: str) -> int:
    """Create a person."""
    with db.transaction() as tx:
        return model.create(tx, name, name, "member" if name != "gus" else "guest").id


def fill() -> dict[str, int]:
    """Fill forty private rooms and the Lobby by Zipf's law with messages of ten people; return those who search."""
    chance = random.Random(1)
    letters = [chr(code) for code in range(97, 123)]
    words = [f"word{n}" if n % 3 == 0 else "".join(chance.choices(letters, k=chance.randint(2, 9)))
             for n in range(WORDS)]
    weights = list(itertools.accumulate(1 / (n + 1) for n in range(WORDS)))
    people = [person(f"p{n}") for n in range(10)]
    channels = [create_room.create(people[0], f"room {n}", "private", "", people[1:], f"r{n}").channel
                for n in range(ROOMS)]
    places = [messages.LOBBY] + channels
    for first in range(0, MESSAGES, BATCH):
        with db.UnitOfWork() as unit:
            for number in range(first, first + BATCH):
                text = " ".join(["the", *chance.choices(words, cum_weights=weights, k=14)])
                text += " https://example.org" if number % 50 == 0 else ""
                place = places[min(int(chance.expovariate(0.3)), len(places) - 1)]
                messages.post(people[number % 10], place, text, f"k{number}")
        unit.wait_for_commit()
    with db.transaction() as tx:  # the worst case for a person in few rooms: nearly no hit is readable
        tx.execute("update searchable set room = 2 where room = 1 and id % 100 > 0")
    few = person("few")
    members.invite(people[0], channels[-1], [few], "few")
    return {"in all rooms": people[1], "in few rooms": few, "guest": person("gus")}


def measure(who: int, query: str) -> list[float]:
    """Return how long the search and its answer take, in ms."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        hits, _ = search.find(who, query, 0, 20)
        projection.found(hits)
        times.append((time.perf_counter() - start) * 1000)
    return times


if __name__ == "__main__":
    hub.attach(lambda event, payload: b"")
    with tempfile.TemporaryDirectory() as data:
        db.open(Path(data), os.environ.get("HUBBUB_DATABASE_URL", ""))
        start = time.process_time()
        people = fill()
        print(f"{(time.process_time() - start) / MESSAGES * 1e6:.0f} µs of CPU a post, on {db.dialect()}")
        for name, who in people.items():
            for query in QUERIES:
                times = measure(who, query)
                print(f"{name:18} {query:20} p50 {median(times):6.2f} ms  p95 {quantiles(times, n=20)[-1]:6.2f} ms")
        db.close()
