"""Avatars: setting, changing, removing and viewing them, with all metadata removed."""

import re
import time

from PIL import Image

from hubbub.core import db
from hubbub.files import store, uploads
from tests.file_requests import picture_of, request
from tests.sender import picture
from tests.waiting import until


def set_avatar(caller, data):
    return request(caller, "PUT", "/api/me/avatar", data)


def get_avatar(caller, id):
    return request(caller, "GET", f"/avatars/{id}")


def test_an_avatar_is_visible_to_others(any_app):
    ann, bob = any_app.connect_member("ann"), any_app.connect_member("bob")

    person = set_avatar(ann, picture(900, 600, "JPEG")).json

    assert re.fullmatch("[0-9a-f]{32}", person["avatar"])
    assert bob.get(f"/api/people/{ann.person}").json["person"]["avatar"] == person["avatar"]
    answer = get_avatar(bob, person["avatar"])
    assert (picture_of(answer).size, picture_of(answer).format) == ((256, 256), "WEBP")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_new_avatar_has_a_new_address_and_the_old_one_is_removed(any_app):
    ann = any_app.connect_member("ann")
    first = set_avatar(ann, picture()).json["avatar"]

    second = set_avatar(ann, picture(format="GIF")).json["avatar"]

    assert second != first
    assert get_avatar(ann, first).status_code == 404
    assert get_avatar(ann, second).status_code == 200
    assert request(ann, "DELETE", "/api/me/avatar").json["avatar"] == ""
    assert get_avatar(ann, second).status_code == 404
    assert request(ann, "DELETE", "/api/me/avatar").json["avatar"] == ""


def test_an_invalid_picture_is_refused_and_the_avatar_stays(app):
    ann = app.connect_member("ann")
    avatar = set_avatar(ann, picture()).json["avatar"]

    for data in (b"", b"<svg onload=alert(1)>", b"\x89PNG\r\n\x1a\nno", b"%PDF-1.7", picture()[:100]):
        answer = set_avatar(ann, data)
        assert (answer.status_code, answer.json["code"]) == (400, "bad_input")
    assert set_avatar(ann, b"\xff\xd8\xff" + bytes(2**20)).status_code == 413
    assert get_avatar(ann, avatar).status_code == 200


def test_an_avatar_carries_no_location_or_other_metadata(app):
    ann = app.connect_member("ann")
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    exif[0x010F] = "Annsphone"

    id = set_avatar(ann, picture(format="JPEG", exif=exif, comment=b"at home")).json["avatar"]

    answer = get_avatar(ann, id)
    assert not picture_of(answer).getexif() and b"Annsphone" not in answer.data and b"at home" not in answer.data


def test_an_avatar_needs_a_sign_in_and_changing_it_the_write_scope(app):
    ann = app.connect_member("ann")
    avatar = set_avatar(ann, picture()).json["avatar"]
    reading = ann.post("/api/tokens", name="reader", scope="read").json["secret"]

    assert app.request(f"/avatars/{avatar}", method="GET").status_code == 401
    assert request(ann, "GET", f"/avatars/{avatar}", token=reading).status_code == 200
    assert request(ann, "PUT", "/api/me/avatar", picture(), token=reading).status_code == 403
    assert request(ann, "DELETE", "/api/me/avatar", token=reading).status_code == 403


def test_an_invalid_avatar_id_is_not_found(app):
    ann = app.connect_member("ann")

    for id in ("..", "%2e%2e", "a" * 32, "A" * 32, "avatar-" + "a" * 32, "a" * 31, "a" * 33, "é" * 32, "*",
               "a" * 32 + ".view"):
        assert get_avatar(ann, id).status_code == 404, id


def test_a_sweep_keeps_avatars_in_use_and_removes_orphans(any_app):
    ann = any_app.connect_member("ann")
    avatar = set_avatar(ann, picture()).json["avatar"]
    store.put(f"avatar-{'a' * 32}", b"left by a kill before its row")

    assert uploads.sweep(time.time()) == 0  # its row may not be committed yet
    assert uploads.sweep(time.time() + uploads.SETTLED + 60) == 1

    assert get_avatar(ann, avatar).status_code == 200
    assert not store.path_of(f"avatar-{'a' * 32}").exists()


def test_a_failed_commit_keeps_the_old_avatar(app, monkeypatch):
    ann = app.connect_member("ann")
    avatar = set_avatar(ann, picture()).json["avatar"]
    monkeypatch.setattr(db.state().engine, "commit", lambda: 1 / 0)

    answer = set_avatar(ann, picture(format="GIF"))
    monkeypatch.undo()

    assert answer.status_code >= 500
    until(lambda: db.state().lanes[0].batch is None)
    assert get_avatar(ann, avatar).status_code == 200
