"""Copies of a document that are edited at random, through lost connections, restarts and failures, become one text.

The same text results from replaying the log, from the newest snapshot with the updates after it, and from the
server's memory.
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
PERSON = st.integers(0, 2)
WORDS = st.text("ab é😀\n", min_size=1, max_size=8) | st.just("a whole line\n")
STEPS = st.one_of(
    st.tuples(st.just("type"), PERSON, st.floats(0, 1), WORDS),
    st.tuples(st.just("erase"), PERSON, st.floats(0, 1), st.integers(1, 6)),
    st.tuples(st.just("send"), PERSON), st.tuples(st.just("catch up"), PERSON),
    st.tuples(st.just("lose the answer"), PERSON), st.tuples(st.just("lose the commit"), PERSON),
    st.tuples(st.just("reload"), PERSON), st.tuples(st.just("send rubbish"), PERSON, st.binary(max_size=30)),
    st.tuples(st.just("restart")), st.tuples(st.just("restore"), PERSON, st.floats(0, 1)))


class SharedDocument:
    """A document that three people edit, who are mostly offline."""

    def __init__(self, folder, url):
        self.folder, self.url = folder, url
        self.open()
        with db.transaction() as tx:
            self.people = [people.create(tx, f"p{n}", f"p{n}", "member").id for n in range(3)]
        self.channel = model.channel(model.create(self.people[0], "room:1", "Plans", "k").id)
        self.copies = [Replica() for _ in range(3)]
        self.unanswered = [None, None, None]  # the update that each sent without an answer, and its key
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

    def send(self, who):
        if self.unanswered[who] is None and self.copies[who].unsent:
            self.keys += 1
            self.unanswered[who] = self.copies[who].send(), f"key-{self.keys}"
        if self.unanswered[who]:
            updates.update(self.people[who], self.channel, *self.unanswered[who])
            self.unanswered[who] = None

    def lose_the_answer(self, who):
        self.send(who)
        if self.keys:
            found = [entry for entry in self.log() if entry.author == self.people[who] and entry.kind == "update"]
            if found and "restored" not in found[-1].data:
                self.unanswered[who] = found[-1].data["update"], found[-1].key

    def lose_the_commit(self, who):
        engine, commit = db.state().engine, db.state().engine.commit

        def full():
            engine.commit = commit
            raise OSError("the disk is full")

        engine.commit = full
        with contextlib.suppress(Refused):
            self.send(who)
        engine.commit = commit

    def catch_up(self, who):
        self.copies[who].apply_entries(log.read(db, self.channel, self.copies[who].seen, 1000))

    def reload(self, who):
        """Reload the page; the updates that it stored are sent under their old keys."""
        self.send(who)
        self.send(who)
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
            except Refused as refusal:
                assert refusal.code == "conflict"

    def log(self):
        return log.read(db, self.channel, 0, 10000)


def replayed(entries):
    copy = Replica()
    copy.apply_entries(entries)
    return copy


def assert_all_equal(document):
    """Bring everyone online, and check that all copies have the same text."""
    for who in (0, 0, 1, 1, 2, 2):  # first what was not answered
        document.send(who)
    for who in range(3):
        document.catch_up(who)
    text = str(document.copies[0])
    copies = [*document.copies, replayed(document.log()), Replica().open(windows.newest(document.channel))]
    assert [str(copy) for copy in copies] == [text] * 5
    assert updates.text(document.channel) == (text, log.head(db, document.channel).seq)
    states = [yjs.clocks(copy.doc.get_state()) for copy in copies]
    assert states == [states[0]] * 5
    if document.log():
        loaded = updates.state().loaded[model.number(document.channel)]
        rebuilt = updates.LoadedDocument(*updates.parcel(db, document.channel))
        assert loaded.known == rebuilt.known == states[0]
        assert str(rebuilt.text) == text


def play(folder, url, steps):
    document = SharedDocument(folder, url)
    try:
        for name, *rest in steps:
            getattr(document, name.replace(" ", "_"))(*rest)
        assert_all_equal(document)
        document.restart()
        assert_all_equal(document)
    finally:
        db.close()


OPTIONS = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@pytest.fixture(autouse=True)
def frequent_snapshots(monkeypatch):
    """Make a snapshot after only a few entries."""
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 5)


@settings(max_examples=60, **OPTIONS)
@given(st.lists(STEPS, min_size=5, max_size=60))
def test_all_copies_converge(steps):
    with tempfile.TemporaryDirectory() as folder:
        play(Path(folder), "", steps)


@settings(max_examples=8, **OPTIONS)
@given(st.lists(STEPS, min_size=20, max_size=60))
def test_all_copies_converge_on_postgresql(steps):
    with tempfile.TemporaryDirectory() as folder, postgres.lent() as url:
        play(Path(folder), url, steps)


def test_updates_of_real_yjs_pages_make_the_same_text_on_the_server():
    run = subprocess.run(["node", "tests/js/yjs-pages.mjs", *map(str, range(1, 9))], cwd=ROOT, capture_output=True,
                         check=True)
    results = json.loads(run.stdout)
    for result in results:
        loaded = updates.LoadedDocument()
        for _, update in result["log"]:
            raw = base64.b64decode(update)
            summary = yjs.read(raw)
            loaded.check(raw, summary)
            loaded.add(raw, summary)
        reloaded = updates.LoadedDocument(loaded.doc.get_update())
        assert str(loaded.text) == str(reloaded.text) == result["text"], result["seed"]
        assert loaded.known == reloaded.known == yjs.clocks(loaded.doc.get_state()), result["seed"]

    assert [result["seed"] for result in results] == list(range(1, 9))


def test_two_people_who_were_offline_for_long_lose_no_edits(tmp_path):
    document = SharedDocument(tmp_path, "")
    for n in range(40):
        document.type(0, 1.0, f"ann {n}\n")
        document.type(1, 0.0, f"bob {n}\n")
    assert_all_equal(document)
    lines = str(document.copies[2]).splitlines()
    assert sorted(lines) == sorted([f"ann {n}" for n in range(40)] + [f"bob {n}" for n in range(40)])
    db.close()


def test_the_server_never_inserts_the_text_of_a_document_again():
    """Otherwise the same words would have two histories, and a merge would show them twice."""
    first, second = Replica().type("plan"), Replica().type("plan")
    first.apply(second.doc.get_update())
    assert str(first) == "planplan"
    sources = [path.read_text() for path in Path(model.__file__).parent.glob("*.py")]
    assert [words for words in sources if "insert(" in words] == [Path(versions.__file__).read_text()]
    assert Doc(client_id=1).get_state() == Doc(client_id=2).get_state()
