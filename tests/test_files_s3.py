"""Files in an S3-compatible store: everything that works with a local folder works there."""

import io
import os
import random
import sys

import gevent
import pytest
from click.testing import CliRunner
from PIL import Image

from hubbub import cli
from hubbub.config import Config
from hubbub.core import db
from hubbub.files import images, storage, store, uploads
from tests import forks, s3
from tests.running_app import RunningApp
from tests.sender import owner, picture
from tests.waiting import until

DATA = random.Random(3).randbytes(2_300_000)


@pytest.fixture(scope="module")
def server():
    return s3.server()


@pytest.fixture
def url(server):
    return server.bucket()


@pytest.fixture
def app(url, tmp_path):
    app = RunningApp(tmp_path / "data", files_url=url)
    yield app
    app.close()


@pytest.fixture
def olga(app):
    return owner(app)


def names(app):
    return {stored.name for stored in storage.of(app.config).list()}


def test_a_file_and_its_ranges_come_from_the_bucket_and_nothing_stays_on_the_disk(app, olga):
    file = olga.send(DATA, "big.bin")
    olga.post(file)

    whole, middle, last = (olga.load(file, range=part) for part in ("", "bytes=1048570-1048580", "bytes=-3"))

    assert names(app) == {file["id"]}
    assert not [path for path in (app.config.data / "files").rglob("*") if path.is_file()]
    assert (whole.status_code, whole.data) == (200, DATA)
    assert (middle.status_code, middle.data) == (206, DATA[1048570:1048581])
    assert (last.status_code, last.data) == (206, DATA[-3:])
    assert olga.load(file, range=f"bytes={len(DATA)}-").status_code == 416
    assert olga.load(file, tag=whole.headers["ETag"]).status_code == 304


def test_a_picture_has_previews_which_are_made_again_from_the_bucket(app, olga, monkeypatch):
    file = olga.send(picture(), "view.png")
    first = [olga.load(file, part) for part in ("thumb", "view")]
    assert names(app) == {file["id"], f"{file['id']}.thumb", f"{file['id']}.view"}

    monkeypatch.setattr(images, "VERSION", images.VERSION + 1)
    renewed = uploads.renew_previews()

    assert renewed == 1 and [answer.status_code for answer in first] == [200, 200]
    assert Image.open(io.BytesIO(olga.load(file, "thumb").data)).format == "WEBP"


def test_the_files_of_a_deleted_message_leave_the_bucket(app, olga):
    file = olga.send(picture(), "view.png")
    seq = olga.post(file).json["seq"]

    gone = olga.request("DELETE", f"/api/channels/room:1/messages/{seq}", key="gone")

    assert gone.status_code < 300, gone.json
    until(lambda: names(app) == set())
    assert olga.load(file).status_code == 404


def test_bytes_without_a_row_leave_the_bucket_and_avatars_stay(app, olga):
    answer = olga.request("PUT", "/api/me/avatar", data=picture())
    assert answer.status_code == 200, answer.json
    before = names(app)
    store.put("0" * 32, b"left by a kill before its row")

    assert uploads.sweep(uploads.node.now() + 2 * uploads.SETTLED) == 1

    until(lambda: names(app) == before)
    [avatar] = before
    shown = olga.request("GET", f"/avatars/{avatar.removeprefix('avatar-')}")
    assert Image.open(io.BytesIO(shown.data)).format == "WEBP"


def test_a_kill_after_the_file_reached_the_bucket_is_resumed(app, olga, monkeypatch):
    id = olga.begin(DATA[:1000]).json["id"]
    monkeypatch.setattr(uploads, "_make_previews", fail)
    monkeypatch.setattr(uploads.types, "sniff", fail)
    assert olga.put(id, 0, DATA[:1000]).status_code == 500
    monkeypatch.undo()
    store.finish(id)

    until(lambda: olga.request("GET", f"/api/files/{id}").json["received"] == 1000)
    done = olga.put(id, 1000, b"")

    assert done.json["file"]["size"] == 1000
    assert olga.load(done.json["file"]).data == DATA[:1000]


def fail(*_):
    raise RuntimeError("killed here")


def test_an_object_that_is_missing_or_short_is_refused_and_logged_once(app, olga, caplog, tmp_path):
    files = [olga.send(DATA[:500], f"{number}.bin") for number in range(2)]
    bucket = storage.of(app.config)
    bucket.delete(files[0]["id"])
    (tmp_path / "short").write_bytes(b"short")
    bucket.put(files[1]["id"], tmp_path / "short")

    assert {olga.load(file).status_code for file in files for _ in range(2)} == {404}
    assert [message for message in caplog.messages if message.count(files[1]["id"])] == [
        f"the file {files[1]['id']}: has 5 bytes instead of 500; see `hubbub doctor`"]


def test_an_unreachable_store_refuses_files_and_leaves_the_chat_alone(server, app, olga, caplog):
    file, text = olga.send(DATA[:100]), "the chat goes on"
    server.stop()
    try:
        down = olga.load(file)
        upload = olga.put(olga.begin(b"more").json["id"], 0, b"more")
        posted = olga.post(text=text)
    finally:
        server.start()

    assert [(answer.status_code, answer.json["code"]) for answer in (down, upload)] == [(503, "busy")] * 2
    assert "cannot be reached" in down.json["error"] and posted.status_code == 201
    assert "canary" not in caplog.text and "Traceback" not in caplog.text


def test_waiting_for_the_store_does_not_block_the_event_loop(app, olga, monkeypatch):
    file = olga.send(DATA, "big.bin")
    turns, ends = [], []
    ticker = gevent.spawn(lambda: [turns.append(gevent.sleep(0.001)) for _ in iter(lambda: not ends, False)])

    for _ in range(3):
        assert olga.load(file).data == DATA
    ends.append(True)
    ticker.join()

    assert len(turns) > 10


@pytest.fixture
def full(app, olga):
    """A server with a file, a picture, an avatar and an icon in its bucket; the ids of file and picture."""
    file, view = olga.send(DATA, "big.bin"), olga.send(picture(), "view.png")
    olga.post(file, view)
    assert olga.request("PUT", "/api/me/avatar", data=picture()).status_code == 200
    assert olga.request("PUT", "/api/settings/icon", data=picture()).status_code == 200
    return file, view


def run(app, *arguments, url=None):
    environ = {"HUBBUB_DATA": str(app.config.data), "HUBBUB_FILES_URL": app.config.files_url if url is None else url}
    return CliRunner().invoke(cli.main, list(map(str, arguments)), env=environ)


def test_a_backup_has_everything_of_the_bucket_and_restores_it_into_another(server, app, full, tmp_path):
    target, other, data = tmp_path / "all.backup", server.bucket(), tmp_path / "restored"
    made = run(app, "backup", target)
    stored = contents(app.config.files_url)

    used = server.bucket()
    storage.Bucket(used).put("f" * 32, data_file(tmp_path))
    refused = run(app, "restore", target, "--data", tmp_path / "x", url=used)
    restored = run(app, "restore", target, "--data", data, url=other)

    assert made.exit_code == restored.exit_code == 0, made.output + restored.output
    assert "missing" not in made.output and len(stored) == 6
    assert contents(other) == stored and not list((data / "files").glob("??/*"))
    assert refused.exit_code == 1 and "has other files" in refused.output


def contents(url):
    bucket = storage.Bucket(url)
    return {file.name: storage.checksum(bucket, file.name) for file in bucket.list()}


def data_file(folder):
    (folder / "object").write_bytes(DATA)
    return folder / "object"


def test_a_backup_on_a_disk_restores_into_a_bucket_and_back(server, tmp_path):
    app = RunningApp(tmp_path / "data")
    olga = owner(app)
    olga.post(olga.send(DATA, "big.bin"))
    assert olga.request("PUT", "/api/settings/icon", data=picture()).status_code == 200
    assert run(app, "backup", tmp_path / "one").exit_code == 0
    bucket = server.bucket()
    steps = [run(app, "restore", tmp_path / "one", "--data", tmp_path / "second", url=bucket),
             run(app, "backup", tmp_path / "two", "--data", tmp_path / "second", url=bucket),
             run(app, "restore", tmp_path / "two", "--data", tmp_path / "third", url="")]
    app.close()

    assert [step.exit_code for step in steps] == [0, 0, 0], [step.output for step in steps]
    first, third = (storage.Folder(tmp_path / name / "files") for name in ("data", "third"))
    sums = {file.name: storage.checksum(first, file.name) for file in first.list()}
    assert {file.name: storage.checksum(third, file.name) for file in third.list()} == sums and len(sums) == 2


def test_the_export_and_the_doctor_read_the_bucket(app, full, tmp_path):
    file, view = full
    exported, healthy = run(app, "export", tmp_path / "export"), run(app, "doctor")
    storage.of(app.config).delete(view["id"])
    ill = run(app, "doctor")

    assert exported.exit_code == 0 and (tmp_path / "export" / "files" / file["id"] / "big.bin").read_bytes() == DATA
    assert "all 2 files are in the store" in healthy.output
    assert ill.exit_code == 1 and "1 files are missing or truncated: view.png" in ill.output


def test_an_unreachable_store_is_named_by_the_commands(app, full, tmp_path):
    away = "s3://bucket?endpoint=http://127.0.0.1:9&region=x"
    results = [run(app, *command, url=away) for command in (
        ["backup", tmp_path / "b"], ["export", tmp_path / "e"], ["doctor"], ["files", "move", "folder"])]

    assert [result.exit_code for result in results] == [1] * 4
    assert all("the store of HUBBUB_FILES_URL: " in result.output for result in results)
    assert not (tmp_path / "b").exists()


def test_files_move_to_a_bucket_and_back_with_the_server_running(server, app, full, tmp_path):
    stored, other = contents(app.config.files_url), server.bucket()

    there = run(app, "files", "move", other)
    again = run(app, "files", "move", other, "--check")
    back = run(app, "files", "move", "folder")

    assert [one.exit_code for one in (there, again, back)] == [0, 0, 0], there.output + again.output + back.output
    assert there.output.startswith("6 files (") and again.output.startswith("0 files (0.0 MB) are copied")
    assert contents(other) == stored == contents(app.config.files_url)
    folder = storage.Folder(app.config.data / "files")
    assert {file.name: storage.checksum(folder, file.name) for file in folder.list()} == stored
    assert "unset HUBBUB_FILES_URL" in back.output and "set HUBBUB_FILES_URL to that address" in there.output
    assert "the files are there already" in run(app, "files", "move", app.config.files_url).output


@pytest.mark.parametrize("step", range(1, 8, 2))
def test_a_move_that_is_killed_is_started_again(server, app, full, step):
    other = server.bucket()
    environ = os.environ | {"HUBBUB_DATA": str(app.config.data), "HUBBUB_FILES_URL": app.config.files_url}
    killed = forks.run("tests.dying_move", str(step), other, environ=environ)

    again = run(app, "files", "move", other)

    assert killed.returncode == 9, killed.stderr
    assert again.exit_code == 0 and contents(other) == contents(app.config.files_url)


def test_a_copy_that_arrives_changed_is_removed_and_named(server, app, full, monkeypatch):
    other, real = server.bucket(), storage.Bucket.put

    def put(self, name, source):
        source.write_bytes(source.read_bytes()[:-1] + b"!")
        real(self, name, source)

    monkeypatch.setattr(storage.Bucket, "put", put)
    result = run(app, "files", "move", other)

    assert result.exit_code == 1 and "has another checksum" in result.output
    assert contents(other) == {}


def test_a_server_without_the_package_does_not_start_and_says_what_to_install(url, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "obstore", None)
    monkeypatch.setitem(sys.modules, "obstore.store", None)

    with pytest.raises(db.Unusable, match=r"pip install 'hubbub\[s3\]'"):
        RunningApp(tmp_path / "data", files_url=url)


@pytest.mark.parametrize("address", ["http://bucket", "s3://", "s3://bucket?secret=x", "s3://bucket?endpoint="])
def test_an_address_must_look_like_one(address):

    with pytest.raises(ValueError, match="HUBBUB_FILES_URL must be an address like s3://bucket/prefix"):
        Config.read({"HUBBUB_FILES_URL": address})
