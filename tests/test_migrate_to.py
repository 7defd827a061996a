"""`hubbub migrate-to`: SQLite to PostgreSQL, verified, and started again after a kill at any moment."""

import hashlib
import shutil
import signal
import sys
import tarfile
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from hubbub import cli
from hubbub.core import db
from hubbub.core.db import copies, move
from tests import forks, postgres
from tests.data.make import PASSWORD
from tests.running_app import RunningApp
from tests.sender import Sender
from tests.waiting import until

ROOT = Path(__file__).parent


def ignore_progress(done, all):
    """Show no progress."""


@pytest.fixture(scope="module")
def older(tmp_path_factory):
    """The data folder of a server on SQLite that was used in every way, brought up to date and stopped."""
    folder = tmp_path_factory.mktemp("older")
    with tarfile.open(ROOT / "data" / "older-sqlite.tar.gz") as file:
        file.extractall(folder, filter="data")
    app = RunningApp(folder)
    token = app.request("/api/sign-in", handle="olga", password=PASSWORD).json["token"]
    Sender(app, 0, token).post(text="Straße, こんにちは世界, C++ and 👍🏽")
    app.close()
    return folder


@pytest.fixture
def data(older, tmp_path):
    return shutil.copytree(older, tmp_path / "data")


@pytest.fixture
def url():
    return postgres.database()


def run(*arguments):
    return CliRunner().invoke(cli.main, ["migrate-to", *map(str, arguments)])


def content(url):
    """Return all rows of all tables, without the times of the migrations."""
    with psycopg.connect(url) as connection:
        tables = [name for name, in connection.execute("select table_name from information_schema.tables "
                                                       "where table_schema = current_schema()").fetchall()]
        rows = {table: sorted(map(repr, connection.execute(f"select * from {table}").fetchall())) for table in tables}
        if "schema_migration" in rows:
            rows["schema_migration"] = connection.execute("select slice, number from schema_migration order by 1, 2"
                                                          ).fetchall()
        rows["sequences"] = connection.execute("select sequencename, start_value, last_value from pg_sequences "
                                               "where schemaname = current_schema() order by 1").fetchall()
        return rows


def checksums(folder):
    return {path: hashlib.sha256(path.read_bytes()).digest() for path in folder.rglob("*")
            if path.is_file() and path.stat().st_size and not path.name.endswith("-shm")}


def test_everything_is_copied_and_the_server_goes_on_in_postgresql(data, url):
    before = checksums(data)

    result = run(url, "--data", data)

    assert result.exit_code == 0, result.output
    assert result.output.startswith("Copied ") and "checksums of all" in result.output
    assert "set HUBBUB_DATABASE_URL" in result.output and "postgresql://" not in result.output
    assert checksums(data) == before
    with copies.opened(data) as here, copies.opened(data, url) as there:
        for table in ("channel", "entry", "person", "sign_in", "symbol", "candle", "document", "notification"):
            sql = f"select * from {table}"
            rows = sorted(map(repr, here.execute(sql)))
            assert rows == sorted(map(repr, there.execute(sql))) and rows
    check_that_it_works(data, url)


def check_that_it_works(data, url):
    app = RunningApp(data, url)
    token = app.request("/api/sign-in", handle="olga", password=PASSWORD).json["token"]
    olga = Sender(app, 0, token)
    for query in ("strasse", "こんにちは", "c%2B%2B", "👍"):
        found = app.request(f"/api/search?q={query}", token, "GET").json
        assert "Straße, こんにちは世界, C++ and 👍🏽" in [item["text"] for item in found["items"]], query
    assert olga.post(text="after the move").status_code == 201
    assert olga.request("POST", "/api/rooms", name="New", kind="public", key="new", people=[]).status_code == 201
    assert olga.post(olga.send(b"bytes", "new.txt")).status_code == 201
    for id, in db.execute("select id from file where ready is not null"):
        row = olga.request("GET", f"/files/{id}/x")
        assert row.status_code in (200, 404) and row.json is None or row.json["code"] == "not_found"
    app.close()


@pytest.fixture(scope="module")
def uninterrupted(older):
    """What PostgreSQL contains after an uninterrupted run."""
    url = postgres.database()
    result = run(url, "--data", older)
    assert result.exit_code == 0, result.output
    return content(url)


@pytest.mark.parametrize("after", [-1, 0, 0.5, 0.999, 2])
def test_a_killed_run_can_be_started_again_and_ends_like_an_uninterrupted_one(data, url, uninterrupted, after):
    assert forks.Program("tests.moving", str(data), url, str(after)).wait(120) == -signal.SIGKILL

    runs = [run(url, "--data", data)]
    until(lambda: "is copying" not in runs[-1].output or runs.append(run(url, "--data", data)))  # the killed run's lock

    assert runs[-1].exit_code == 0, runs[-1].output
    assert runs[-1].output.startswith("Copied " if after < 2 else "An earlier run has copied ")
    assert content(url) == uninterrupted


def test_the_tables_indexes_and_constraints_are_those_that_a_server_creates(data, url, tmp_path):
    another = postgres.database()
    RunningApp(tmp_path / "new", another).close()
    result = run(url, "--data", data)
    assert result.exit_code == 0, result.output

    def schema(address):
        with psycopg.connect(address) as connection:
            [(name,)] = connection.execute("select current_schema()")
            definitions = [
                *connection.execute("select table_name, column_name, data_type, is_nullable, column_default from "
                                    "information_schema.columns where table_schema = current_schema()"),
                *connection.execute("select indexname, indexdef from pg_indexes where schemaname = current_schema()"),
                *connection.execute("select conname, pg_get_constraintdef(oid) from pg_constraint "
                                    "where connamespace = current_schema()::regnamespace")]
            return sorted(repr(each).replace(name, "") for each in definitions)

    assert schema(url) == schema(another)


def test_a_running_server_is_left_alone(data, url):
    app = RunningApp(data)

    result = run(url, "--data", data)

    app.close()
    assert result.exit_code == 1
    assert result.output == f"Error: another Hubbub already runs on {data}: stop it first\n"
    assert content(url)["sequences"] == []


def test_a_database_to_which_another_run_copies_or_on_which_a_server_starts_is_left_alone(data, url):
    with psycopg.connect(url) as connection:
        connection.execute(move.LOCK)

        result = run(url, "--data", data)

    assert result.exit_code == 1 and "another `hubbub migrate-to` is copying to that database" in result.output
    assert run(url, "--data", data).exit_code == 0


def test_a_database_that_is_not_empty_is_left_alone(data, url):
    with psycopg.connect(url) as connection:
        connection.execute("create table holiday (day text)")
        connection.execute("insert into holiday values ('Monday')")

    result = run(url, "--data", data)

    assert result.exit_code == 1 and "not empty" in result.output
    assert content(url)["holiday"] == ["('Monday',)"]


def test_a_database_that_a_server_has_used_since_is_left_alone(data, url):
    assert run(url, "--data", data).exit_code == 0
    check_that_it_works(data, url)
    before = content(url)

    result = run(url, "--data", data)

    assert result.exit_code == 1 and "is not empty, nor a copy of this one" in result.output
    assert content(url) == before


def test_a_wrong_row_is_noticed_and_nothing_is_kept(data, url, monkeypatch):
    add = move.Sum.add
    monkeypatch.setattr(move.Sum, "add", lambda self, table, row: add(
        self, table, (*row[:-1], row[-1] + " ") if table == "entry" and row[1] == 3 else row))
    monkeypatch.setattr(move.Move, "_copy", lambda self, copy=move.Move._copy: undo(copy(self), monkeypatch, add))

    result = run(url, "--data", data)

    assert result.exit_code == 1 and "the copy is wrong, so nothing of it was kept: " in result.output
    assert "the rows of the channel " in result.output
    with psycopg.connect(url) as connection:
        assert connection.execute(copies.migrate.TABLES["postgres"]).fetchall() == []


def undo(total, monkeypatch, add):
    """Let the sums of PostgreSQL be right again."""
    monkeypatch.setattr(move.Sum, "add", add)
    return total


def test_data_of_another_version_is_refused(data, url, tmp_path):
    untouched = tmp_path / "older"
    with tarfile.open(ROOT / "data" / "older-sqlite.tar.gz") as file:
        file.extractall(untouched, filter="data")
    copies.change(data, "", "insert into schema_migration values ('core', 9000, '9000_later.sql', 0)")

    old, new = run(url, "--data", untouched), run(url, "--data", data)

    assert "is older than this Hubbub: start the server once" in old.output and old.exit_code == 1
    assert "was made by a newer Hubbub: update this one first" in new.output and new.exit_code == 1


@pytest.mark.parametrize("address, reason", [
    ("mysql://x/y", "the address must look like postgresql://"),
    ("postgresql://nobody:canary@127.0.0.1:1/none", "the PostgreSQL server at that address does not answer"),
])
def test_a_wrong_address_is_refused_in_one_line_without_its_password(data, address, reason):
    result = run(address, "--data", data)

    assert result.exit_code == 1 and reason in result.output and "canary" not in result.output
    assert len(result.output.strip().splitlines()) == 1


def test_a_folder_without_a_server_and_a_missing_driver_are_named(data, url, tmp_path, monkeypatch):
    empty = run(url, "--data", tmp_path / "nothing")
    monkeypatch.setitem(sys.modules, "psycopg", None)

    driver = run(url, "--data", data)

    assert "there is no hubbub.db" in empty.output and not (tmp_path / "nothing").exists()
    assert "pip install 'hubbub[postgres]'" in driver.output and driver.exit_code == 1
