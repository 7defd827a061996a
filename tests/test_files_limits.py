"""Limits of the child process that makes previews: a file that exceeds them stays a plain download."""

import tempfile
from pathlib import Path

import pytest

from hubbub.files import images
from tests.file_requests import begin, fetch, put, send
from tests.sender import picture

pytestmark = pytest.mark.usefixtures("real_children")


def change_script(monkeypatch, tmp_path, changes):
    """Replace parts of the child's script."""
    source = images.SCRIPT.read_text()
    for before, after in changes.items():
        assert source.count(before) == 1
        source = source.replace(before, after)
    script = tmp_path / "shrink.py"
    script.write_text(source)
    monkeypatch.setattr(images, "SCRIPT", script)


def test_a_picture_that_needs_too_much_memory_gets_no_preview(app, monkeypatch, tmp_path):
    """Its header is within the limits, but decoding needs too much memory; with more memory it gets a preview."""
    ann = app.connect_member("ann")
    huge = picture(7000, 7000, "PNG", "LA")

    assert "preview" not in (file := send(ann, huge, "a.png"))
    assert fetch(ann, file["id"], "a.png").data == huge
    change_script(monkeypatch, tmp_path, {"256 * 1024 * 1024": "2048 * 1024 * 1024"})
    assert send(ann, huge, "a.png")["preview"]


@pytest.mark.parametrize(("code", "ended_by"), [
    ("while True: pass", "the limit of the processor"),
    ("import time; time.sleep(6000)", "the deadline of the server"),
    ("open(targets[0][1], 'wb').write(bytes(40 * 1024 * 1024))", "the limit of a file"),
    ("import os; os.abort()", "a crash"),
    ("bytearray(300 * 1024 * 1024)", "the limit of memory"),
])
def test_a_child_that_exceeds_a_limit_is_ended(app, monkeypatch, tmp_path, code, ended_by):
    ann = app.connect_member("ann")
    change_script(monkeypatch, tmp_path, {"    sizes = []\n": f"    sizes = []\n    {code}\n",
                                          "SECONDS = 256 * 1024 * 1024, 5": "SECONDS = 256 * 1024 * 1024, 1"})
    monkeypatch.setattr(images, "SECONDS", 2 if ended_by == "the deadline of the server" else 6000)
    data = picture()

    file = send(ann, data, "a.png")

    assert "preview" not in file and "width" not in file
    assert fetch(ann, file["id"], "a.png").data == data
    assert fetch(ann, file["id"], "view").status_code == 404


def test_a_picture_gets_no_preview_if_the_child_cannot_start(app, monkeypatch, caplog):
    """This happens while Python is updated under the server; the acknowledged file stays."""
    ann = app.connect_member("ann")
    data = picture(60, 40, "PNG")
    monkeypatch.setattr(images.sys, "executable", "/nowhere/python")

    file = send(ann, data, "a.png")

    assert "preview" not in file
    assert fetch(ann, file["id"], "a.png").data == data
    assert "the child process could not be started" in caplog.text


def test_an_upload_continues_after_an_error_of_the_server(app, monkeypatch):
    ann = app.connect_member("ann")
    data = picture(60, 40, "PNG")
    id = begin(ann, len(data), "a.png")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", Path("/nowhere").stat)
        failed = put(ann, id, 0, data)
    file = put(ann, id, len(data), b"").json["file"]

    assert failed.status_code == 500
    assert fetch(ann, file["id"], "a.png").data == data
