"""Backups: one file while people write, refused when a byte of it is wrong; a restored history is told as a fork."""

import json
import random
import shutil
import sqlite3
import zipfile
from dataclasses import replace

import gevent
import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.config import Config
from hubbub.core import db, log
from hubbub.core.db import copies, migrate
from hubbub.ops import archive, backup
from tests import postgres
from tests.running_app import RunningApp
from tests.sender import Sender, owner, picture


def quietly(done, all):
    """Nobody watches."""


def say(one, *texts):
    return [one.call("post", channel="room:1", text=text, key=text)["ok"] for text in texts]


def texts(entries):
    return [entry["data"]["text"] for entry in entries]


@pytest.fixture(params=["sqlite", "postgres"])
def places(request, tmp_path):
    """The settings of a place, and of an empty one of the same kind."""
    if request.param == "postgres" and postgres.server() is None:
        pytest.skip(f"no PostgreSQL: {postgres.reason}")
    urls = [postgres.server().database() if request.param == "postgres" else "" for _ in range(2)]
    return [replace(Config.read({}), data=tmp_path / name, database_url=url)
            for name, url in zip(("data", "another"), urls, strict=True)]


def opened(config):
    return RunningApp(config.data, config.database_url)


def test_a_backup_taken_while_people_write_has_all_that_was_acknowledged_before_it(places, tmp_path):
    one, another = places
    app = opened(one)
    ann, target = app.connect_guest("ann"), tmp_path / "all.backup"
    acknowledged, writing = say(ann, *map(str, range(50))), True

    def write():
        count = 0
        while writing:
            say(ann, f"meanwhile {count}")
            count += 1

    busy = gevent.spawn(write)
    made = backup.backup(app.config, target, lambda done, all: gevent.sleep(0.01))
    writing = False
    busy.join()
    app.close()
    backup.restore(another, target, False, quietly)

    app = opened(another)
    kept = log.read(db, "room:1", 0, 10**6)
    assert [entry.seq for entry in kept] == list(range(1, len(kept) + 1))
    assert [entry.data["text"] for entry in kept[:50]] == list(map(str, range(50))) and acknowledged[-1] == 50
    assert made.entries == db.execute("select count(*) from entry")[0][0]
    app.close()


def test_files_and_pictures_come_along(places, tmp_path):
    one, another = places
    app = opened(one)
    olga = owner(app)
    file = olga.send(picture(), "view.png")
    olga.post(file)
    target = tmp_path / "all.backup"
    made = backup.backup(app.config, target, quietly)
    seen = olga.load(file).data
    app.close()

    backup.restore(another, target, False, quietly)
    app = opened(another)
    again = Sender(app, olga.person, olga.token).load(file)

    assert (again.status_code, again.data) == (200, seen)
    assert made.files >= 1 and made.missing == []
    assert "password hashes" in made.secrets
    app.close()


def test_whoever_knows_a_lost_history_is_told_and_goes_on_with_the_restored_one(places, tmp_path):
    one, another = places
    app = opened(one)
    person, token = app.create_guest("ann")
    ann, target = app.connect(person, token), tmp_path / "all.backup"
    say(ann, "kept", "kept too")
    backup.backup(app.config, target, quietly)
    say(ann, "lost")
    known = app.request("/api/channels/room:1/entries?after=0", token, "GET").json["entries"]
    app.close()

    backup.restore(another, target, False, quietly)
    app = opened(another)
    bob = app.connect(person, token)
    last = known[-1]
    bob.call("resume", cursors={"room:1": [last["seq"], last["key"]]})
    [window] = bob.received("reset", 1)
    say(bob, "the same number, another message")
    carol = app.connect(person, token)
    carol.call("resume", cursors={"room:1": [last["seq"], last["key"]]})

    assert [item["text"] for item in window["items"]] == ["kept", "kept too"]
    assert texts(bob.received("message", 1)) == ["the same number, another message"]
    assert carol.received("reset", 1)[0]["as_of"] == [3, "the same number, another message"]
    app.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A backup of a place where somebody said something."""
    folder = tmp_path_factory.mktemp("small")
    app = RunningApp(folder / "data")
    say(app.connect_guest("ann"), "one", "two")
    backup.backup(app.config, folder / "small.backup", quietly)
    app.close()
    return folder / "small.backup"


def test_a_backup_with_any_byte_wrong_or_missing_is_refused_and_nothing_is_touched(small, tmp_path):
    whole, config = small.read_bytes(), replace(Config.read({}), data=tmp_path / "data")
    damaged, chance = tmp_path / "damaged", random.Random(7)
    for _ in range(150):
        at = chance.randrange(len(whole))
        damaged.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1:])
        with pytest.raises(db.Unusable, match="damaged, or not a backup"):
            backup.restore(config, damaged, False, quietly)
        damaged.write_bytes(whole[:at])
        with pytest.raises(db.Unusable, match="damaged, or not a backup"):
            backup.restore(config, damaged, False, quietly)

    assert not config.data.exists()


def resealed(source, target, change):
    """The same backup with its parts changed, and the sum right again: somebody made it so."""
    with zipfile.ZipFile(source) as parts:
        held = {name: parts.read(name) for name in parts.namelist()}
    change(held)
    manifest = archive.msgspec.json.decode(held.pop(archive.MANIFEST), type=archive.Manifest)
    with archive.written(target) as (writer, _):
        for name, data in held.items():
            writer.add(name, [data])
        writer.finish(manifest)


def test_a_backup_of_a_newer_hubbub_is_refused(small, tmp_path):
    def newer(held):
        manifest = json.loads(held[archive.MANIFEST]) | {"migrations": [["chat", 9999]]}
        held[archive.MANIFEST] = json.dumps(manifest).encode()

    resealed(small, tmp_path / "newer", newer)
    config = replace(Config.read({}), data=tmp_path / "data")

    with pytest.raises(db.Unusable, match="made by a newer Hubbub"):
        backup.restore(config, tmp_path / "newer", False, quietly)
    assert not config.data.exists()


def test_a_backup_that_names_places_elsewhere_writes_only_what_is_its_own(small, tmp_path):
    resealed(small, tmp_path / "sly", lambda held: held.update({"../../evil": b"x", "files/ab/../../../evil": b"x"}))

    backup.restore(replace(Config.read({}), data=tmp_path / "data"), tmp_path / "sly", False, quietly)

    assert not list(tmp_path.rglob("*evil*"))


def test_a_backup_whose_database_is_broken_is_refused(small, tmp_path):
    def breaks(held):
        pages = bytearray(held[copies.DATABASE])
        pages[8192:12288] = b"\xff" * 4096
        held[copies.DATABASE] = bytes(pages)

    resealed(small, tmp_path / "broken", breaks)
    config = replace(Config.read({}), data=tmp_path / "data")

    with pytest.raises(db.Unusable):
        backup.restore(config, tmp_path / "broken", False, quietly)
    assert [path.name for path in config.data.iterdir()] == ["hubbub.lock"]


def test_where_something_is_already_it_is_put_aside_only_when_that_is_said(small, tmp_path):
    app = RunningApp(tmp_path / "data")
    say(app.connect_guest("bob"), "mine")
    with pytest.raises(db.Unusable, match="already runs"):
        backup.restore(app.config, small, True, quietly)
    app.close()
    with pytest.raises(db.Unusable, match="--replace"):
        backup.restore(app.config, small, False, quietly)

    _, old = backup.restore(app.config, small, True, quietly)

    for folder, said in ((tmp_path / "data", ["one", "two"]), (old, ["mine"])):
        with copies.opened(folder) as moment:
            assert [entry.data["text"] for entry in log.read(moment, "room:1", 0)] == said


def test_a_backup_is_never_half_there_and_overwrites_nothing(tmp_path, monkeypatch):
    app = RunningApp(tmp_path / "data")
    target = tmp_path / "all.backup"
    target.write_text("precious")
    with pytest.raises(db.Unusable, match="already exists"):
        backup.backup(app.config, target, quietly)
    target.unlink()
    monkeypatch.setattr(backup, "_manifest", lambda *parts: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        backup.backup(app.config, target, quietly)

    assert [path.name for path in tmp_path.iterdir()] == ["data"]
    app.close()


def test_the_commands_say_in_words_what_they_did_and_what_they_cannot(tmp_path):
    data, target = str(tmp_path / "data"), str(tmp_path / "all.backup")
    run = CliRunner().invoke
    nothing = run(cli.main, ["backup", target, "--data", data])
    app = RunningApp(tmp_path / "data")
    say(app.connect_guest("ann"), "one")
    made = run(cli.main, ["backup", target, "--data", data])
    running = run(cli.main, ["restore", target, "--data", data, "--replace"])
    app.close()
    restored = run(cli.main, ["restore", target, "--data", str(tmp_path / "new")])

    assert (nothing.exit_code, nothing.output) == (1, f"Error: there is no Hubbub in {data}\n")
    assert made.exit_code == 0 and "entries in" in made.output and "keep it as safe as a password" in made.output
    assert (running.exit_code, running.output) == (1, f"Error: another Hubbub already runs on {data}\n")
    assert restored.exit_code == 0 and restored.output.startswith("Restored: ")
    assert (tmp_path / "all.backup").stat().st_mode & 0o777 == 0o600


def test_before_a_database_is_updated_a_copy_is_put_aside(tmp_path, monkeypatch):
    all_steps = migrate.steps("sqlite")
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps[:-1])
    db.open(tmp_path)
    db.close()
    monkeypatch.setattr(migrate, "steps", lambda dialect: all_steps)
    fresh = not (tmp_path / "backups").exists()

    db.open(tmp_path)
    db.close()
    db.open(tmp_path)
    db.close()

    [copy] = (tmp_path / "backups").iterdir()
    with sqlite3.connect(copy) as before:
        assert len(migrate.applied("sqlite", before.execute)) == len(all_steps) - 1
    assert fresh and copy.name.startswith("before-documents-0001-") and copy.stat().st_mode & 0o777 == 0o600


def test_without_room_for_the_copy_nothing_is_updated(tmp_path, monkeypatch):
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


def test_of_copies_put_aside_the_last_three_are_kept(tmp_path):
    db.open(tmp_path)
    for number in range(5):
        db.state().writer.engine.copy_before_update(f"before-000{number}")
    names = sorted(path.name[:11] for path in (tmp_path / "backups").iterdir())

    assert names == ["before-0002", "before-0003", "before-0004"]
    db.close()


def test_a_server_says_in_one_line_that_the_database_is_newer(tmp_path):
    db.open(tmp_path)
    with db.transaction() as tx:
        tx.execute("insert into schema_migration (slice, number, name, at) values ('chat', 9999, 'x', 0)")
    db.close()

    said = CliRunner().invoke(cli.main, ["serve", "--data", str(tmp_path), "--port", "0"])

    assert said.exit_code == 1 and said.output.count("\n") == 1
    assert "made by a newer Hubbub (migration chat/9999): update Hubbub to open it" in said.output
