"""The files of an export: archives of every kind, also damaged and hostile ones, and the files of messages."""

import functools
import http.server
import io
import os
import zipfile

import gevent
from PIL import Image

from hubbub.chat import search
from hubbub.core import db
from hubbub.files import store, uploads
from hubbub.imports import archive, files, slack
from hubbub.imports.report import Report
from hubbub.notifications import outgoing
from tests import test_import_slack
from tests.imports import check_like_live, zipped
from tests.test_import_slack import export, sent

target = test_import_slack.target


def test_archives_that_are_damaged_or_hostile_are_reported(target, tmp_path):
    files = export()
    path = zipped(tmp_path / "export.zip", files)
    broken = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as file:
        place = file.getinfo("D1/2020-09-13.json").header_offset
    broken[place + 60] ^= 255
    path.write_bytes(broken)
    report = target.start(path)
    assert any("D1/2020-09-13.json" in one for one in report.reasons[archive.NOT_READ])
    assert report.reasons["names that lead outside of the archive"] == ["../outside.json"]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as file:
        file.writestr("users.json", os.urandom(3000))
        place = file.getinfo("users.json").header_offset
    broken = bytearray(path.read_bytes())
    broken[place + 50:place + 80] = b"\xff" * 30
    path.write_bytes(broken)
    assert archive.Zip(path, report := Report()).read("users.json") == b"" and report.counts[archive.NOT_READ] == 1

    for name, content in (("a.zip", b"PK\x03\x04 no zip"), ("bomb.zip", None)):
        if content is None:
            zipped(tmp_path / name, {"users.json": b"[" + b" " * 100_000_000 + b"]"})
        else:
            (tmp_path / name).write_bytes(content)
    for name in ("a.zip", "bomb.zip", "nothing.zip"):
        result = target.command("slack", tmp_path / name)
        assert result.exit_code == 1 and result.output.startswith("Error: "), result.output


class Slack(http.server.BaseHTTPRequestHandler):
    """A server with files, busy at the first request, that knows one token."""

    requests = 0

    def do_GET(self):
        type(self).requests += 1
        status = 401 if self.headers["Authorization"] != "Bearer xoxp-1" else 429 if self.requests == 1 else 200
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if "page" in self.path else "application/pdf")
        self.send_header("Retry-After", "0")
        self.end_headers()
        self.wfile.write(b"%PDF-1.4 " + self.path.encode())

    def log_message(self, *_):
        """Print nothing."""


def test_files_come_from_the_zip_or_by_a_token(target, tmp_path, monkeypatch):
    picture = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(picture, "png")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slack)
    gevent.spawn(server.serve_forever)
    address = f"http://127.0.0.1:{server.server_port}/"
    monkeypatch.setattr(slack, "FILES", address)
    monkeypatch.setattr(files, "Session", functools.partial(outgoing.Session, private=True))
    add = uploads.add_whole

    def add_and_sweep(*values):  # as the server does each hour
        file = add(*values)
        uploads.sweep()
        return file

    monkeypatch.setattr(uploads, "add_whole", add_and_sweep)
    content = export()
    content["general/2020-09-13.json"] = [sent("001", "U1", "see", edited={"ts": "1600000002.0"}, files=[
        {"id": "F11", "name": "red.png", "size": 99},
        {"id": "F12", "name": "plan.pdf", "size": 9, "url_private": f"{address}plan.pdf"},
        {"id": "F13", "name": "lost", "url_private": f"{address}page?t=xoxe-secret"}, {"id": "F14", "name": "empty"}])]
    content |= {"__uploads/F11/red.png": picture.getvalue(), "__uploads/F14/empty": b""}
    path = zipped(tmp_path / "export.zip", content)

    first = target.start(path, rooms=("general",))
    [item] = [item for item in target.items(target.room("general")) if item.get("files")]
    assert [file["name"] for file in item["files"]] == ["red.png"] and item["files"][0]["preview"]
    assert item["text"] == "see\n📎 plan.pdf, 1 KB – not exported\n📎 lost – not exported\n📎 empty – not exported"
    assert first.added["files"] == 1
    second = target.start(path, rooms=("general",), token="xoxp-1")
    third = target.start(path, rooms=("general",), token="wrong")
    server.shutdown()
    server.server_close()
    fourth = target.start(path, rooms=("general",), token="xoxp-1")

    check_like_live(target)
    [item] = [item for item in target.items(target.room("general")) if item.get("files")]
    assert item["text"] == "see\n📎 lost – not exported\n📎 empty – not exported"
    assert [file["type"] for file in item["files"]] == ["image/png", "application/pdf"]
    alice = target.people()["alice"]
    assert store.get(uploads.find(alice, item["files"][1]["id"]).id) == b"%PDF-1.4 /plan.pdf"
    assert len(search.find(alice, "plan has:file", 0, 10)[0]) == 1
    assert second.added["files"] == 1 and not third.added["files"]
    assert any("page to sign in" in reason for reason in second.reasons)
    assert any("401" in reason for reason in third.reasons)
    assert fourth.reasons[files.FAILED] == ["lost: ConnectionError"]  # without the address, which is a secret
    assert db.execute("select at from file where id = :id", id=item["files"][1]["id"]) == [(1600000001.0001,)]
