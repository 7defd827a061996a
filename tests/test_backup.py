"""Backups: a consistent file while people write, refused if damaged; clients notice that a history was restored."""

import http.client
import json
import random
import shutil
import sqlite3
import sys
import urllib.request
import zipfile
from dataclasses import replace

import gevent
import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.config import Config
from hubbub.core import db, leases, log
from hubbub.core.db import copies, migrate
from hubbub.ops import archive, backup
from hubbub.people import backups
from tests import postgres
from tests.running_app import PASSWORD, RunningApp
from tests.sender import Sender, enroll, owner, picture
from tests.waiting import until


def ignore_progress(done, all):
    """Show no progress."""


def post(user, *texts):
    return [user.call("post", channel="room:1", text=text, key=text)["ok"] for text in texts]


def texts(entries):
    return [entry["data"]["text"] for entry in entries]


@pytest.fixture(params=["sqlite", "postgres"])
def configs(request, tmp_path):
    """The settings of a server, and of an empty one with the same kind of database."""
    urls = [postgres.database() if request.param == "postgres" else "" for _ in range(2)]
    return [replace(Config.read({}), data=tmp_path / name, database_url=url)
            for name, url in zip(("data", "another"), urls, strict=True)]


def start(config):
    return RunningApp(config.data, config.database_url)


def test_a_backup_taken_during_writes_holds_everything_acknowledged_before_it(configs, tmp_path):
    one, another = configs
    app = start(one)
    ann, target = app.connect_guest("ann"), tmp_path / "all.backup"
    acknowledged, writing = post(ann, *map(str, range(50))), True

    def write():
        count = 0
        while writing:
            post(ann, f"meanwhile {count}")
            count += 1

    writer = gevent.spawn(write)
    made = backup.backup(app.config, target, lambda done, all: gevent.sleep(0.01))
    writing = False
    writer.join()
    app.close()
    backup.restore(another, target, False, ignore_progress)

    app = start(another)
    kept = log.read(db, "room:1", 0, 10**6)
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
    assert [entry.data["text"] for entry in kept[:50]] == list(map(str, range(50))) and acknowledged[-1] == 50
    assert made.entries == db.execute("select count(*) from entry")[0][0]
    app.close()


def test_a_backup_includes_files_and_previews(configs, tmp_path):
    one, another = configs
    app = start(one)
    olga = owner(app)
    file = olga.send(picture(), "view.png")
    olga.post(file)
    target = tmp_path / "all.backup"
    made = backup.backup(app.config, target, ignore_progress)
    original = olga.load(file).data
    app.close()

    backup.restore(another, target, False, ignore_progress)
    app = start(another)
    restored = Sender(app, olga.person, olga.token).load(file)

    assert (restored.status_code, restored.data) == (200, original)
    assert made.files >= 1 and made.missing == []
    assert "password hashes" in made.secrets
    app.close()


def download(app, owner):
    """Download a backup with the ticket that the owner's password gives."""
    ticket = app.request("/api/backup", owner.token, password=PASSWORD).json["ticket"]
    return app.request(f"/api/backup?ticket={ticket}", owner.token, "GET")


def test_an_owner_downloads_a_backup_that_restores_everything(configs, tmp_path):
    one, another = configs
    app = start(one)
    olga = owner(app)
    ann = enroll(app, olga, "ann")
    file = olga.send(picture(), "view.png")
    olga.post(file)
    post(app.connect(ann.person, ann.token), "hello")
    original = olga.load(file).data
    status = app.request("/api/status", olga.token, "GET").json

    answer = download(app, olga)
    (tmp_path / "all.backup").write_bytes(answer.data)
    again = app.request("/api/backup?ticket=" + answer.request.args["ticket"], olga.token, "GET")
    refused = [app.request("/api/backup", who.token, password=word).json["id"]
               for who, word in ((ann, PASSWORD), (olga, "a wrong one"))]
    noted = [entry for entry in log.read(db, "audit:all", 0, 100) if entry.data["action"] == "backup_downloaded"]
    app.close()

    assert (answer.status_code, again.json["id"]) == (200, "error.backup_ticket")
    assert refused == ["error.only_owners", "error.confirm_password_wrong"]
    assert answer.headers["Content-Disposition"].startswith("attachment") and noted
    assert (status["messages"], status["members"], status["guests"]) == (2, 2, 0)
    assert [kind["kind"] for kind in status["files"]] == ["images"] and status["database_bytes"] > status["messages"]
    backup.restore(another, tmp_path / "all.backup", False, ignore_progress)
    app = start(another)
    assert "hello" in [entry.data.get("text") for entry in log.read(db, "room:1", 0, 10)]
    assert Sender(app, olga.person, olga.token).load(file).data == original
    assert not list(one.data.glob(".backup-*"))
    app.close()


def test_one_backup_is_downloaded_at_a_time_and_a_broken_one_is_no_download(configs, monkeypatch):
    app = start(configs[0])
    olga = owner(app)
    assert leases.take(backups.LEASE, 60)
    second = download(app, olga).json
    leases.release([backups.LEASE])
    monkeypatch.setattr(backups, "COMMAND", [sys.executable, "-c", "raise SystemExit('the disk is on fire')"])

    broken = download(app, olga).json
    monkeypatch.setattr(backups, "COMMAND", [sys.executable, "-c", "print('half'); raise SystemExit(1)"])
    until(lambda: leases.take(backups.LEASE, 60, renews=False))  # the failed one gives it back after its answer
    leases.release([backups.LEASE])
    ticket = app.request("/api/backup", olga.token, password=PASSWORD).json["ticket"]
    request = urllib.request.Request(f"{app.url}/api/backup?ticket={ticket}",
                                     headers={"Authorization": f"Bearer {olga.token}"})
    with urllib.request.urlopen(request) as answer, pytest.raises(http.client.IncompleteRead):
        answer.read()

    assert (second["id"], broken["id"]) == ("error.backup_runs", "error.backup_failed")
    assert leases.take(backups.LEASE, 60, renews=False)
    app.close()


def test_a_client_of_the_lost_history_is_reset_to_the_restored_one(configs, tmp_path):
    one, another = configs
    app = start(one)
    person, token = app.create_guest("ann")
    ann, target = app.connect(person, token), tmp_path / "all.backup"
    post(ann, "kept", "kept too")
    backup.backup(app.config, target, ignore_progress)
    post(ann, "lost")
    known = app.request("/api/channels/room:1/entries?after=0", token, "GET").json["entries"]
    app.close()

    backup.restore(another, target, False, ignore_progress)
    app = start(another)
    bob = app.connect(person, token)
    last = known[-1]
    bob.call("resume", cursors={"room:1": [last["seq"], last["key"]]})
    [window] = bob.received("reset", 1)
    post(bob, "the same number, another message")
    carol = app.connect(person, token)
    carol.call("resume", cursors={"room:1": [last["seq"], last["key"]]})

    assert [item["text"] for item in window["items"]] == ["kept", "kept too"]
    assert texts(bob.received("message", 1)) == ["the same number, another message"]
    assert carol.received("reset", 1)[0]["as_of"] == [3, "the same number, another message"]
    app.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A backup of a server with two messages."""
    folder = tmp_path_factory.mktemp("small")
    app = RunningApp(folder / "data")
    post(app.connect_guest("ann"), "one", "two")
    backup.backup(app.config, folder / "small.backup", ignore_progress)
    app.close()
    return folder / "small.backup"


def test_a_backup_with_a_wrong_or_missing_byte_is_refused_and_nothing_is_written(small, tmp_path):
    whole, config = small.read_bytes(), replace(Config.read({}), data=tmp_path / "data")
    damaged, generator = tmp_path / "damaged", random.Random(7)
    for _ in range(150):
        at = generator.randrange(len(whole))
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << generator.randrange(8)]) + whole[at + 1:])
        with pytest.raises(db.Unusable, match="damaged, or not a backup"):
            backup.restore(config, damaged, False, ignore_progress)
        damaged.write_bytes(whole[:at])
        with pytest.raises(db.Unusable, match="damaged, or not a backup"):
            backup.restore(config, damaged, False, ignore_progress)

    assert not config.data.exists()


def resealed(source, target, change):
    """Write a copy of a backup with changed parts and a valid checksum, as an attacker would."""
    with zipfile.ZipFile(source) as file:
        parts = {name: file.read(name) for name in file.namelist()}
    change(parts)
    manifest = archive.msgspec.json.decode(parts.pop(archive.MANIFEST), type=archive.Manifest)
    with archive.written(target) as (writer, _):
        for name, data in parts.items():
            writer.add(name, [data])
        writer.finish(manifest)


def test_a_backup_from_a_newer_version_is_refused(small, tmp_path):
    def newer(parts):
        manifest = json.loads(parts[archive.MANIFEST]) | {"migrations": [["chat", 9999]]}
        parts[archive.MANIFEST] = json.dumps(manifest).encode()

    resealed(small, tmp_path / "newer", newer)
    config = replace(Config.read({}), data=tmp_path / "data")

    with pytest.raises(db.Unusable, match="made by a newer Hubbub"):
        backup.restore(config, tmp_path / "newer", False, ignore_progress)
    assert not config.data.exists()


def test_a_backup_with_paths_outside_the_folder_writes_nothing_there(small, tmp_path):
    resealed(small, tmp_path / "sly", lambda parts: parts.update({"../../evil": b"x", "files/ab/../../../evil": b"x"}))

    backup.restore(replace(Config.read({}), data=tmp_path / "data"), tmp_path / "sly", False, ignore_progress)

    assert not list(tmp_path.rglob("*evil*"))


def test_a_backup_with_a_damaged_database_is_refused(small, tmp_path):
    def damage(parts):
        pages = bytearray(parts[copies.DATABASE])
        pages[8192:12288] = b"\xff" * 4096
        parts[copies.DATABASE] = bytes(pages)

    resealed(small, tmp_path / "broken", damage)
    config = replace(Config.read({}), data=tmp_path / "data")

    with pytest.raises(db.Unusable):
        backup.restore(config, tmp_path / "broken", False, ignore_progress)
    assert [path.name for path in config.data.iterdir()] == ["hubbub.lock"]


def test_restoring_over_data_needs_replace_and_keeps_the_old_folder(small, tmp_path):
    app = RunningApp(tmp_path / "data")
    post(app.connect_guest("bob"), "mine")
    with pytest.raises(db.Unusable, match="already runs"):
        backup.restore(app.config, small, True, ignore_progress)
    app.close()
    with pytest.raises(db.Unusable, match="--replace"):
        backup.restore(app.config, small, False, ignore_progress)

    _, old = backup.restore(app.config, small, True, ignore_progress)

    for folder, expected in ((tmp_path / "data", ["one", "two"]), (old, ["mine"])):
        with copies.opened(folder) as moment:
            assert [entry.data["text"] for entry in log.read(moment, "room:1", 0)] == expected


def test_a_backup_is_written_completely_or_not_at_all_and_overwrites_nothing(tmp_path, monkeypatch):
    app = RunningApp(tmp_path / "data")
    target = tmp_path / "all.backup"
    target.write_text("precious")
    with pytest.raises(db.Unusable, match="already exists"):
        backup.backup(app.config, target, ignore_progress)
    target.unlink()
    monkeypatch.setattr(backup, "_manifest", lambda *parts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.backup(app.config, target, ignore_progress)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    app.close()


def test_the_commands_print_what_they_did_or_why_they_failed(tmp_path):
    data, target = str(tmp_path / "data"), str(tmp_path / "all.backup")
    run = CliRunner().invoke
    without_data = run(cli.main, ["backup", target, "--data", data])
    app = RunningApp(tmp_path / "data")
    post(app.connect_guest("ann"), "one")
    made = run(cli.main, ["backup", target, "--data", data])
    while_running = run(cli.main, ["restore", target, "--data", data, "--replace"])
    app.close()
    restored = run(cli.main, ["restore", target, "--data", str(tmp_path / "new")])

    assert (without_data.exit_code, without_data.output) == (1, f"Error: there is no Hubbub in {data}\n")
    assert made.exit_code == 0 and "entries in" in made.output and "keep it as safe as a password" in made.output
    assert (while_running.exit_code, while_running.output) == (1, f"Error: another Hubbub already runs on {data}\n")
    assert restored.exit_code == 0 and restored.output.startswith("Restored: ")
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600


def test_an_update_keeps_a_copy_of_the_database_first(tmp_path, monkeypatch):
    all_steps = migrate.steps("sqlite")
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps[:-1])
    db.open(tmp_path)
    db.close()
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps)
    had_no_copy = not (tmp_path / "backups").exists()

    db.open(tmp_path)
    db.close()
    db.open(tmp_path)
    db.close()

    [copy] = (tmp_path / "backups").iterdir()
    with sqlite3.connect(copy) as before:
        assert len(migrate.applied("sqlite", before.execute)) == len(all_steps) - 1
    last = all_steps[-1]
    assert copy.name.startswith(f"before-{last.slice}-{last.number:04}-") and had_no_copy
    assert copy.stat().st_mode & 0o777 == 0o600


def test_an_update_without_space_for_the_copy_changes_nothing(tmp_path, monkeypatch):
    all_steps = migrate.steps("sqlite")
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps[:-1])
    db.open(tmp_path)
    db.close()
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps)
    (tmp_path / "backups").write_text("in the way")

    with pytest.raises(db.Unusable, match="cannot be copied"):
        db.open(tmp_path)

    with sqlite3.connect(tmp_path / "hubbub.db") as file:
        assert len(migrate.applied("sqlite", file.execute)) == len(all_steps) - 1
    shutil.rmtree(tmp_path)


def test_the_last_three_copies_before_updates_are_kept(tmp_path):
    db.open(tmp_path)
    for number in range(5):
        db.state().engine.copy_before_update(f"before-000{number}")
    names = sorted(path.name[:11] for path in (tmp_path / "backups").iterdir())

    assert names == ["before-0002", "before-0003", "before-0004"]
    db.close()


def test_starting_on_a_newer_database_fails_with_one_line(tmp_path):
    db.open(tmp_path)
    with db.transaction() as tx:
        tx.execute("insert into schema_migration (slice, number, name, at) values ('chat', 9999, 'x', 0)")
    db.close()

    result = CliRunner().invoke(cli.main, ["serve", "--data", str(tmp_path), "--port", "0"])

    assert result.exit_code == 1 and result.output.count("\n") == 1
    assert "made by a newer Hubbub (migration chat/9999): update Hubbub to open it" in result.output
