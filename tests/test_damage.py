"""Damaged, empty, full, read-only and unreachable databases: every command explains it, and no backup is lost."""

import os
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from hubbub import cli, monitoring
from hubbub.core import db
from hubbub.core.db import sqlite as engine
from tests import postgres
from tests.running_app import HERE, RunningApp
from tests.sender import owner, picture

AWAY = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "chat.example"}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """The data folder of a stopped server with an owner, a file and several pages of messages."""
    app = RunningApp(tmp_path_factory.mktemp("original"))
    olga = owner(app)
    olga.post(olga.send(picture(), "view.png"), text="look")
    with db.transaction() as tx:
        tx.execute("create table filler (id integer primary key, text text)")
        for number in range(2000):
            tx.execute("insert into filler (text) values (:text)", text=f"{number} " * 40)
    app.close()
    with sqlite3.connect(app.config.data / "hubbub.db") as file:
        file.execute("pragma wal_checkpoint(truncate)")
    return app.config.data


@pytest.fixture
def data(original, tmp_path):
    shutil.copytree(original, tmp_path / "data")
    return tmp_path / "data"


def damage_inner_pages(path):
    pages = bytearray(path.read_bytes())
    for page in range(len(pages) // 4096 - 20, len(pages) // 4096 - 10):
        pages[4096 * page:4096 * page + 2000] = os.urandom(2000)
    path.write_bytes(pages)


DAMAGES = {
    "inner pages": (damage_inner_pages, "damaged"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:-4096 * 20]), "database disk image is malformed"),
    "no database": (lambda path: path.write_bytes(b"no database" * 1000), "file is not a database"),
    "empty": (lambda path: path.write_bytes(b""), "empty"),
    "missing": (lambda path: path.unlink(), ""),
}
COMMANDS = {
    "serve": ["serve", "--port", "0"],
    "reset": ["reset", "olga"],
    "backup": ["backup", "{folder}/new.backup"],
    "export": ["export", "{folder}/export"],
    "doctor": ["doctor"],
}


def run(data, command):
    arguments = [part.format(folder=data.parent) for part in COMMANDS[command]]
    return CliRunner().invoke(cli.main, [*arguments, "--data", str(data)])


@pytest.mark.parametrize("kind", DAMAGES)
def test_every_command_says_what_is_wrong_with_a_database(data, kind):
    damage, words = DAMAGES[kind]
    for path in data.glob("hubbub.db-*"):
        path.unlink()
    damage(data / "hubbub.db")
    damaged = (data / "hubbub.db").read_bytes() if kind != "missing" else None

    results = {command: run(data, command) for command in COMMANDS if (command, kind) != ("export", "inner pages")}

    for command, result in results.items():
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (command, result.exception)
        assert words in result.output or "damaged" in result.output, (command, result.output)
    assert "hubbub restore FILE --replace" in results["serve"].output or kind == "truncated"
    assert not (data.parent / "new.backup").exists()
    assert ((data / "hubbub.db").read_bytes() if (data / "hubbub.db").exists() else None) == damaged


def test_a_damaged_database_never_replaces_good_copies_from_before_updates(data, monkeypatch):
    folder = data / "backups"
    folder.mkdir()
    good = [folder / f"before-chat-000{number}.db" for number in range(3)]
    for path in good:
        shutil.copy(data / "hubbub.db", path)
    damage_inner_pages(data / "hubbub.db")
    monkeypatch.setattr(engine, "_check_pages", lambda connection, path: None)  # as if there was no time for them
    opened = engine.SQLite(data / "hubbub.db")

    with pytest.raises(db.Unusable, match="damaged"):
        opened.copy_before_update("before-chat-0009")
    opened.close()

    assert sorted(folder.iterdir()) == good


def test_an_emptied_database_is_no_new_place_in_a_folder_without_files(tmp_path):
    RunningApp(tmp_path).close()
    for path in tmp_path.glob("hubbub.db*"):
        path.write_bytes(b"") if path.suffix == ".db" else path.unlink()

    with pytest.raises(db.Unusable, match="hubbub.db is empty, but .*hubbub.lock shows"):
        RunningApp(tmp_path)


def test_a_first_start_that_was_interrupted_is_repeated(tmp_path):
    with sqlite3.connect(tmp_path / "hubbub.db") as file:
        file.execute("pragma journal_mode = wal")
    (tmp_path / "hubbub.db-wal").write_bytes(b"an unfinished transaction")
    (tmp_path / "hubbub.lock").touch()

    RunningApp(tmp_path).close()


def test_a_new_folder_and_one_without_files_are_still_new_places(tmp_path):
    (tmp_path / "files" / "arriving").mkdir(parents=True)
    (tmp_path / "hubbub.db").touch()

    RunningApp(tmp_path).close()


def test_damage_found_later_is_answered_with_a_reason(app, caplog):
    def damaged(sql, values):
        error = sqlite3.DatabaseError("database disk image is malformed")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error

    user = app.set_up_owner()
    run_statement = engine._run
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "_run", lambda connection, sql, values: damaged(sql, values)
                      if "from entry" in sql else run_statement(connection, sql, values))
        answer = user.get("/api/channels/room:1/entries")

    assert (answer.status_code, answer.json["code"]) == (503, "busy") and "damaged" in answer.json["error"]
    assert "hubbub restore FILE --replace" in caplog.text and "Traceback" not in caplog.text


def health(app, **environ):
    monitoring.health.forget()
    answer = app.flask.test_client().get("/healthz", environ_overrides=environ)
    return answer.status_code, answer.json


def test_a_read_only_database_shows_in_the_health(app):
    assert health(app, **HERE)[0] == 200
    db.state().engine._writing.execute("pragma query_only = on")

    status, body = health(app, **HERE)

    assert (status, body["ok"]) == (503, False) and "could not write" in body["problem"]
    assert health(app, **AWAY) == (503, {"ok": False})


def test_a_full_disk_shows_in_the_health(app, monkeypatch):
    def full():
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    monkeypatch.setattr(db.state().engine, "commit", full)

    assert "disk of the server is full" in health(app, **HERE)[1]["problem"]


def test_strangers_learn_only_whether_the_server_is_healthy(app):
    olga, ann = app.set_up_owner(), app.connect_member("ann")

    def ask(token):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return set(app.flask.test_client().get("/healthz", headers=headers, environ_overrides=AWAY).json)

    read_token = olga.post("/api/tokens", name="t", scope="read").json["secret"]
    assert ask(None) == ask(ann.token) == ask(read_token) == {"ok"}
    assert ask(olga.token) == {"ok", "version", "connections", "nodes"} == set(health(app, **HERE)[1])
    assert set(health(app, **HERE | {"HTTP_X_FORWARDED_FOR": "203.0.113.9"})[1]) == {"ok"}


def test_every_command_says_why_postgresql_cannot_be_used(tmp_path, monkeypatch):
    url = postgres.database()
    base, _, query = url.partition("?")
    server, _, name = base.rpartition("/")
    urls = {"does not answer": "postgresql://ann:secret@127.0.0.1:1/hubbub",
            'database "nowhere" does not exist': f"{server}/nowhere?{query}",
            'role "nobody" does not exist': f"postgresql://nobody:secret@/{name}?{query}",
            "cannot be used": "postgresql://ann:secret@[::1/hubbub"}
    tmp_path.chmod(0o700)
    (tmp_path / "data").mkdir(mode=0o700)
    for words, wrong in urls.items():
        monkeypatch.setenv("HUBBUB_DATABASE_URL", wrong)
        for command in COMMANDS:
            result = run(tmp_path / "data", command)
            assert result.exit_code == 1 and isinstance(result.exception, SystemExit), (command, result.exception)
            assert words in result.output or "must look like" in result.output, (command, result.output)
            assert "secret" not in result.output and "Traceback" not in result.output


def test_an_empty_postgresql_database_is_no_new_place_in_a_used_folder(data):
    """The start would delete all files that the database does not name."""
    with pytest.raises(db.Unusable, match="the database is empty, but .* shows that .* was used"):
        RunningApp(data, postgres.database())

    assert list(data.glob("files/??/*"))


def test_a_read_only_postgresql_database_shows_in_the_health_and_the_doctor(tmp_path, monkeypatch):
    url = postgres.database()
    app = RunningApp(tmp_path, url)
    read_only = f"{url}%20-cdefault_transaction_read_only%3Don"  # the address ends with the server's options
    checks = CliRunner().invoke(cli.main, ["doctor", "--data", str(tmp_path)], env={"HUBBUB_DATABASE_URL": read_only})

    def refuse():
        raise postgres.psycopg.errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction")

    with monkeypatch.context() as patch:
        patch.setattr(db.state().engine, "commit", refuse)
        status, body = health(app, **HERE)
    app.close()

    assert (status, body["ok"]) == (503, False)
    assert checks.exit_code == 1 and "nothing can be stored in the database: it is read-only" in checks.output
