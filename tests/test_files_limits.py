"""The child that makes previews may not want more than it has; then the file is a plain download, and still whole."""

import tempfile
from pathlib import Path

import pytest

from hubbub.files import images
from tests.file_requests import begin, fetch, picture, put, send


def changed(monkeypatch, tmp_path, before, after):
    """The child does something else."""
    words = images.SCRIPT.read_text()
    assert words.count(before) == 1
    script = tmp_path / "shrink.py"
    script.write_text(words.replace(before, after))
    monkeypatch.setattr(images, "SCRIPT", script)


def test_a_picture_that_wants_more_memory_comes_without_a_preview(app, monkeypatch, tmp_path):
    """Its header is allowed, but not what its pixels take; with more memory it is shown."""
    ann = app.connect_member("ann")
    huge = picture(7000, 7000, "PNG", "LA")

    assert "preview" not in (file := send(ann, huge, "a.png"))
    assert fetch(ann, file["id"], "a.png").data == huge
    changed(monkeypatch, tmp_path, "256 * 1024 * 1024", "2048 * 1024 * 1024")
    assert send(ann, huge, "a.png")["preview"]


@pytest.mark.parametrize(("does", "ends_by"), [
    ("while True: pass", "the limit of the processor"),
    ("import time; time.sleep(6000)", "the deadline of the server"),
    ("open(targets[0][1], 'wb').write(bytes(40 * 1024 * 1024))", "the limit of a file"),
    ("import os; os.abort()", "a crash"),
    ("bytearray(300 * 1024 * 1024)", "the limit of memory"),
])
def test_a_child_that_wants_too_much_is_ended(app, monkeypatch, tmp_path, does, ends_by):
    ann = app.connect_member("ann")
    changed(monkeypatch, tmp_path, "    sizes = []\n", f"    sizes = []\n    {does}\n")
    monkeypatch.setattr(images, "SECONDS", 2 if ends_by == "the deadline of the server" else 6000)
    data = picture()

    file = send(ann, data, "a.png")

    assert "preview" not in file and "width" not in file
    assert fetch(ann, file["id"], "a.png").data == data
    assert fetch(ann, file["id"], "view").status_code == 404


def test_a_picture_comes_without_a_preview_when_the_child_cannot_be_started(app, monkeypatch, caplog):
    """As when Python is being replaced under the server; the file was acknowledged, so it stays."""
    ann = app.connect_member("ann")
    data = picture(60, 40, "PNG")
    monkeypatch.setattr(images.sys, "executable", "/nowhere/python")

    file = send(ann, data, "a.png")

    assert "preview" not in file
    assert fetch(ann, file["id"], "a.png").data == data
    assert "the child process could not be started" in caplog.text


def test_what_is_missing_on_the_server_costs_nobody_their_file(app, monkeypatch):
    ann = app.connect_member("ann")
    data = picture(60, 40, "PNG")
    id = begin(ann, len(data), "a.png")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryDirectory", Path("/nowhere").stat)
        broken = put(ann, id, 0, data)
    file = put(ann, id, len(data), b"").json["file"]

    assert broken.status_code == 500
    assert fetch(ann, file["id"], "a.png").data == data
