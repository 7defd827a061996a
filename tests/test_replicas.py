"""Several people's copies of a document, edited at random through cuts, restarts and failures, become one text.

And that text is what the log says, replayed; what the newest snapshot and the updates after it say; and what the
server has in memory.
"""

import base64
import contextlib
import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import db, log, windows
from hubbub.core.access import Refused
from hubbub.documents import model, updates, versions, yjs
from hubbub.people import model as people
from tests import postgres
from tests.nodes import open_node
from tests.replica import Replica, encoded

ROOT = Path(__file__).parent.parent
WHO = st.integers(0, 2)
WORDS = st.text("ab é😀\n", min_size=1, max_size=8) | st.just("a whole line\n")
STEPS = st.one_of(
    st.tuples(st.just("type"), WHO, st.floats(0, 1), WORDS),
    st.tuples(st.just("erase"), WHO, st.floats(0, 1), st.integers(1, 6)),
    st.tuples(st.just("say"), WHO), st.tuples(st.just("hear"), WHO),
    st.tuples(st.just("lose the answer"), WHO), st.tuples(st.just("lose the commit"), WHO),
    st.tuples(st.just("reload"), WHO), st.tuples(st.just("send rubbish"), WHO, st.binary(max_size=30)),
    st.tuples(st.just("restart")), st.tuples(st.just("restore"), WHO, st.floats(0, 1)))


class Table:
    """A document with three people at it, who are mostly offline."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.open()
        with db.transaction() as tx:
            self.people = [people.create(tx, f"p{n}", f"p{n}", "member").id for n in range(3)]
        self.channel = model.channel(model.create(self.people[0], "room:1", "Plans", "k").id)
        self.copies = [Replica() for _ in range(3)]
        self.unsure = [None, None, None]  # what was sent and not answered, under which key
        self.keys = 0

    def open(self):
        open_node(self.folder, self.url)

    def restart(self):
        db.close()
        self.open()

    def type(self, who, place, words):
        self.copies[who].type(words, round(place * len(str(self.copies[who]))))

    def erase(self, who, place, length):
        first = round(place * len(str(self.copies[who])))
        self.copies[who].erase(first, first + length)

    def say(self, who):
        if self.unsure[who] is None and self.copies[who].waiting:
            self.keys += 1
            self.unsure[who] = self.copies[who].send(), f"key-{self.keys}"
        if self.unsure[who]:
            updates.update(self.people[who], self.channel, *self.unsure[who])
            self.unsure[who] = None

    def lose_the_answer(self, who):
        self.say(who)
        if self.keys:
            found = [entry for entry in self.log() if entry.author == self.people[who] and entry.kind == "update"]
            if found and "restored" not in found[-1].data:
                self.unsure[who] = found[-1].data["update"], found[-1].key

    def lose_the_commit(self, who):
        engine, commit = db.state().writer.engine, db.state().writer.engine.commit

        def full():
            engine.commit = commit
            raise OSError("the disk is full")

        engine.commit = full
        with contextlib.suppress(Refused):
            self.say(who)
        engine.commit = commit

    def hear(self, who):
        self.copies[who].hear(log.read(db, self.channel, self.copies[who].seen, 1000))

    def reload(self, who):
        """The page is opened anew; what it kept comes with it, to be sent under the old key."""
        self.say(who)
        self.say(who)
        self.copies[who] = Replica().open(windows.newest(self.channel))

    def send_rubbish(self, who, raw):
        with contextlib.suppress(Refused):
            updates.update(self.people[who], self.channel, encoded(raw), f"rubbish {raw!r}"[:60])

    def restore(self, who, place):
        edits = [entry.seq for entry in self.log() if entry.kind == "update"]
        if edits:
            self.keys += 1
            try:
                seq = edits[round(place * (len(edits) - 1))]
                versions.restore(self.people[who], self.channel, seq, f"key-{self.keys}")
                assert updates.text(self.channel)[0] == versions.get(self.people[who], self.channel, seq)["text"]
            except Refused as no:
                assert no.code == "taken"

    def log(self):
        return log.read(db, self.channel, 0, 10000)


def replayed(entries):
    copy = Replica()
    copy.hear(entries)
    return copy


def all_the_same(table):
    """Everybody comes online, and then all copies there are say the same."""
    for who in (0, 0, 1, 1, 2, 2):  # what was not answered first
        table.say(who)
    for who in range(3):
        table.hear(who)
    said = str(table.copies[0])
    ways = [*table.copies, replayed(table.log()), Replica().open(windows.newest(table.channel))]
    assert [str(copy) for copy in ways] == [said] * 5
    assert updates.text(table.channel) == (said, log.head(db, table.channel).seq)
    states = [yjs.clocks(copy.doc.get_state()) for copy in ways]
    assert states == [states[0]] * 5
    if table.log():
        hot = updates.state().loaded[model.number(table.channel)]
        built = updates.LoadedDocument(*updates.parcel(db, table.channel))
        assert hot.known == built.known == states[0]
        assert str(built.text) == said


def play(folder, url, steps):
    table = Table(folder, url)
    try:
        for name, *rest in steps:
            getattr(table, name.replace(" ", "_"))(*rest)
        all_the_same(table)
        table.restart()
        all_the_same(table)
    finally:
        db.close()


RULES = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Snapshots are made after a few entries already."""
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 5)


@settings(max_examples=60, **RULES)
@given(st.lists(STEPS, min_size=5, max_size=60))
def test_all_copies_become_one(steps):
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), "", steps)


@settings(max_examples=8, **RULES)
@given(st.lists(STEPS, min_size=20, max_size=60))
def test_on_postgresql_too(steps):
    if postgres.server() is None:
        pytest.skip(f"no PostgreSQL: {postgres.reason}")
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), postgres.server().database(), steps)


@pytest.mark.parametrize("seed", range(1, 9))
def test_what_real_pages_send_makes_the_same_text_here(seed):
    ran = subprocess.run(["node", "tests/js/yjs-pages.mjs", str(seed)], cwd=ROOT, capture_output=True, check=True)
    told = json.loads(ran.stdout)
    hot = updates.LoadedDocument()
    for _, update in told["log"]:
        raw = base64.b64decode(update)
        summary = yjs.read(raw)
        hot.check(raw, summary)
        hot.add(raw, summary)
    again = updates.LoadedDocument(hot.doc.get_update())
    assert str(hot.text) == str(again.text) == told["text"]
    assert hot.known == again.known == yjs.clocks(hot.doc.get_state())


def test_two_people_who_were_offline_for_long_lose_nothing(tmp_path):
    table = Table(tmp_path, "")
    for n in range(40):
        table.type(0, 1.0, f"ann {n}\n")
        table.type(1, 0.0, f"bob {n}\n")
    all_the_same(table)
    lines = str(table.copies[2]).splitlines()
    assert sorted(lines) == sorted([f"ann {n}" for n in range(40)] + [f"bob {n}" for n in range(40)])
    db.close()


def test_a_document_is_never_made_from_a_text():
    """Whoever did, would give the same words a second past, and they would stand there twice after a merge."""
    first, second = Replica().type("plan"), Replica().type("plan")
    first.take(second.doc.get_update())
    assert str(first) == "planplan"
    sources = [path.read_text() for path in Path(model.__file__).parent.glob("*.py")]
    assert [words for words in sources if "insert(" in words] == [Path(versions.__file__).read_text()]
    assert Doc(client_id=1).get_state() == Doc(client_id=2).get_state()
