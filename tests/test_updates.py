"""Document updates: valid ones are stored, invalid or hostile ones are refused and change nothing."""

import base64

import pytest
from gevent import spawn
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pycrdt import Array, Doc, Map, Text, write_var_uint

from hubbub.core import db, hub, log
from hubbub.core.access import Refused
from hubbub.documents import model, updates, yjs
from tests.replica import Replica, encoded, typed
from tests.waiting import until

ANN, BOB = 7001, 7002  # client ids of Yjs


def varints(*numbers):
    return b"".join(map(write_var_uint, numbers))


def struct(words, *, after=None, before=None):
    """Return a struct in the encoding of Yjs."""
    info = 4 | (0x80 if after else 0) | (0x40 if before else 0)
    sides = b"".join(varints(*side) for side in (after, before) if side)
    raw = words.encode()
    return bytes([info]) + (sides or varints(1, 4) + b"text") + varints(len(raw)) + raw


def make_update(client, clock, *structs, deleted=()):
    """Return an update of one client; `deleted` are (client, clock, length)."""
    deletes = b"".join(varints(who, 1, first, length) for who, first, length in deleted)
    head = varints(1, len(structs), client, clock) if structs else varints(0)
    return head + b"".join(structs) + varints(len(deleted)) + deletes


@pytest.fixture
def doc(ann):
    """Ann's document with the text "plan"."""
    id = ann.post("/api/documents", room="room:1", title="Plans", key="d1").json["id"]
    assert "ok" in ann.call("update", channel=f"doc:{id}", update=typed("plan", ANN), key="first")
    return f"doc:{id}"


def text(caller, doc):
    return caller.get(f"/document/{doc[4:]}/text").text


def stored_state(doc):
    """Return all that a refused update must not change: the log, the tables, and the document in memory."""
    loaded = updates.state().loaded.get(model.number(doc))
    memory = loaded and (loaded.doc.get_update(), dict(loaded.known), loaded.at, loaded.size, loaded.since)
    tables = [db.execute(f"select * from {name} order by 1, 2") for name in
              ("document", "document_client", "document_snapshot", "document_mention")]
    return memory, tables, log.read(db, doc, 0, 10000)


def refused(caller, doc, raw, key="k"):
    """Return the id and the code of the refusal of an update that must not change anything."""
    before = stored_state(doc)
    answer = caller.call("update", channel=doc, update=encoded(raw) if isinstance(raw, bytes) else raw, key=key)
    assert "ok" not in answer, answer
    assert stored_state(doc) == before
    return answer["id"], answer["code"]


def test_an_update_is_pushed_with_its_author(ann, bob, doc):
    bob.call("subscribe", channel=doc, cursor=[0, ""])
    copy = Replica(ANN).open(ann.get(f"/api/channels/{doc}/window").json)
    copy.type(" for tea")

    seq = ann.call("update", channel=doc, update=copy.send(), key="k2")["ok"]

    received = bob.received("update", 2)
    assert [(entry["seq"], entry["author"], entry["n"]) for entry in received] == [
        (1, ann.person, 0), (seq, ann.person, 0)]
    assert str(Replica().apply_entries(received)) == text(bob, doc) == "plan for tea"


def test_a_repeated_key_returns_the_same_entry(ann, doc):
    again = ann.call("update", channel=doc, update=typed("plan", ANN), key="first")

    assert again == {"ok": 1}
    assert text(ann, doc) == "plan"


def test_the_same_update_under_another_key_changes_nothing(ann, bob, doc):
    for who, key in ((ann, "x"), (bob, "y")):  # bob's page may forward ann's update
        assert "ok" in who.call("update", channel=doc, update=typed("plan", ANN), key=key)

    assert text(ann, doc) == "plan"
    assert str(Replica().open(bob.get(f"/api/channels/{doc}/window").json)) == "plan"
    update = encoded(make_update(ANN, 4, struct("s", after=(ANN, 3))))
    assert "ok" in ann.call("update", channel=doc, update=update, key="z")
    assert text(bob, doc) == "plans"


def update_with(kind, value, name="text"):
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
    "300 KB": (make_update(BOB, 0, struct("x" * 300_000)), "error.update_too_large"),
    "cut off": (make_update(BOB, 0, struct("hello"))[:-3], "error.not_an_update"),
    "with trailing bytes": (make_update(BOB, 0, struct("hello")) + b"\0", "error.not_an_update"),
    "an endless number": (b"\xff" * 20, "error.not_an_update"),
    "version 2": (b"\0\0\0\x05\x01\0\0\0\x01\0\0", None),
    "no UTF-8": (make_update(BOB, 0, struct("hello")).replace(b"llo", b"\xff\xfe\xfd"),
        "error.not_an_update"),
    "of length 0": (make_update(BOB, 0, struct("")), "error.not_an_update"),
    "after a gap": (make_update(BOB, 5, struct("hello")), "error.edit_missing"),
    "after a missing character": (make_update(BOB, 0, struct("hello", after=(9, 0))), "error.edit_missing"),
    "before a missing character": (make_update(BOB, 0, struct("hello", before=(ANN, 4))), "error.edit_missing"),
    "after itself": (make_update(BOB, 0, struct("hello", after=(BOB, 0))), "error.circular_update"),
    "deleting missing characters": (make_update(BOB, 0, deleted=[(ANN, 2, 3)]), "error.edit_missing"),
    "as ann": (make_update(ANN, 4, struct("hello", after=(ANN, 3))), "error.other_editing_session"),
    "as ann, and as bob": (
        varints(2, 1, BOB, 0) + struct("x", after=(ANN, 3)) + varints(1, ANN, 4) + struct("y", after=(ANN, 3))
        + varints(0),
        "error.other_editing_session"),
    "another text": (update_with(Text, "hello", "other"), "error.other_text"),
    "a map": (update_with(Map, {"a": 1}), "error.not_plain_text"),
    "a map called text": (update_with(Map, {"a": 1}, "text"), "error.not_plain_text"),
    "a list in it": (update_with(Array, [1, "b"], "text"), "error.not_plain_text"),
    "bold": (formatted(), "error.not_plain_text"),
    "a picture": (embedded(), "error.not_plain_text"),
    "two clients in a circle": (
        varints(2, 1, 8, 0) + struct("x", after=(9, 0)) + varints(1, 9, 0) + struct("y", after=(8, 0)) + varints(0),
        "error.circular_update"),
    "one client twice": (
        varints(2, 1, 8, 0) + struct("x") + varints(1, 8, 0) + struct("y") + varints(0), "error.not_an_update"),
    "101 clients": (varints(101) + b"".join(varints(1, client, 0) + struct("x") for client in range(101)) + varints(0),
        "error.too_many_clients"),
    "a client beyond JavaScript": (make_update(2**53 + 1, 0, struct("x")), "error.not_an_update"),
    "a carriage return": (make_update(BOB, 0, struct("a\r\nb")), "error.carriage_return"),
    "a skip": (varints(1, 1, BOB, 0) + bytes([10]) + varints(4) + varints(0), "error.not_plain_text"),
    "a hole": (varints(1, 1, BOB, 0) + bytes([0]) + varints(4) + varints(0), "error.not_plain_text"),
    "in another struct": (
        varints(1, 1, BOB, 0) + bytes([4]) + varints(0, ANN, 0) + varints(1) + b"x" + varints(0), "error.other_text"),
}


def test_a_hostile_update_is_refused_and_changes_nothing(ann, bob, doc):
    for name, (raw, id) in HOSTILE.items():
        refusal, code = refused(bob, doc, raw)

        assert code in ("bad_input", "too_large", "denied"), name
        assert id in (None, refusal), name

    copy = Replica(BOB).open(bob.get(f"/api/channels/{doc}/window").json).type("s")
    assert "ok" in bob.call("update", channel=doc, update=copy.send(), key="k")  # the key is still free
    assert text(ann, doc) == "plans"


def test_an_update_cannot_split_a_character(ann, bob, doc):
    """😀 takes two clock values; the library would lose text if an update separated them."""
    assert "ok" in bob.call("update", channel=doc, update=encoded(make_update(BOB, 0, struct("a😀b"))), key="wide")
    splitting = [make_update(9, 0, deleted=[(BOB, 2, 1)]), make_update(9, 0, deleted=[(BOB, 1, 1)]),
              make_update(9, 0, struct("x", after=(BOB, 1))), make_update(9, 0, struct("x", before=(BOB, 2))),
              make_update(8, 0, struct("😀"), deleted=[(8, 0, 1)])]
    for is_loaded in (True, False):
        for raw in splitting:
            assert refused(ann, doc, raw) == ("error.character_split", "bad_input")
        if is_loaded:
            updates.state.forget()
            text(ann, doc)  # loads it
    whole = encoded(make_update(9, 0, deleted=[(BOB, 1, 2)]))
    assert "ok" in ann.call("update", channel=doc, update=whole, key="whole")
    assert text(ann, doc) in ("planab", "abplan")


def test_the_new_part_of_a_partly_known_update_is_applied(ann, doc):
    whole = encoded(make_update(ANN, 0, struct("plants")))

    assert "ok" in ann.call("update", channel=doc, update=whole, key="more")

    assert text(ann, doc) == "plants"


def test_an_update_of_two_clients_that_depend_on_each_other_is_accepted(ann, doc):
    raw = varints(2, 1, 8, 0) + struct("x", after=(9, 0)) + varints(2, 9, 0) + struct("y", after=(ANN, 3)) + struct(
        "z", after=(8, 0)) + varints(0)

    assert "ok" in ann.call("update", channel=doc, update=encoded(raw), key="k")

    assert text(ann, doc) == "planyxz"


def test_people_can_delete_the_text_of_others(ann, bob, doc):
    assert "ok" in bob.call("update", channel=doc, update=encoded(make_update(BOB, 0, deleted=[(ANN, 0, 3)])), key="k")

    assert text(ann, doc) == "n"


def test_the_size_of_a_document_is_limited(ann, doc, monkeypatch):
    monkeypatch.setattr(updates, "TEXT_LIMIT", 20)
    before = log.head(db, doc)
    long = encoded(make_update(ANN, 4, struct("x" * 17, after=(ANN, 3))))
    assert ann.call("update", channel=doc, update=long, key="k")["id"] == "error.document_too_long"
    assert log.head(db, doc) == before
    assert text(ann, doc) == "plan"
    update = encoded(make_update(ANN, 4, struct("s", after=(ANN, 3))))
    assert "ok" in ann.call("update", channel=doc, update=update, key="k")

    monkeypatch.setattr(updates, "STATE_LIMIT", 40)
    assert refused(ann, doc, make_update(ANN, 5, struct("x" * 10, after=(ANN, 3))), "l")[0] == (
        "error.document_full")


def test_a_large_update_is_stored(ann, doc):
    words = "é" * 120_000
    more = encoded(make_update(ANN, 4, struct(words, after=(ANN, 3))))
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}

    assert text(ann, doc) == f"plan{words}"


def test_no_update_is_accepted_after_archiving_or_removal(any_app, ann, bob):
    room = ann.post("/api/rooms", name="Den", kind="private", people=[bob.person], key="r").json["channel"]
    id = ann.post("/api/documents", room=room, title="Plans", key="d").json["id"]
    doc = f"doc:{id}"
    bob.call("subscribe", channel=doc, cursor=[0, ""])
    assert "ok" in bob.call("update", channel=doc, update=typed("tea", BOB), key="k1")

    ann.request("PATCH", f"/api/documents/{id}", archived=True, key="a1")
    more = encoded(make_update(BOB, 3, struct("s", after=(BOB, 2))))
    assert bob.call("update", channel=doc, update=more, key="k2") == Refused(
        "error.not_allowed", "denied").payload
    ann.request("PATCH", f"/api/documents/{id}", archived=False, key="a2")
    ann.call("kick", channel=room, person=bob.person, key="out")
    absent = Refused("error.channel_not_found", "not_found").payload
    assert bob.call("update", channel=doc, update=more, key="k3") == absent
    assert bob.get(f"/document/{id}/text").json == absent

    assert text(ann, doc) == "tea"
    until(lambda: bob.person not in {peer.person for peer, read in hub.state().joined.items() if doc in read})
    ann.call("update", channel=doc, update=encoded(make_update(ANN, 0, struct("!", after=(BOB, 2)))), key="k4")
    bob.call("online")
    assert len(bob.received("update")) == 1


def test_a_failed_commit_discards_the_document_in_memory(ann, bob, doc, monkeypatch):
    def fail():
        raise OSError("the disk is full")

    more = encoded(make_update(ANN, 4, struct("s", after=(ANN, 3))))
    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", fail)
        assert ann.call("update", channel=doc, update=more, key="k")["code"] == "not_saved"

    assert text(bob, doc) == "plan"
    assert bob.call("update", channel=doc, update=encoded(make_update(BOB, 0, struct("x", after=(ANN, 4)))), key="b")[
        "code"] == "bad_input"  # it depends on the lost update
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}
    assert text(bob, doc) == "plans"


def test_an_error_after_applying_an_update_undoes_it(ann, doc, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(updates, "_snapshot", lambda *_: 1 / 0)
        patch.setattr(updates, "SNAPSHOT_ENTRIES", 1)
        more = encoded(make_update(ANN, 4, struct("s", after=(ANN, 3))))
        assert ann.call("update", channel=doc, update=more, key="k")["code"] == "broken"

    assert text(ann, doc) == "plan"
    assert ann.call("update", channel=doc, update=more, key="k") == {"ok": 2}
    assert text(ann, doc) == "plans"


def test_a_window_is_a_snapshot_and_the_updates_after_it(ann, doc, monkeypatch):
    monkeypatch.setattr(updates, "SNAPSHOT_ENTRIES", 10)
    for clock in range(4, 29):
        raw = make_update(ANN, clock, struct("s", after=(ANN, clock - 1)))
        assert "ok" in ann.call("update", channel=doc, update=encoded(raw), key=f"k{clock}")
    updates.state.forget()  # as after a restart

    window = ann.get(f"/api/channels/{doc}/window").json

    assert updates.state().loaded == {}
    assert window["state"] and len(window["updates"]) == 6 and window["as_of"] == [26, "k28"] and window["items"] == []
    assert window["document"]["title"] == "Plans" and window["document"]["changed_by"] == ann.person
    assert str(Replica().open(window)) == "plan" + "s" * 25


def test_the_number_of_documents_in_memory_is_limited(ann, monkeypatch):
    monkeypatch.setattr(updates, "MEMORY_LIMIT", 3 * updates.LEAST)
    ids = [ann.post("/api/documents", room="room:1", title=f"Plan {number}", key=f"d{number}").json["id"]
           for number in range(5)]
    for id in ids:
        ann.call("update", channel=f"doc:{id}", update=typed(f"plan {id}"), key="k")

    assert list(updates.state().loaded) == ids[-3:]
    assert [text(ann, f"doc:{id}") for id in ids] == [f"plan {id}" for id in ids]


def test_loading_a_document_does_not_block_writes(any_app, ann, bob, doc):
    """Loading holds no lock, so bob's message does not wait for it."""
    updates.state.forget()
    load = spawn(updates.warm, doc)
    assert "ok" in bob.call("post", channel="room:1", text="hello", key="k")
    load.get(timeout=5)
    assert updates.state().loaded[model.number(doc)].known == {ANN: 4}


RAW = st.binary(max_size=60) | st.builds(
    lambda raw, at, byte: raw[:at % len(raw)] + bytes([byte]) + raw[at % len(raw) + 1:],
    st.sampled_from([make_update(BOB, 0, struct("hello")), make_update(BOB, 0, struct("a😀b"), deleted=[(BOB, 0, 1)]),
                     varints(2, 1, 8, 0) + struct("x", after=(9, 0)) + varints(1, 9, 0) + struct("y") + varints(0)]),
    st.integers(0, 100), st.integers(0, 255))


@settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(RAW)
def test_an_accepted_update_is_applied_completely_by_the_library(raw):
    """The library has the same clocks as the summary says, and nothing stays pending."""
    loaded = updates.LoadedDocument()
    try:
        summary = yjs.read(raw)
        loaded.check(raw, summary)
    except Refused as refusal:
        assert refusal.message and refusal.code in ("bad_input", "too_large")
        return
    loaded.add(raw, summary)
    assert loaded.known == {client: clock for client, clock in yjs.clocks(loaded.doc.get_state()).items() if clock}
    assert set(loaded.doc.keys()) == {"text"}
    reloaded = updates.LoadedDocument(loaded.doc.get_update())
    assert (str(reloaded.text), reloaded.known) == (str(loaded.text), loaded.known)


def test_updates_are_read_as_the_library_reads_them():
    copies = [Replica(), Replica()]
    loaded = updates.LoadedDocument()
    for turn in range(200):
        copy = copies[turn % 2]
        copy.type("é😀\n" * (turn % 3 + 1), turn * 7 % (len(str(copy)) + 1)).erase(turn % 5, turn % 7)
        raw = base64.b64decode(copy.send())
        summary = yjs.read(raw)
        loaded.check(raw, summary)
        loaded.add(raw, summary)
        copies[1 - turn % 2].apply(raw)
    assert str(loaded.text) == str(copies[0]) == str(copies[1])
    assert loaded.known == yjs.clocks(loaded.doc.get_state())
    assert yjs.read(loaded.doc.get_update(), trusted=True).new({}) == loaded.known


def test_sending_back_lost_updates_does_not_transfer_their_client_id(ann, bob, doc):
    lost = Replica().open(ann.get(f"/api/channels/{doc}/window").json)

    returned = bob.call("update", channel=doc, update=lost.type(" of ann").send(), key="back", recovered=True)
    continued = ann.call("update", channel=doc, update=lost.type(", and on").send(), key="on")
    stolen = bob.call("update", channel=doc, update=lost.type("!").send(), key="stolen", recovered=True)

    assert "ok" in returned and "ok" in continued and text(ann, doc) == "plan of ann, and on"
    assert stolen["code"] == "denied"
