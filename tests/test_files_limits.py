"""The child that makes previews may not want more than it has; then the file is a plain download, and still whole."""

import time

import pytest

from hubbub.files import images
from tests.parcels import fetch, picture, send


def changed(monkeypatch, tmp_path, before, after):
    """The child does something else."""
    words = images.SCRIPT.read_text()
    assert words.count(before) == 1
    script = tmp_path / "shrink.py"
    script.write_text(words.replace(before, after))
    monkeypatch.setattr(images, "SCRIPT", script)


def test_a_picture_that_wants_more_memory_comes_without_a_preview(house, monkeypatch, tmp_path):
    """Its header is allowed, but not what its pixels take; with more memory it is shown."""
    ann = house.join("ann")
    huge = picture(7000, 7000, "PNG", "LA")

    assert "preview" not in (file := send(ann, huge, "a.png"))
    assert fetch(ann, file["id"], "a.png").data == huge
    changed(monkeypatch, tmp_path, "256 * 1024 * 1024", "2048 * 1024 * 1024")
    assert send(ann, huge, "a.png")["preview"]


@pytest.mark.parametrize(("does", "ends_by"), [
    ("while True: pass", "the limit of the processor"),
    ("import time; time.sleep(600)", "whoever waits"),
    ("open(targets[0][1], 'wb').write(bytes(40 * 1024 * 1024))", "the limit of a file"),
    ("import os; os.abort()", "a crash"),
    ("bytearray(300 * 1024 * 1024)", "the limit of memory"),
])
def test_a_child_that_wants_too_much_is_ended(house, monkeypatch, tmp_path, does, ends_by):
    ann = house.join("ann")
    changed(monkeypatch, tmp_path, "    sizes = []\n", f"    sizes = []\n    {does}\n")
    monkeypatch.setattr(images, "SECONDS", 2 if ends_by == "whoever waits" else 30)
    data = picture()
    began = time.monotonic()

    file = send(ann, data, "a.png")

    assert "preview" not in file and "width" not in file
    assert time.monotonic() - began < 15
    assert fetch(ann, file["id"], "a.png").data == data
    assert fetch(ann, file["id"], "view").status_code == 404
