"""Files: uploading in chunks, resuming, attaching to messages, downloading, deleting and sweeping."""

import itertools
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
from tests.file_requests import CHUNK, begin, fetch, post, put, request, send
from tests.sender import picture
from tests.waiting import until


def names_on_disk(id):
    """Return the names in the data folder that belong to a file."""
    return sorted(path.name for path in store._root().rglob(f"{id}*"))


def test_a_downloaded_file_equals_the_uploaded_one(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    data = secrets.token_bytes(CHUNK + 1234)

    file = send(ann, data, "plan.bin")
    assert file == {"id": file["id"], "name": "plan.bin", "size": len(data), "type": "application/octet-stream"}
    assert fetch(bob, file["id"], "plan.bin").status_code == 404  # not posted yet
    seq = post(ann, file["id"])["ok"]

    answer = fetch(bob, file["id"], "plan.bin")
    assert answer.data == data
    assert answer.headers["Content-Disposition"] == 'attachment; filename="plan.bin"'
    items = bob.get("/api/channels/room:1/window").json["items"]
    [item] = [found for found in items if found["seq"] == seq]
    assert item["files"] == [file]


def test_a_damaged_file_is_an_error_and_is_logged_once(app, caplog):
    ann = app.connect_guest("ann")

    for damage in (lambda path: os.truncate(path, 100), lambda path: os.truncate(path, 0), os.unlink):
        caplog.clear()
        id = send(ann, secrets.token_bytes(1000), "notes.bin")["id"]

        damage(store.path_of(id))
        answers = [fetch(ann, id, "notes.bin") for _ in range(2)]

        assert [(answer.status_code, answer.json["id"]) for answer in answers] == [(404, "error.file_damaged")] * 2
        assert caplog.text.count("see `hubbub doctor`") == 1


def test_deleting_a_message_deletes_its_files(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    file = send(ann, picture())
    seq = post(ann, file["id"])["ok"]
    assert fetch(bob, file["id"], "thumb").status_code == 200

    ann.call("delete", channel="room:1", seq=seq, key="oh")

    assert {fetch(ann, file["id"], last).status_code for last in ("x", "thumb", "view")} == {404}
    until(lambda: names_on_disk(file["id"]) == [])


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.binary(min_size=1, max_size=300), cuts=st.lists(st.integers(1, 120), max_size=12),
       generator=st.randoms())
def test_an_upload_interrupted_at_any_byte_can_be_resumed(any_app, data, cuts, generator):
    """Some answers are lost, and some bytes reach the disk without their row; the client asks for the offset."""
    ann = any_app.owner or any_app.set_up_owner("ann")
    id = begin(ann, len(data))
    at = 0
    for size in [*cuts, len(data)]:
        chunk = data[at:at + size]
        kind = generator.choice(["stored", "answer lost", "half on disk", "sent twice"])
        if kind == "half on disk" and chunk:
            store.write(id, at, chunk[:-1] + b"?")
        else:
            put(ann, id, at, chunk)
        if kind == "sent twice":
            put(ann, id, at, chunk)
        at = request(ann, "GET", f"/api/files/{id}").json["received"]
    while not request(ann, "GET", f"/api/files/{id}").json["file"]:
        at = put(ann, id, at, data[at:at + 100]).json["received"]
    assert fetch(ann, id, "notes.txt").data == data
    request(ann, "DELETE", f"/api/files/{id}")


STEPS = ["write", "finish", "keep"]


def test_an_upload_continues_after_an_error_at_any_step(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    data = picture()

    for step, after in itertools.product(STEPS, (False, True)):
        id = begin(ann, len(data), "a.png")
        put(ann, id, 0, data[:100])
        with monkeypatch.context() as patch:
            patch.setattr(store, step, killed(getattr(store, step), after))
            assert put(ann, id, 100, data[100:]).status_code == 500, (step, after)

        at = request(ann, "GET", f"/api/files/{id}").json["received"]
        assert at in (100, len(data)), (step, after)
        assert put(ann, id, at, data[at:]).json["file"]["preview"], (step, after)
        assert fetch(ann, id, "a.png").data == data, (step, after)


def killed(step, after):
    """Return a function that fails before this step or after it."""
    def fail(*values):
        if after:
            step(*values)
        raise SystemError("killed")

    return fail


@pytest.mark.parametrize("moved", [False, True])
def test_an_upload_continues_if_the_disk_is_ahead_of_the_row(any_app, moved):
    """After a kill between the move and the commit of the last chunk, the bytes must not be replaced by zeros."""
    ann = any_app.connect_member("ann")
    data = secrets.token_bytes(5000)
    id = begin(ann, len(data))
    put(ann, id, 0, data[:3000])
    store.write(id, 3000, data[3000:])
    if moved:
        store.finish(id)

    at = request(ann, "GET", f"/api/files/{id}").json["received"]
    assert at == (5000 if moved else 3000)
    assert put(ann, id, at, data[at:]).json["file"]
    assert fetch(ann, id, "x").data == data


def test_chunks_at_a_wrong_offset_are_refused(any_app):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    put(ann, id, 0, b"01234")

    for offset, body, status in [(0, b"xxxxx", 409), (6, b"x", 409), (5, b"", 400), (5, b"567890", 413),
                                 (-1, b"x", 400), (2**60, b"x", 400), (11, b"", 409)]:
        assert put(ann, id, offset, body).status_code == status, offset
    assert put(ann, id, 5, b"56789").json["file"]
    assert put(ann, id, 0, b"xxxxx").json["file"]  # complete: later chunks are ignored
    assert fetch(ann, id, "x").data == b"0123456789"


def test_simultaneous_equal_chunks_are_written_once(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    real, writes = store.write, []
    monkeypatch.setattr(store, "write", lambda *values: (writes.append(values), gevent.sleep(0.05), real(*values)))

    sent = [gevent.spawn(put, ann, id, 0, b"0123456789") for _ in range(8)]
    codes = sorted(greenlet.get(timeout=20).status_code for greenlet in sent)

    assert len(writes) == 1
    assert codes == [200] + [409] * 7
    assert fetch(ann, id, "x").data == b"0123456789"


def test_an_upload_can_be_cancelled_while_it_is_finished(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    data = picture()
    id = begin(ann, len(data), "a.png")
    real = images.shrink

    def cancel_after(*values):
        previews = real(*values)
        assert request(ann, "DELETE", f"/api/files/{id}").status_code == 200
        return previews

    monkeypatch.setattr(images, "shrink", cancel_after)

    answer = put(ann, id, 0, data)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
    assert names_on_disk(id) == []
    assert db.execute("select id from file") == []


def test_an_upload_can_be_cancelled_while_a_chunk_arrives(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    id = begin(ann, 10)
    real = store.write
    monkeypatch.setattr(store, "write", lambda *values: (request(ann, "DELETE", f"/api/files/{id}"), real(*values)))

    assert put(ann, id, 0, b"01234").status_code == 404
    assert names_on_disk(id) == []


def test_a_removed_member_cannot_continue_an_upload(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")
    room = ann.call("create_room", name="Lake", kind="private", people=[bob.person], key="lake")["ok"]["channel"]
    id, whole = begin(bob, 10, channel=room), send(bob, b"whole", channel=room)["id"]
    put(bob, id, 0, b"01234")

    ann.call("kick", channel=room, person=bob.person, key="out")

    assert put(bob, id, 5, b"56789").status_code == 404
    assert bob.post("/api/files", channel=room, name="x", size=1).json["code"] == "not_found"
    assert post(bob, whole, channel=room)["code"] == "not_found"
    assert request(bob, "DELETE", f"/api/files/{id}").status_code == 200


def test_an_unposted_file_is_accessible_only_to_its_owner(any_app):
    ann, eve = any_app.connect_member("ann"), any_app.connect_member("eve")
    lake = ann.call("create_room", name="Lake", kind="public", key="lake")["ok"]["channel"]
    eve.call("join", channel=lake, key="in")
    whole, part = send(ann, b"private", channel=lake)["id"], begin(ann, 5, channel=lake)

    for id in (whole, part):
        answers = [put(eve, id, 0, b"x"),
                   request(eve, "GET", f"/api/files/{id}"), request(eve, "DELETE", f"/api/files/{id}"),
                   fetch(eve, id, "x"), fetch(eve, id, "thumb")]
        assert {answer.status_code for answer in answers} == {404}
        assert post(eve, id, channel=lake)["code"] == "not_found"
    assert post(ann, whole)["code"] == "not_found"  # another room
    assert post(ann, part, channel=lake)["code"] == "not_found"  # incomplete
    assert "ok" in post(ann, whole, channel=lake, key="1")
    assert post(ann, whole, channel=lake, key="2")["code"] == "not_found"  # already attached
    assert request(ann, "DELETE", f"/api/files/{whole}").json["code"] == "denied"


def test_files_of_a_room_are_absent_after_leaving_it(any_app):
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


def test_files_of_a_refused_message_can_be_posted_again(any_app):
    ann = any_app.connect_member("ann")
    file = send(ann, b"tea")["id"]
    assert post(ann, file, "0" * 32)["code"] == "not_found"
    assert "ok" in post(ann, file)


def configure(**settings):
    """Change settings of the running node."""
    node.current().config = replace(node.current().config, **settings)


def test_each_limit_has_its_own_refusal(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    configure(file_limit=1024**2)
    configure(file_quota=3 * 1024**2)

    def begin_error(size):
        answer = ann.post("/api/files", channel="room:1", name="x", size=size).json
        return answer["id"] if "error" in answer else "ok"

    assert begin_error(1024**2 + 1) == "error.file_too_large"
    assert begin_error(0) == "error.file_empty"
    assert [begin_error(1024**2) for _ in range(4)] == ["ok"] * 3 + ["error.file_quota"]
    monkeypatch.setattr(uploads, "OPEN_LIMIT", 3)
    configure(file_quota=2**40)
    assert begin_error(1) == "error.too_many_unsent_files"
    monkeypatch.setattr(store, "free", lambda: (1000, 10**12))
    assert begin_error(1) == "error.disk_nearly_full"


def test_a_quota_holds_for_simultaneous_uploads(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    configure(file_quota=5000)

    sent = [gevent.spawn(ann.request, "POST", "/api/files", channel="room:1", name="x", size=1000) for _ in range(20)]
    codes = sorted(greenlet.get(timeout=20).status_code for greenlet in sent)

    assert codes == [201] * 5 + [413] * 15
    assert db.execute("select sum(size) from file") == [(5000,)]


def test_a_full_disk_refuses_a_chunk_that_can_be_sent_again(app, monkeypatch):
    ann = app.connect_member("ann")
    id = begin(ann, 4)
    real = store._write

    def fail(path, *_):
        path.write_bytes(b"te")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write", fail)
    answer = put(ann, id, 0, b"text")
    monkeypatch.setattr(store, "_write", real)

    assert (answer.status_code, answer.json["code"]) == (503, "busy")
    assert put(ann, id, 0, b"text").json["file"]
    assert fetch(ann, id, "x").data == b"text"


def test_a_sweep_removes_only_orphaned_files(any_app):
    ann = any_app.connect_member("ann")
    posted, unposted, part = send(ann, picture())["id"], send(ann, b"tea")["id"], begin(ann, 10)
    put(ann, part, 0, b"01234")
    post(ann, posted)
    orphan = "f" * 32
    store.write(orphan, 0, b"no row")
    store.keep(orphan, "view", b"nor this")
    unrelated = store._root() / "read me.txt"
    (store._root() / "ab").mkdir(exist_ok=True)
    unrelated.write_text("put here by the owner")

    assert uploads.sweep() == 0
    assert uploads.sweep(time.time() + uploads.SETTLED + 60) == 1
    assert names_on_disk(orphan) == [] and names_on_disk(part) == [part] and names_on_disk(unposted) == [unposted]
    assert uploads.sweep(time.time() + uploads.ORPHANED + 60) == 2

    assert names_on_disk(part) == names_on_disk(unposted) == []
    assert names_on_disk(posted) == [posted, f"{posted}.thumb", f"{posted}.view"]
    assert unrelated.exists()
    assert fetch(ann, posted, "view").status_code == 200


def test_a_sweep_does_not_affect_an_upload_being_finished(any_app, monkeypatch):
    ann = any_app.connect_member("ann")
    swept = []
    for step in ("finish", "keep"):
        real = getattr(store, step)
        monkeypatch.setattr(store, step, lambda *values, real=real: (
            swept.append(uploads.sweep()), real(*values), swept.append(uploads.sweep()))[1])

    file = send(ann, picture())

    assert swept == [0] * 6
    assert {fetch(ann, file["id"], last).status_code for last in ("x", "thumb", "view")} == {200}


def test_the_store_refuses_invalid_ids(app):
    for id in ("", ".", "..", "../hubbub.db", "*", "a" * 31, "A" * 32, "a" * 32 + "/..", "a" * 33,
               "a" * 32 + ".", "a" * 32 + "\n", "/etc/passwd", "é" * 32):
        for function in (store.path_of, store.arriving, store.remove, store.received, store.is_whole, store.get):
            with pytest.raises(ValueError):
                pytest.fail(f"{function.__name__} accepts {id!r}: {function(id)}")


def test_a_full_disk_is_a_refusal_in_every_thread(app, monkeypatch):
    monkeypatch.setattr(store, "FULL", {2})
    with pytest.raises(Refused):
        store.run_in_thread(lambda: os.unlink("/nowhere/at/all"))
