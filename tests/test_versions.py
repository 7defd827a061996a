"""Versions of a document: grouping edits, reading old texts, and restoring them by a new edit."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.documents import updates, versions
from tests.replica import Replica


@pytest.fixture
def id(ann):
    return ann.post("/api/documents", room="room:1", title="Plans", key="d1").json["id"]


def write(caller, id, words, first=None, last=None):
    """Replace characters of a document; return the seq of the update."""
    copy = Replica().open(caller.get(f"/api/channels/doc:{id}/window").json)
    if first is not None and last is not None:
        copy.erase(first, last)
    if words:
        copy.type(words, first)
    key = f"w{copy.seen}"
    return caller.call("update", channel=f"doc:{id}", update=copy.send(), key=key)["ok"]


def set_time(seq, at):
    """Set the time of an edit."""
    with db.transaction() as tx:
        tx.execute("update entry set at = :at where seq = :seq and channel like 'doc:%'", at=at, seq=seq)


def listed(caller, id):
    return [(version["seq"], version["since"], version["at"], version["people"], version.get("restored", 0))
            for version in caller.get(f"/api/documents/{id}/versions").json]


def text(caller, id, seq=None):
    if seq is None:
        return caller.get(f"/document/{id}/text").text
    return caller.get(f"/api/documents/{id}/versions/{seq}").json["text"]


def test_edits_within_a_few_minutes_are_one_version(ann, bob, id):
    noon = 1_799_928_000.0
    times = [(ann, 0), (bob, 60), (ann, 300), (bob, 601), (ann, 900), (ann, 1202)]
    for who, after in times:
        set_time(write(who, id, "x"), noon + after)

    assert listed(ann, id) == [
        (6, noon + 1202, noon + 1202, [ann.person], 0),
        (4 + 1, noon + 601, noon + 900, [bob.person, ann.person], 0),
        (3, noon, noon + 300, [bob.person, ann.person], 0)]


def test_continuous_editing_makes_a_version_per_hour(ann, id):
    noon = 1_799_928_000.0
    for minute in range(0, 150, 4):
        set_time(write(ann, id, "x"), noon + 60 * minute)

    found = listed(ann, id)

    assert len(found) == 3 and found[0][0] == 38
    assert all(last - first <= versions.SLOT for _, first, last, _, _ in found)


def test_only_the_newest_versions_are_listed(ann, id, monkeypatch):
    monkeypatch.setattr(versions, "MOST", 3)
    for n in range(5):
        set_time(write(ann, id, "x"), 1000.0 * n)

    assert [seq for seq, *_ in listed(ann, id)] == [5, 4, 3]


def test_a_version_has_the_text_and_author_of_its_time(ann, bob, id, monkeypatch):
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 3)
    edits = [(ann, "tea"), (bob, " and"), (ann, " milk"), (bob, "!"), (ann, "?")]
    seqs = [write(who, id, words) for who, words in edits]

    assert [text(ann, id, seq) for seq in seqs] == [
        "tea", "tea and", "tea and milk", "tea and milk!", "tea and milk!?"]
    version = bob.get(f"/api/documents/{id}/versions/2").json
    assert version["author"] == bob.person and version["at"] == log.read(db, f"doc:{id}", 1)[0].at
    assert bob.get(f"/api/documents/{id}/versions/99").json == Refused("error.version_not_found", "not_found").payload
    ann.request("PATCH", f"/api/documents/{id}", title="Tea", key="t")
    assert bob.get(f"/api/documents/{id}/versions/6").json["code"] == "not_found"  # a new title is no edit


def test_restoring_a_version_is_an_edit_of_the_person(ann, bob, id):
    ann.call("subscribe", channel=f"doc:{id}", cursor=[0, ""])
    first = write(ann, id, "# Tea\n- milk\n- 🍵 sugar\n")
    write(ann, id, "coffee", 2, 5)
    write(ann, id, "", 0, 1)

    entry = bob.post(f"/api/documents/{id}/restore", seq=first, key="back").json

    assert text(ann, id) == "# Tea\n- milk\n- 🍵 sugar\n"
    assert (entry["seq"], entry["author"], entry["data"]["restored"]) == (4, bob.person, first)
    assert len(base64.b64decode(entry["data"]["update"])) < 80  # only the difference
    assert bob.post(f"/api/documents/{id}/restore", seq=first, key="back").json == entry
    assert bob.post(f"/api/documents/{id}/restore", seq=first, key="again").json == Refused(
        "error.same_text", "conflict").payload
    assert str(Replica().apply_entries(ann.received("update", 4))) == text(ann, id)
    assert [(seq, people, restored) for seq, _, _, people, restored in listed(ann, id)] == [
        (4, [bob.person], first), (3, [ann.person], 0)]
    assert text(ann, id, 3) == " coffee\n- milk\n- 🍵 sugar\n"  # versions in between stay


def test_edits_made_during_a_restore_are_kept(ann, bob, id):
    first = write(ann, id, "one\n")
    write(ann, id, "two\n")
    offline = Replica().open(ann.get(f"/api/channels/doc:{id}/window").json).type("three\n")

    bob.post(f"/api/documents/{id}/restore", seq=first, key="back")
    assert "ok" in ann.call("update", channel=f"doc:{id}", update=offline.send(), key="late")

    assert text(ann, id) == "one\nthree\n"


def test_restoring_a_long_text_in_several_updates_makes_one_version(ann, bob, id):
    words = "".join(f"{n} 🍵 line\n" for n in range(20_000))
    for first in range(0, len(words), 60_000):
        write(ann, id, words[first:first + 60_000])
    seq = log.head(db, f"doc:{id}").seq
    write(ann, id, "", 0, len(words))
    assert text(ann, id) == ""

    entry = bob.post(f"/api/documents/{id}/restore", seq=seq, key="back").json

    assert entry["data"]["restored"] == seq and text(ann, id) == words
    assert [(people, restored) for _, _, _, people, restored in listed(ann, id)] == [
        ([bob.person], seq), ([ann.person], 0)]
    assert bob.post(f"/api/documents/{id}/restore", seq=seq, key="back").json["seq"] == entry["seq"]


def test_restoring_a_version_needs_write_permission(ann, bob, id):
    seq = write(ann, id, "tea")
    write(ann, id, "!")
    ann.request("PATCH", f"/api/documents/{id}", archived=True, key="a")

    assert bob.post(f"/api/documents/{id}/restore", seq=seq, key="k").json["code"] == "denied"
    assert bob.post(f"/api/documents/{id}/restore", seq=77, key="k").json["code"] == "denied"
    assert text(bob, id) == "tea!"


LINES = ["tea\n", "milk\n", "é\n", "🍵 hot\n", "🍵 cold\n", "x", "\n"]
TEXT = st.lists(st.sampled_from(LINES), max_size=12).map("".join)


@settings(max_examples=300, deadline=None)
@given(TEXT, TEXT)
def test_applying_the_difference_gives_the_new_text(old, new):
    copy = Replica()
    if old:
        copy.type(old)
    copy.unsent = []

    raw_updates = versions.rewritten(copy.doc, copy.text, versions.changes(old, new))

    assert str(copy) == new and (old != new) == bool(raw_updates)


def test_a_difference_over_many_lines_is_one_change():
    def lines(word):
        return "same\n" + "".join(f"{n} {word}\n" for n in range(600)) + "end\n"

    [(first, last, words)] = versions.changes(lines("old"), lines("new"))

    assert first == len("same\n0 ") and last == len(lines("old")) - len("\nend\n")
    assert words.startswith("new\n1 new\n") and words.endswith("\n599 new")
