"""Pictures of people: worn, changed, taken off, seen by the others, and nothing but their pixels."""

import re
import time

import pytest
from PIL import Image

from hubbub.core import db
from hubbub.files import store, uploads
from tests.file_requests import picture, picture_of, request
from tests.waiting import until


def wear(caller, data):
    return request(caller, "PUT", "/api/me/avatar", data)


def see(caller, id):
    return request(caller, "GET", f"/avatars/{id}")


def test_ann_wears_a_picture_and_bob_sees_it(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")

    worn = wear(ann, picture(900, 600, "JPEG")).json

    assert re.fullmatch("[0-9a-f]{32}", worn["avatar"])
    assert bob.get(f"/api/people/{ann.person}").json["person"]["avatar"] == worn["avatar"]
    answer = see(bob, worn["avatar"])
    assert (picture_of(answer).size, picture_of(answer).format) == ((256, 256), "WEBP")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_another_picture_has_another_address_and_the_first_is_gone(any_app):
    ann = any_app.connect_member("ann")
    first = wear(ann, picture()).json["avatar"]

    second = wear(ann, picture(kind="GIF")).json["avatar"]

    assert second != first
    assert see(ann, first).status_code == 404
    assert see(ann, second).status_code == 200
    assert request(ann, "DELETE", "/api/me/avatar").json["avatar"] == ""
    assert see(ann, second).status_code == 404
    assert request(ann, "DELETE", "/api/me/avatar").json["avatar"] == ""


def test_what_cannot_be_shown_is_refused_and_the_picture_stays(app):
    ann = app.connect_member("ann")
    worn = wear(ann, picture()).json["avatar"]

    for data in (b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nno", b"%PDF-1.7", picture()[:100]):
        answer = wear(ann, data)
        assert (answer.status_code, answer.json["code"]) == (400, "bad_input")
    assert wear(ann, b"\xff\xd8\xff" + bytes(2**20)).status_code == 413
    assert see(ann, worn).status_code == 200


def test_where_it_was_taken_is_not_told(app):
    ann = app.connect_member("ann")
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Annsphone"

    id = wear(ann, picture(kind="JPEG", exif=exif, comment=b"at home")).json["avatar"]

    answer = see(ann, id)
    assert not picture_of(answer).getexif() and b"Annsphone" not in answer.data and b"at home" not in answer.data


def test_strangers_see_no_picture_and_a_script_that_reads_changes_none(app):
    ann = app.connect_member("ann")
    worn = wear(ann, picture()).json["avatar"]
    reading = ann.post("/api/tokens", name="reader", scope="read").json["secret"]

    assert app.request(f"/avatars/{worn}", method="GET").status_code == 401
    assert request(ann, "GET", f"/avatars/{worn}", token=reading).status_code == 200
    assert request(ann, "PUT", "/api/me/avatar", picture(), token=reading).status_code == 403
    assert request(ann, "DELETE", "/api/me/avatar", token=reading).status_code == 403


@pytest.mark.parametrize("id", ["..", "%2e%2e", "a" * 32, "A" * 32, "avatar-" + "a" * 32, "a" * 31, "a" * 33, "é" * 32,
                                "*", "a" * 32 + ".view"])
def test_odd_ids_are_absent(app, id):
    assert see(app.connect_member("ann"), id).status_code == 404


def test_a_sweep_keeps_what_is_worn_and_removes_what_was_left_behind(any_app):
    ann = any_app.connect_member("ann")
    worn = wear(ann, picture()).json["avatar"]
    store.put(f"avatar-{'a' * 32}", b"left by a kill before its row")

    assert uploads.sweep(time.time()) == 0  # it may be about to be worn
    assert uploads.sweep(time.time() + uploads.SETTLED + 60) == 1

    assert see(ann, worn).status_code == 200
    assert not store.path_of(f"avatar-{'a' * 32}").exists()


def test_a_picture_that_could_not_be_kept_leaves_the_one_before(app, monkeypatch):
    ann = app.connect_member("ann")
    worn = wear(ann, picture()).json["avatar"]
    monkeypatch.setattr(db.state().writer.engine, "commit", lambda: 1 / 0)

    answer = wear(ann, picture(kind="GIF"))
    monkeypatch.undo()

    assert answer.status_code >= 500
    until(lambda: db.state().writer.batch is None)
    assert see(ann, worn).status_code == 200
