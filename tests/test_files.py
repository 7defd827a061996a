"""Files: sent in chunks that can be cut anywhere, attached to messages, fetched by who may, and forgotten."""

import os
import secrets
import time
from dataclasses import replace

import gevent
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.files import images, store, uploads
from tests.file_requests import CHUNK, begin, fetch, picture, post, put, request, send
from tests.waiting import until


def bytes_of(id):
    """Whatever lies in the data folder for a file."""
    return sorted(path.name for path in store._root().rglob(f"{id}*"))


def test_ann_sends_a_file_and_bob_gets_the_same_bytes(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    data = secrets.token_bytes(CHUNK + 1234)

    file = send(ann, data, "plan.bin")
    assert file == {"id": file["id"], "name": "plan.bin", "size": len(data), "type": "application/octet-stream"}
    assert fetch(bob, file["id"], "plan.bin").status_code == 404  # not said yet
    seq = post(ann, file["id"])["ok"]

    answer = fetch(bob, file["id"], "plan.bin")
    assert answer.data == data
    assert answer.headers["Content-Disposition"] == "attachment; filename=plan.bin"
    [item] = [one for one in bob.get("/api/channels/room:1/window").json["items"] if one["seq"] == seq]
    assert item["files"] == [file]


def test_a_file_of_a_deleted_message_is_gone(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    file = send(ann, picture())
    seq = post(ann, file["id"])["ok"]
    assert fetch(bob, file["id"], "thumb").status_code == 200

    ann.call("delete", channel="room:1", seq=seq, key="oh")

    assert {fetch(ann, file["id"], last).status_code for last in ("x", "thumb", "view")} == {404}
    until(lambda: bytes_of(file["id"]) == [])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(1, 120), max_size=12), told=st.randoms())
def test_what_is_cut_at_any_byte_and_resumed_is_the_same(any_app, data, cuts, told):
    """Some answers are lost, and some of the bytes reach the disk without their row: the sender asks and goes on."""
    ann = any_app.owner or any_app.set_up_owner("ann")
    id = begin(ann, len(data))
    at = 0
    for size in [*cuts, len(data)]:
        piece = data[at:at + size]
        kind = told.choice(["kept", "answer lost", "half on disk", "sent twice"])
        if kind == "half on disk" and piece:
            store.write(id, at, piece[:-1] + b"?")
        else:
            put(ann, id, at, piece)
        if kind == "sent twice":
            put(ann, id, at, piece)
        at = request(ann, "GET", f"/api/files/{id}").json["arrived"]
    while not request(ann, "GET", f"/api/files/{id}").json["file"]:
        at = put(ann, id, at, data[at:at + 100]).json["arrived"]
    assert fetch(ann, id, "notes.txt").data == data
    request(ann, "DELETE", f"/api/files/{id}")


STEPS = ["write", "finish", "keep"]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("after", [False, True])
def test_killed_at_any_step_the_sender_goes_on(any_app, monkeypatch, step, after):
    ann = any_app.connect_member("ann")
    data = picture()
    id = begin(ann, len(data), "a.png")
    put(ann, id, 0, data[:100])
    real = getattr(store, step)

    def dies(*values):
        if after:
            real(*values)
        raise SystemError("killed")

    monkeypatch.setattr(store, step, dies)
    assert put(ann, id, 100, data[100:]).status_code == 500
    monkeypatch.undo()

    at = request(ann, "GET", f"/api/files/{id}").json["arrived"]
    assert at in (100, len(data))
    assert put(ann, id, at, data[at:]).json["file"]["preview"]
    assert fetch(ann, id, "a.png").data == data


@pytest.mark.parametrize("moved", [False, True])
def test_killed_with_the_row_behind_the_bytes(any_app, moved):
    """A kill between the move and the commit that counts the last chunk must not fill what was there with zeros."""
    ann = any_app.connect_member("ann")
    data = secrets.token_bytes(5000)
    id = begin(ann, len(data))
    put(ann, id, 0, data[:3000])
    store.write(id, 3000, data[3000:])
    if moved:
        store.finish(id)

    at = request(ann, "GET", f"/api/files/{id}").json["arrived"]
    assert at == (5000 if moved else 3000)
    assert put(ann, id, at, data[at:]).json["file"]
    assert fetch(ann, id, "x").data == data


def test_chunks_at_the_wrong_place_change_nothing(any_app):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    put(ann, id, 0, b"01234")

    for offset, body, status in [(0, b"xxxxx", 409), (6, b"x", 409), (5, b"", 400), (5, b"567890", 413),
                                 (-1, b"x", 400), (2**60, b"x", 400), (11, b"", 409)]:
        assert put(ann, id, offset, body).status_code == status, offset
    assert put(ann, id, 5, b"56789").json["file"]
    assert put(ann, id, 0, b"xxxxx").json["file"]  # ready: what comes late is not looked at
    assert fetch(ann, id, "x").data == b"0123456789"


def test_the_same_chunk_twice_at_once_is_written_once(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    real, begun = store.write, []
    monkeypatch.setattr(store, "write", lambda *values: (begun.append(values), gevent.sleep(0.05), real(*values)))

    sent = [gevent.spawn(put, ann, id, 0, b"0123456789") for _ in range(8)]
    codes = sorted(one.get(timeout=20).status_code for one in sent)

    assert len(begun) == 1
    assert codes == [200] + [409] * 7
    assert fetch(ann, id, "x").data == b"0123456789"


def test_taken_back_while_it_is_finished(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    data = picture()
    id = begin(ann, len(data), "a.png")
    real = images.shrink

    def slow(*values):
        made = real(*values)
        assert request(ann, "DELETE", f"/api/files/{id}").status_code == 200
        return made

    monkeypatch.setattr(images, "shrink", slow)

    answer = put(ann, id, 0, data)

    assert (answer.status_code, answer.json["code"]) == (404, "absent")
    assert bytes_of(id) == []
    assert db.execute("select id from file") == []


def test_taken_back_while_bytes_arrive(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    real = store.write
    monkeypatch.setattr(store, "write", lambda *values: (request(ann, "DELETE", f"/api/files/{id}"), real(*values)))

    assert put(ann, id, 0, b"01234").status_code == 404
    assert bytes_of(id) == []


def test_who_is_kicked_meanwhile_sends_no_more(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="lake")["ok"]["channel"]
    id, whole = begin(bob, 10, channel=room), send(bob, b"whole", channel=room)["id"]
    put(bob, id, 0, b"01234")

    ann.call("kick", channel=room, person=bob.person, key="out")

    assert put(bob, id, 5, b"56789").status_code == 404
    assert bob.post("/api/files", channel=room, name="x", size=1).json["code"] == "absent"
    assert post(bob, whole, channel=room)["code"] == "absent"
    assert request(bob, "DELETE", f"/api/files/{id}").status_code == 200


def test_nobody_touches_or_attaches_the_file_of_somebody_else(any_app):
    ann, eve = any_app.connect_member("ann"), any_app.connect_member("eve")
    lake = ann.call("create_room", name="Lake", kind="public", key="lake")["ok"]["channel"]
    eve.call("join", channel=lake, key="in")
    whole, part = send(ann, b"private", channel=lake)["id"], begin(ann, 5, channel=lake)

    for id in (whole, part):
        asked = [put(eve, id, 0, b"x"),
                 request(eve, "GET", f"/api/files/{id}"), request(eve, "DELETE", f"/api/files/{id}"),
                 fetch(eve, id, "x"), fetch(eve, id, "thumb")]
        assert {answer.status_code for answer in asked} == {404}
        assert post(eve, id, channel=lake)["code"] == "absent"
    assert post(ann, whole)["code"] == "absent"  # of another room
    assert post(ann, part, channel=lake)["code"] == "absent"  # not all here
    assert "ok" in post(ann, whole, channel=lake, key="1")
    assert post(ann, whole, channel=lake, key="2")["code"] == "absent"  # belongs to the first
    assert request(ann, "DELETE", f"/api/files/{whole}").json["code"] == "denied"


def test_a_file_of_a_room_one_left_is_absent(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="lake")["ok"]["channel"]
    file = send(ann, picture(), channel=room)
    post(ann, file["id"], channel=room)
    before = {fetch(bob, file["id"], last).status_code for last in ("x", "thumb", "view")}

    bob.call("leave", channel=room, key="bye")

    assert before == {200}
    tag = fetch(ann, file["id"], "thumb").headers["ETag"]
    assert fetch(ann, file["id"], "thumb", **{"If-None-Match": tag}).status_code == 304
    assert {fetch(bob, file["id"], last).status_code for last in ("x", "thumb", "view")} == {404}
    assert fetch(bob, file["id"], "thumb", **{"If-None-Match": tag}).status_code == 404


def test_a_message_that_is_refused_leaves_its_files_free(any_app):
    ann = any_app.connect_member("ann")
    file = send(ann, b"tea")["id"]
    assert post(ann, file, "0" * 32)["code"] == "absent"
    assert "ok" in post(ann, file)


def configure(**settings):
    """Change settings of the running node."""
    node.current().config = replace(node.current().config, **settings)


def test_each_limit_has_its_own_refusal(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    configure(file_limit=1024**2)
    configure(file_quota=3 * 1024**2)

    def told(size):
        answer = ann.post("/api/files", channel="room:1", name="x", size=size).json
        return answer["id"] if "error" in answer else "ok"

    assert told(1024**2 + 1) == "error.file_too_large"
    assert told(0) == "error.file_empty"
    assert [told(1024**2) for _ in range(4)] == ["ok"] * 3 + ["error.file_quota"]
    monkeypatch.setattr(uploads, "OPEN_LIMIT", 3)
    configure(file_quota=2**40)
    assert told(1) == "error.too_many_unsent_files"
    monkeypatch.setattr(store, "free", lambda: (1000, 10**12))
    assert told(1) == "error.disk_nearly_full"


def test_a_quota_holds_against_twenty_at_once(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    configure(file_quota=5000)

    sent = [gevent.spawn(ann.request, "POST", "/api/files", channel="room:1", name="x", size=1000) for _ in range(20)]
    codes = sorted(one.get(timeout=20).status_code for one in sent)

    assert codes == [201] * 5 + [413] * 15
    assert db.execute("select sum(size) from file") == [(5000,)]


def test_a_disk_that_fills_meanwhile_is_a_refusal_and_the_sender_goes_on(app, monkeypatch):
    ann = app.connect_member("ann")
    id = begin(ann, 4)
    real = store._write

    def full(path, *_):
        path.write_bytes(b"te")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write", full)
    answer = put(ann, id, 0, b"text")
    monkeypatch.setattr(store, "_write", real)

    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert put(ann, id, 0, b"text").json["file"]
    assert fetch(ann, id, "x").data == b"text"


def test_a_sweep_removes_what_belongs_to_nothing_and_nothing_else(any_app):
    ann = any_app.connect_member("ann")
    said, waiting, part = send(ann, picture())["id"], send(ann, b"tea")["id"], begin(ann, 10)
    put(ann, part, 0, b"01234")
    post(ann, said)
    lost = "f" * 32
    store.write(lost, 0, b"no row")
    store.keep(lost, "view", b"nor this")
    stranger = store._root() / "read me.txt"
    (store._root() / "ab").mkdir(exist_ok=True)
    stranger.write_text("put here by the owner")

    assert uploads.sweep() == 0
    assert uploads.sweep(time.time() + uploads.SETTLED + 60) == 1
    assert bytes_of(lost) == [] and bytes_of(part) == [part] and bytes_of(waiting) == [waiting]
    assert uploads.sweep(time.time() + uploads.ORPHANED + 60) == 2

    assert bytes_of(part) == bytes_of(waiting) == []
    assert bytes_of(said) == [said, f"{said}.thumb", f"{said}.view"]
    assert stranger.exists()
    assert fetch(ann, said, "view").status_code == 200


def test_a_sweep_in_the_middle_of_a_finish_takes_nothing_from_it(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    swept = []
    for step in ("finish", "keep"):
        real = getattr(store, step)
        monkeypatch.setattr(store, step, lambda *values, real=real: (
            swept.append(uploads.sweep()), real(*values), swept.append(uploads.sweep()))[1])

    file = send(ann, picture())

    assert swept == [0] * 6
    assert {fetch(ann, file["id"], last).status_code for last in ("x", "thumb", "view")} == {200}


@pytest.mark.parametrize("id", ["", ".", "..", "../hubbub.db", "*", "a" * 31, "A" * 32, "a" * 32 + "/..", "a" * 33,
                                "a" * 32 + ".", "a" * 32 + "\n", "/etc/passwd", "é" * 32])
def test_the_store_makes_no_path_of_odd_ids(app, id):
    for function in (store.path_of, store.arriving, store.remove, store.arrived, store.is_whole, store.get):
        with pytest.raises(ValueError):
            function(id)


def test_a_refusal_is_a_refusal_in_every_thread(app, monkeypatch):
    monkeypatch.setattr(store, "FULL", {2})
    with pytest.raises(Refused):
        store.run_in_thread(lambda: os.unlink("/nowhere/at/all"))
