"""What is typed into a document: kept if it fits, refused in words if not, and then nothing was touched."""

import base64

import pytest
from gevent import spawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, write_var_uint

from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.documents import model, updates, yjs
from tests.replica import Replica, encoded, typed

ANN, BOB = 7001, 7002  # Yjs clients


def n(*numbers):
    return b"".join(map(write_var_uint, numbers))


def struct(words, *, after=None, before=None):
    """A struct as Yjs writes it."""
    info = 4 | (0x80 if after else 0) | (0x40 if before else 0)
    sides = b"".join(n(*side) for side in (after, before) if side)
    raw = words.encode()
    return bytes([info]) + (sides or n(1, 4) + b"text") + n(len(raw)) + raw


def written(client, clock, *structs, gone=()):
    """An update of one client; `gone` are (client, clock, length)."""
    deletes = b"".join(n(who, 1, first, length) for who, first, length in gone)
    head = n(1, len(structs), client, clock) if structs else n(0)
    return head + b"".join(structs) + n(len(gone)) + deletes


@pytest.fixture
def ann(any_app):
    any_app.set_up_owner()
    return any_app.connect_member("ann")


@pytest.fixture
def bob(any_app, ann):
    return any_app.connect_member("bob")


@pytest.fixture
def doc(ann):
    """Ann's document, in which she wrote "plan"."""
    id = ann.post("/api/documents", room="room:1", title="Plans", key="d1").json["id"]
    assert "ok" in ann.call("update", channel=f"doc:{id}", update=typed("plan", ANN), key="first")
    return f"doc:{id}"


def text(caller, doc):
    return caller.get(f"/document/{doc[4:]}/text").text


def everything(doc):
    """All that a refused update must leave as it was: log, tables, and the document in memory."""
    hot = updates.state().loaded.get(model.number(doc))
    memory = hot and (hot.doc.get_update(), dict(hot.known), hot.at, hot.size, hot.since)
    tables = [db.execute(f"select * from {name} order by 1, 2") for name in
              ("document", "document_client", "document_snapshot", "document_mention")]
    return memory, tables, log.read(db, doc, 0, 10000)


def refused(caller, doc, raw, key="k"):
    """Return the id and the code of the refusal of an update that must not change anything."""
    before = everything(doc)
    said = caller.call("update", channel=doc, update=encoded(raw) if isinstance(raw, bytes) else raw, key=key)
    assert "ok" not in said, said
    assert everything(doc) == before
    return said["id"], said["code"]


def test_what_ann_types_is_heard_by_bob_under_her_name(ann, bob, doc):
    bob.call("subscribe", channel=doc, cursor=[0, ""])
    copy = Replica(ANN).open(ann.get(f"/api/channels/{doc}/window").json)
    copy.type(" for tea")

    seq = ann.call("update", channel=doc, update=copy.send(), key="k2")["ok"]

    received = bob.received("update", 2)
    assert [(entry["seq"], entry["author"], entry["n"]) for entry in received] == [
        (1, ann.person, 0), (seq, ann.person, 0)]
    assert str(Replica().apply_entries(received)) == text(bob, doc) == "plan for tea"


def test_the_same_key_is_the_same_entry(ann, doc):
    again = ann.call("update", channel=doc, update=typed("plan", ANN), key="first")

    assert again == {"ok": 1}
    assert text(ann, doc) == "plan"


def test_the_same_update_under_another_key_changes_nothing(ann, bob, doc):
    for who, key in ((ann, "x"), (bob, "y")):  # bob's page may send on what it has of ann
        assert "ok" in who.call("update", channel=doc, update=typed("plan", ANN), key=key)

    assert text(ann, doc) == "plan"
    assert str(Replica().open(bob.get(f"/api/channels/{doc}/window").json)) == "plan"
    update = encoded(written(ANN, 4, struct("s", after=(ANN, 3))))
    assert "ok" in ann.call("update", channel=doc, update=update, key="z")
    assert text(bob, doc) == "plans"


def of(kind, value, name="text"):
    doc = Doc({name: kind(value)})
    return doc.get_update()


def formatted():
    doc = Doc()
    text = doc.get("text", type=Text)
    text.insert(0, "bold", {"bold": True})
    return doc.get_update()


def embedded():
    doc = Doc()
    doc.get("text", type=Text).insert_embed(0, {"image": "x"})
    return doc.get_update()


HOSTILE = {
    "no base64": ("?", "error.not_base64"),
    "nothing": (b"", "error.not_an_update"),
    "garbage": (bytes(range(256)), "error.not_an_update"),
    "a megabyte of junk": ("A" * 900_000, None),
    "300 KB": (written(BOB, 0, struct("x" * 300_000)), "error.update_too_large"),
    "cut off": (written(BOB, 0, struct("hello"))[:-3], "error.not_an_update"),
    "with more behind it": (written(BOB, 0, struct("hello")) + b"\0", "error.not_an_update"),
    "a number without end": (b"\xff" * 20, "error.not_an_update"),
    "version 2": (b"\0\0\0\x05\x01\0\0\0\x01\0\0", None),
    "no UTF-8": (written(BOB, 0, struct("hello")).replace(b"llo", b"\xff\xfe\xfd"),
        "error.not_an_update"),
    "of no length": (written(BOB, 0, struct("")), "error.not_an_update"),
    "out of a gap": (written(BOB, 5, struct("hello")), "error.edit_missing"),
    "after nobody's word": (written(BOB, 0, struct("hello", after=(9, 0))), "error.edit_missing"),
    "before nobody's word": (written(BOB, 0, struct("hello", before=(ANN, 4))), "error.edit_missing"),
    "after itself": (written(BOB, 0, struct("hello", after=(BOB, 0))), "error.circular_update"),
    "deleting what is not there": (written(BOB, 0, gone=[(ANN, 2, 3)]), "error.edit_missing"),
    "as ann": (written(ANN, 4, struct("hello", after=(ANN, 3))), "error.other_editing_session"),
    "as ann, and as oneself": (
        n(2, 1, BOB, 0) + struct("x", after=(ANN, 3)) + n(1, ANN, 4) + struct("y", after=(ANN, 3)) + n(0),
        "error.other_editing_session"),
    "another text": (of(Text, "hello", "other"), "error.other_text"),
    "a map": (of(Map, {"a": 1}), "error.not_plain_text"),
    "a map called text": (of(Map, {"a": 1}, "text"), "error.not_plain_text"),
    "a list in it": (of(Array, [1, "b"], "text"), "error.not_plain_text"),
    "bold": (formatted(), "error.not_plain_text"),
    "a picture": (embedded(), "error.not_plain_text"),
    "two clients in a circle": (
        n(2, 1, 8, 0) + struct("x", after=(9, 0)) + n(1, 9, 0) + struct("y", after=(8, 0)) + n(0),
        "error.circular_update"),
    "one client twice": (n(2, 1, 8, 0) + struct("x") + n(1, 8, 0) + struct("y") + n(0), "error.not_an_update"),
    "101 clients": (n(101) + b"".join(n(1, client, 0) + struct("x") for client in range(101)) + n(0),
        "error.too_many_clients"),
    "a client beyond JavaScript": (written(2**53 + 1, 0, struct("x")), "error.not_an_update"),
    "a carriage return": (written(BOB, 0, struct("a\r\nb")), "error.carriage_return"),
    "a skip": (n(1, 1, BOB, 0) + bytes([10]) + n(4) + n(0), "error.not_plain_text"),
    "a hole": (n(1, 1, BOB, 0) + bytes([0]) + n(4) + n(0), "error.not_plain_text"),
    "in another struct": (n(1, 1, BOB, 0) + bytes([4]) + n(0, ANN, 0) + n(1) + b"x" + n(0), "error.other_text"),
}


def test_what_is_hostile_is_refused_and_leaves_no_trace(ann, bob, doc):
    for name, (raw, id) in HOSTILE.items():
        refusal, code = refused(bob, doc, raw)

        assert code in ("bad_input", "too_large", "denied"), name
        assert id in (None, refusal), name

    copy = Replica(BOB).open(bob.get(f"/api/channels/{doc}/window").json).type("s")
    assert "ok" in bob.call("update", channel=doc, update=copy.send(), key="k")  # the key is still free
    assert text(ann, doc) == "plans"


def test_a_character_is_not_parted(ann, bob, doc):
    """The library below would lose words in its next state: the parts of 😀 stand at two clocks."""
    assert "ok" in bob.call("update", channel=doc, update=encoded(written(BOB, 0, struct("a😀b"))), key="wide")
    parted = [written(9, 0, gone=[(BOB, 2, 1)]), written(9, 0, gone=[(BOB, 1, 1)]),
              written(9, 0, struct("x", after=(BOB, 1))), written(9, 0, struct("x", before=(BOB, 2))),
              written(8, 0, struct("😀"), gone=[(8, 0, 1)])]
    for warm in (True, False):
        for raw in parted:
            assert refused(ann, doc, raw) == ("error.character_split", "bad_input")
        if warm:
            updates.state.forget()
            text(ann, doc)  # loads it
    assert "ok" in ann.call("update", channel=doc, update=encoded(written(9, 0, gone=[(BOB, 1, 2)])), key="whole")
    assert text(ann, doc) in ("planab", "abplan")


def test_an_update_that_was_half_kept_goes_on_where_it_was(ann, doc):
    whole = encoded(written(ANN, 0, struct("plants")))

    assert "ok" in ann.call("update", channel=doc, update=whole, key="more")

    assert text(ann, doc) == "plants"


def test_pages_of_one_person_that_were_offline_send_what_rests_on_each_other(ann, doc):
    raw = n(2, 1, 8, 0) + struct("x", after=(9, 0)) + n(2, 9, 0) + struct("y", after=(ANN, 3)) + struct(
        "z", after=(8, 0)) + n(0)

    assert "ok" in ann.call("update", channel=doc, update=encoded(raw), key="k")

    assert text(ann, doc) == "planyxz"


def test_somebody_else_may_delete_what_ann_wrote(ann, bob, doc):
    assert "ok" in bob.call("update", channel=doc, update=encoded(written(BOB, 0, gone=[(ANN, 0, 3)])), key="k")

    assert text(ann, doc) == "n"


def test_a_document_ends_somewhere(ann, doc, monkeypatch):
    monkeypatch.setattr(updates, "TEXT_LIMIT", 20)
    before = log.head(db, doc)
    long = encoded(written(ANN, 4, struct("x" * 17, after=(ANN, 3))))
    assert ann.call("update", channel=doc, update=long, key="k")["id"] == "error.document_too_long"
    assert log.head(db, doc) == before
    assert text(ann, doc) == "plan"
    update = encoded(written(ANN, 4, struct("s", after=(ANN, 3))))
    assert "ok" in ann.call("update", channel=doc, update=update, key="k")

    monkeypatch.setattr(updates, "STATE_LIMIT", 40)
    assert refused(ann, doc, written(ANN, 5, struct("x" * 10, after=(ANN, 3))), "l")[0] == (
        "error.document_full")


def test_a_large_update_is_kept(ann, doc):
    words = "é" * 120_000
    more = encoded(written(ANN, 4, struct(words, after=(ANN, 3))))
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}

    assert text(ann, doc) == f"plan{words}"


def test_who_was_removed_or_finds_it_archived_types_no_more(any_app, ann, bob):
    room = ann.post("/api/rooms", name="Den", kind="private", people=[bob.person], key="r").json["channel"]
    id = ann.post("/api/documents", room=room, title="Plans", key="d").json["id"]
    doc = f"doc:{id}"
    bob.call("subscribe", channel=doc, cursor=[0, ""])
    assert "ok" in bob.call("update", channel=doc, update=typed("tea", BOB), key="k1")

    ann.request("PATCH", f"/api/documents/{id}", archived=True, key="a1")
    more = encoded(written(BOB, 3, struct("s", after=(BOB, 2))))
    assert bob.call("update", channel=doc, update=more, key="k2") == Refused(
        "error.not_allowed", "denied", verb="write").payload
    ann.request("PATCH", f"/api/documents/{id}", archived=False, key="a2")
    ann.call("kick", channel=room, person=bob.person, key="out")
    absent = Refused("error.channel_absent", "absent").payload
    assert bob.call("update", channel=doc, update=more, key="k3") == absent
    assert bob.get(f"/document/{id}/text").json == absent

    assert text(ann, doc) == "tea"
    ann.call("update", channel=doc, update=encoded(written(ANN, 0, struct("!", after=(BOB, 2)))), key="k4")
    bob.call("online")
    assert len(bob.received("update")) == 1


def test_a_commit_that_fails_takes_the_document_in_memory_with_it(ann, bob, doc, monkeypatch):
    def full():
        raise OSError("the disk is full")

    more = encoded(written(ANN, 4, struct("s", after=(ANN, 3))))
    with monkeypatch.context() as patch:
        patch.setattr(db.state().writer.engine, "commit", full)
        assert ann.call("update", channel=doc, update=more, key="k")["code"] == "not_kept"

    assert text(bob, doc) == "plan"
    assert bob.call("update", channel=doc, update=encoded(written(BOB, 0, struct("x", after=(ANN, 4)))), key="b")[
        "code"] == "bad_input"  # nobody rests on what was not kept
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}
    assert text(bob, doc) == "plans"


def test_what_fails_after_the_document_was_changed_leaves_no_trace(ann, doc, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(updates, "_snapshot", lambda *_: 1 / 0)
        patch.setattr(updates, "SNAPSHOT_ENTRIES", 1)
        more = encoded(written(ANN, 4, struct("s", after=(ANN, 3))))
        assert ann.call("update", channel=doc, update=more, key="k")["code"] == "broken"

    assert text(ann, doc) == "plan"
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}
    assert text(ann, doc) == "plans"


def test_to_open_is_a_snapshot_and_what_came_after(ann, doc, monkeypatch):
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 10)
    for clock in range(4, 29):
        raw = written(ANN, clock, struct("s", after=(ANN, clock - 1)))
        assert "ok" in ann.call("update", channel=doc, update=encoded(raw), key=f"k{clock}")
    updates.state.forget()  # as after a restart: opening needs nothing in memory

    window = ann.get(f"/api/channels/{doc}/window").json

    assert updates.state().loaded == {}
    assert window["state"] and len(window["updates"]) == 6 and window["as_of"] == [26, "k28"] and window["items"] == []
    assert window["document"]["title"] == "Plans" and window["document"]["changer"] == ann.person
    assert str(Replica().open(window)) == "plan" + "s" * 25


def test_few_documents_stay_in_memory(ann, monkeypatch):
    monkeypatch.setattr(updates, "MEMORY_LIMIT", 3 * updates.LEAST)
    ids = [ann.post("/api/documents", room="room:1", title=f"Plan {one}", key=f"d{one}").json["id"] for one in range(5)]
    for id in ids:
        ann.call("update", channel=f"doc:{id}", update=typed(f"plan {id}"), key="k")

    assert list(updates.state().loaded) == ids[-3:]
    assert [text(ann, f"doc:{id}") for id in ids] == [f"plan {id}" for id in ids]


def test_a_document_is_loaded_while_others_write(any_app, ann, bob, doc):
    """A cold load holds no lock: bob's message is not behind it."""
    updates.state.forget()
    load = spawn(updates.warm, doc)
    assert "ok" in bob.call("post", channel="room:1", text="hello", key="k")
    load.get(timeout=5)
    assert updates.state().loaded[model.number(doc)].known == {ANN: 4}


RAW = st.binary(max_size=60) | st.builds(
    lambda raw, at, byte: raw[:at % len(raw)] + bytes([byte]) + raw[at % len(raw) + 1:],
    st.sampled_from([written(BOB, 0, struct("hello")), written(BOB, 0, struct("a😀b"), gone=[(BOB, 0, 1)]),
                     n(2, 1, 8, 0) + struct("x", after=(9, 0)) + n(1, 9, 0) + struct("y") + n(0)]),
    st.integers(0, 100), st.integers(0, 255))


@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(RAW)
def test_what_we_take_for_an_update_is_taken_in_by_the_library(raw):
    """And it knows exactly as much after it as we think; nothing stays pending."""
    hot = updates.LoadedDocument()
    try:
        summary = yjs.read(raw)
        hot.check(raw, summary)
    except Refused as no:
        assert no.message and no.code in ("bad_input", "too_large")
        return
    hot.add(raw, summary)
    assert hot.known == {client: clock for client, clock in yjs.clocks(hot.doc.get_state()).items() if clock}
    assert set(hot.doc.keys()) == {"text"}
    again = updates.LoadedDocument(hot.doc.get_update())
    assert (str(again.text), again.known) == (str(hot.text), hot.known)


def test_what_pages_write_is_read_as_the_library_reads_it():
    copies = [Replica(), Replica()]
    hot = updates.LoadedDocument()
    for turn in range(200):
        copy = copies[turn % 2]
        copy.type("é😀\n" * (turn % 3 + 1), turn * 7 % (len(str(copy)) + 1)).erase(turn % 5, turn % 7)
        raw = base64.b64decode(copy.send())
        summary = yjs.read(raw)
        hot.check(raw, summary)
        hot.add(raw, summary)
        copies[1 - turn % 2].apply(raw)
    assert str(hot.text) == str(copies[0]) == str(copies[1])
    assert hot.known == yjs.clocks(hot.doc.get_state())
    assert yjs.read(hot.doc.get_update(), trusted=True).new({}) == hot.known


def test_what_is_brought_back_after_a_restore_makes_nobodys_number_the_senders(ann, bob, doc):
    lost = Replica().open(ann.get(f"/api/channels/{doc}/window").json)

    back = bob.call("update", channel=doc, update=lost.type(" of ann").send(), key="back", recovered=True)
    on = ann.call("update", channel=doc, update=lost.type(", and on").send(), key="on")
    stolen = bob.call("update", channel=doc, update=lost.type("!").send(), key="stolen", recovered=True)

    assert "ok" in back and "ok" in on and text(ann, doc) == "plan of ann, and on"
    assert stolen["code"] == "denied"
