"""What is typed: kept if it fits, refused in words if it does not, and then it leaves no trace anywhere."""

import base64
import contextlib
import os
import random

import pycrdt
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Doc, Text

from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.documents import model, updates, versions
from hubbub.people import model as people
from tests.replica import Replica, encoded

PLENTY = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.fixture
def crowd(database):
    """Three people and a document in the Lobby."""
    updates.forget()
    with db.transaction() as tx:
        return [people.arrive(tx, name, name, "member", "secret").id for name in ("ann", "bob", "cleo")]


def document(person):
    return model.channel(model.create(person, "room:1", "Plans", os.urandom(8).hex()).id)


def text(channel):
    return updates.text(channel)[0]


def everything(channel):
    """All that is kept of a document, and what is in memory of it."""
    id = model.number(channel)
    return (db.execute("select seq, data from entry where channel = :channel order by seq", channel=channel),
            db.execute("select * from document where id = :id", id=id),
            db.execute("select client, person from document_client where document = :id order by client", id=id),
            text(channel))


def replayed(channel):
    doc = Doc()
    words = doc.get("text", type=Text)
    for _, update in model.tail(db, channel, 0):
        doc.apply_update(base64.b64decode(update))
    return str(words)


def foreign(change):
    """An update that another editor makes, of whatever it likes."""
    doc = Doc()
    change(doc)
    return doc.get_update()


def embedded(doc):
    doc.get("text", type=Text).insert_embed(0, {"picture": 1})


def bold(doc):
    doc.get("text", type=Text).insert(0, "loud", {"bold": True})


def another_root(doc):
    doc.get("evil", type=pycrdt.Map)["a"] = "b" * 100


def nested(doc):
    doc.get("text", type=Text).insert_embed(0, Text("inner"))


HOSTILE = {
    "nothing": b"", "junk": b"junk" * 50,
    "a cut one": foreign(lambda doc: doc.get("text", type=Text).insert(0, "hello"))[:-3],
    "a huge count": b"\xff\xff\xff\xff\x0f\x01", "endless number": b"\xff" * 30,
    "a picture": foreign(embedded), "bold": foreign(bold), "another root": foreign(another_root),
    "a text in it": foreign(nested),
    "deletes of what is not there": bytes.fromhex("0001ebf4b8bdef8bae0901000a"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_does_not_fit_is_refused_in_words_and_leaves_no_trace(crowd, name):
    ann, bob, _ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "hello")
    page.send(db)
    before = everything(channel)

    with pytest.raises(Refused) as no:
        updates.update(bob, channel, encoded(HOSTILE[name]), "k")

    assert no.value.code == "bad_input" and len(no.value.words) > 20
    assert everything(channel) == before
    page.write(5, " world")
    page.send(db)
    assert text(channel) == str(page) == replayed(channel) == "hello world"


@pytest.mark.parametrize("wrong", ["###", "AAA", "ä", "AA==\n", " "])
def test_what_is_no_base64_is_refused(crowd, wrong):
    channel = document(crowd[0])

    with pytest.raises(Refused, match="base64"):
        updates.update(crowd[0], channel, wrong, "k")


def test_an_update_that_goes_on_from_what_is_not_here_is_refused(crowd):
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "one ")
    page.write(4, "two")

    with pytest.raises(Refused, match="not here"):
        page.post(page.typed[1], "k2")

    assert text(channel) == ""
    page.send(db)
    assert text(channel) == "one two"


def test_nobody_types_under_the_number_of_another(crowd):
    """Else they could take the other's next place, and what the other types there would be taken for known."""
    ann, bob, _ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "mine ")
    page.send(db)
    thief = Doc(client_id=page.doc.client_id)
    thief.apply_update(page.doc.get_update())
    state = thief.get_state()
    thief.get("text", type=Text).insert(0, "stolen ")

    with pytest.raises(Refused, match="somebody else"):
        updates.update(bob, channel, encoded(thief.get_update(state)), "k")

    page.write(0, "still ")
    page.send(db)
    assert text(channel) == "still mine "


def test_what_is_known_already_may_come_again_from_anybody(crowd):
    ann, bob, _ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "hello")
    page.send(db)

    updates.update(bob, channel, encoded(page.doc.get_update()), "k")

    assert text(channel) == "hello"
    assert db.execute("select person from document_client") == [(ann,)]


def test_a_repeated_key_returns_the_first_entry(crowd):
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "hello")

    entries = {page.post(page.typed[0], "k").seq for _ in range(3)}

    assert len(entries) == 1 and text(channel) == "hello"


def test_what_is_too_much_is_refused(crowd, monkeypatch):
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "x" * (updates.UPDATE_LIMIT + 1))
    with pytest.raises(Refused, match="256 KB"):
        page.post(page.typed[0], "k1")

    monkeypatch.setattr(updates, "TEXT_LIMIT", 1000)
    page = Replica(ann, channel)
    page.write(0, "x" * 1001)
    with pytest.raises(Refused, match="1 MB"):
        page.post(page.typed[0], "k2")
    monkeypatch.setattr(updates, "STATE_LIMIT", 900)
    with pytest.raises(Refused, match="too large"):
        page.post(page.typed[0], "k3")
    assert text(channel) == ""


def test_the_largest_update_that_may_be_fits(crowd):
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "x" * (updates.UPDATE_LIMIT - 100))

    page.send(db)

    assert len(text(channel)) == updates.UPDATE_LIMIT - 100


def test_what_was_tried_and_could_not_be_committed_is_forgotten(crowd, monkeypatch):
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    page.write(0, "kept ")
    page.send(db)
    engine = db._writer.engine
    page.write(5, "lost")
    with monkeypatch.context() as broken:
        broken.setattr(engine, "commit", lambda: (_ for _ in ()).throw(OSError("the disk is full")))
        with pytest.raises(Refused):
            page.post(page.typed[0], "k")
    assert text(channel) == "kept "

    other = Replica(ann, channel)
    other.open(db)
    other.write(0, "other ")
    other.send(db)

    assert text(channel) == replayed(channel) == "other kept "
    page.send(db)
    assert text(channel) == replayed(channel) == "other kept lost"


def test_a_snapshot_comes_with_every_so_many_entries_and_says_the_same(crowd, monkeypatch):
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 7)
    ann, *_ = crowd
    channel = document(ann)
    page = Replica(ann, channel)
    for n in range(30):
        page.write(0, f"{n} ")
    page.send(db)

    [(seq,)] = db.execute("select seq from document_snapshot")
    late = Replica(ann, channel)
    late.open(db)

    assert seq == 28 and len(model.opened(db, channel, None)["updates"]) == 2
    updates.forget()
    assert str(late) == str(page) == text(channel) == replayed(channel)


WHO, WHERE = st.integers(0, 2), st.integers(0, 60)
STEPS = st.lists(st.one_of(
    st.tuples(st.just("write"), WHO, WHERE, st.text("abc\n", min_size=1, max_size=6)),
    st.tuples(st.just("erase"), WHO, WHERE, st.integers(1, 9)),
    st.tuples(st.sampled_from(["send", "cut", "reload", "lose", "restart", "restore"]), WHO)), max_size=50)


class Table:
    """Three people at one document, some of them cut off at times."""

    def __init__(self, crowd):
        self.channel = document(crowd[0])
        self.pages = [Replica(person, self.channel) for person in crowd]
        self.away = set()

    def write(self, who, at, words):
        self.pages[who].write(at, words)
        self.told(who)

    def erase(self, who, at, count):
        self.pages[who].erase(at, count)
        self.told(who)

    def told(self, who):
        if who not in self.away:
            self.pages[who].send(db)

    def cut(self, who):
        self.away.add(who)

    def send(self, who):
        self.away.discard(who)
        self.pages[who].send(db)

    def reload(self, who):
        if not self.pages[who].typed:
            self.pages[who] = Replica(self.pages[who].person, self.channel)
            self.pages[who].open(db)
            self.away.discard(who)

    def lose(self, who):
        """It arrives, but the answer does not."""
        page = self.pages[who]
        if page.typed:
            page.post(page.typed[0], "lost")

    def restart(self, who):
        updates.forget()

    def restore(self, who):
        edits = model.tail(db, self.channel, 0)
        if edits and who not in self.away:
            with contextlib.suppress(Refused):
                seq = random.Random(who).choice(edits)[0]
                versions.restore(self.pages[who].person, self.channel, seq, os.urandom(8).hex())


def test_three_pages_agree_in_the_end_whatever_happened(crowd, monkeypatch):
    """Also with what the log replays, and what its snapshot and tail make."""
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 5)

    @PLENTY
    @given(STEPS)
    def law(steps):
        table = Table(crowd)
        for what, *how in steps:
            getattr(table, what)(*how)
        for page in [*table.pages, *table.pages]:
            page.send(db)

        late, channel = Replica(crowd[0], table.channel), table.channel
        late.open(db)
        assert len({str(page) for page in (*table.pages, late)} | {text(channel), replayed(channel)}) == 1
        updates.forget()
        assert text(channel) == str(late)
        assert [entry.seq for entry in log.read(db, channel, 0, 10_000)] == list(
            range(1, log.head(db, channel).seq + 1))

    law()


@PLENTY
@given(st.binary(max_size=80))
def test_junk_is_refused_or_changes_nothing(junk):
    hot = updates.Hot()
    try:
        spoken = updates._try(hot, junk)
    except Refused as no:
        assert no.code in ("bad_input", "too_large")
    else:
        assert str(hot.text).isprintable() or spoken


@PLENTY
@given(st.text("abcä🎉\n", max_size=200), st.text("abcä🎉\n", max_size=200))
def test_the_difference_of_two_texts_makes_the_one_of_the_other(old, new):
    doc = Doc()
    doc.get("text", type=Text).insert(0, old)

    raw = versions.rewritten(doc.get_update(), versions.edits(old, new))
    if raw:
        doc.apply_update(raw)

    assert str(doc.get("text", type=Text)) == new
