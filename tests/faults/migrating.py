"""Kill migrations before and after their statements, start again, and compare with an undisturbed one.

    python -m tests.faults.migrating CHOICE FOLDER [POSTGRES]

CHOICE is a name in `CHOICES`.  Prints a line of JSON for each trial: the migration, the step at which it was killed,
how it ended (-9), and what is wrong afterwards.  Each trial is a fork, so it costs no start of Python.
"""

from gevent import monkey

if not monkey.is_module_patched("socket"):
    monkey.patch_all(os=False, signal=False)  # as in a server: its pool of connections needs that

import atexit
import itertools
import json
import operator
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gevent

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import db
from hubbub.core.db import migrate, postgres  # noqa: F401  (loaded before the forks)
from hubbub.core.db.engine import Engine
from tests.nodes import open_node
from tests.postgres import Server

Point = tuple[int, int]  # the version before a migration, and its step

# What is added after each of these migrations: the later ones must keep it.
ROWS = {
    ("core", 1): [
        "insert into channel (name, head, n) values ('room:1', 2, 2)",
        "insert into entry (channel, seq, n, kind, author, at, key, data) values ('room:1', 1, 1, 'message', 1, 5.5, "
        "'a', '{\"text\":\"hello; it''s me\"}'), ('room:1', 2, 2, 'message', 2, 6.5, 'a', '{\"text\":\"ä 😀\"}')",
        "insert into cursor (channel, person, seq, n, version) values ('room:1', 1, 2, 2, 1)"],
    ("people", 1): [
        "insert into person (name, kind, since) values ('Ann', 'guest', 5), ('Bob', 'guest', 6)",
        "insert into sign_in (token, person, since) select 'of-' || name, id, 5 from person where id > 0"],
    ("people", 2): [
        "update person set role = 'owner', handle = 'ann', password = 'x' where name = 'Ann'",
        "insert into setting (name, value) values ('vapid', 'secret')",
        "insert into invite (secret, role, uses, maker, since) values ('s', 'member', 1, 1, 7)",
        "insert into channel (name, head, n) values ('audit:all', 1, 0)",
        "insert into entry (channel, seq, n, kind, author, at, key, data) values ('audit:all', 1, 0, 'noted', 1, 7, "
        "'a', '{\"what\":\"banned\",\"about\":2}')"],
    ("chat", 1): [
        "insert into draft (person, channel, thread, text, version, at) values (1, 'room:1', 0, 'half a', 1, 8)",
        "insert into room (kind, name, maker, since) values ('private', 'Den', 1, 8)",
        "insert into member (room, person, role, since) select id, 1, 'admin', 8 from room where name = 'Den'"],
    ("chat", 2): [
        "insert into message (channel, seq, text, edited) values ('room:1', 1, 'hello!', 9)",
        "insert into reaction (channel, seq, emoji, person, at) values ('room:1', 1, '👍', 1, 9)",
        "insert into channel (name, head, n) values ('own:1', 1, 0)",
        "insert into entry (channel, seq, n, kind, author, at, key, data) values ('own:1', 1, 0, 'gone', 0, 9, 'a', "
        "'{\"channel\":\"room:2\"}')",
        "insert into cursor (channel, person, seq, n, version) values ('own:1', 1, 1, 0, 1)"],
    ("files", 1): [
        "insert into file (id, channel, person, name, size, arrived, at) values ('f', 'room:1', 1, 'a', 2, 1, 9)"],
    ("notifications", 1): [
        "insert into notification (person, seq, channel, target, root) values (1, 1, 'room:1', 2, 0)",
        "insert into level (person, channel, level) values (1, 'room:1', 'nothing')"],
    ("feeds", 1): [
        "insert into feed (name, title, maker, since) values ('market', 'Market', 1, 9)",
        "insert into symbol (name, feed, since, value) values ('ABC', 'market', 9, 1.5)"],
}


class Dying:
    """An engine whose process is killed before its nth step; a step is a statement, a begin, a commit."""

    def __init__(self, engine: Engine, steps: int) -> None:
        self._engine, self._left = engine, itertools.count(steps, -1)

    def _step(self) -> None:
        if next(self._left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def begin(self) -> None:
        self._step()
        self._engine.begin()

    def script(self, sql: str) -> None:
        for statement in statements(sql):
            self._step()
            self._engine.script(statement)

    def execute(self, sql: str, values: dict[str, Any]) -> Any:
        self._step()
        return self._engine.execute(sql, values)

    def commit(self) -> None:
        self._step()
        self._engine.commit()
        self._step()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


def statements(sql: str) -> Iterator[str]:
    """Return the statements of a script; comments belong to what follows."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if statement.strip():
        yield statement


def upto(version: int | None) -> None:
    """Hide the migrations after this one."""
    migrate.steps = lambda dialect: _steps(dialect)[:version]


_steps = migrate.steps


def opened(data: Path, url: str, version: int | None = None) -> Engine:
    """Open a database that is migrated up to `version`, or else to the newest."""
    upto(version)
    open_node(data, url)
    return db.state().engine


def aged(data: Path, url: str, version: int, since: int = 0) -> None:
    """Make a database of the version `since` one of `version`, with the data that people had by then."""
    engine = opened(data, url, since)
    for step in _steps(engine.dialect)[since:version]:
        migrate._apply(engine, step)
        for sql in ROWS.get(step.id, []):
            engine.script(sql)
    db.close()


def everything(engine: Engine) -> dict[str, list[str]]:
    """Return all rows of all tables except the times of migrations, and the indexes and columns."""
    found = {name: sorted(map(repr, engine.execute(f"select * from {name}", {})))
             for name in engine.tables() - {"schema_migration"} if not name.startswith(("searchable_index", "sqlite_"))}
    found["applied"] = sorted(map(repr, engine.execute("select slice, number, name from schema_migration", {})))
    made = ("select type, name, sql from sqlite_master" if engine.dialect == "sqlite" else
            "select tablename, indexname, regexp_replace(indexdef, ' ON [^.]*[.]', '') from pg_indexes "
            "where schemaname = current_schema()")
    return found | {"made": sorted(map(repr, engine.execute(made, {})))}


def child(call: Callable[[], Any]) -> tuple[int, Any]:
    """Call in a fork; return its exit code, -9 when killed, and its result."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        gevent.reinit()
        os.close(reading)
        code = 1
        try:
            with open(writing, "w") as out:
                json.dump(call(), out)
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading) as said:
        answer = said.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code, json.loads(answer) if answer else None


def killed(data: Path, url: str, version: int, step: int) -> None:
    """Run the migration after `version`, and be killed at its step."""
    engine = opened(data, url, version)
    upto(version + 1)
    migrate.run(Dying(engine, step))  # type: ignore[arg-type]


def started(data: Path, url: str) -> dict[str, list[str]]:
    """Start normally, and return what the database contains."""
    found = everything(opened(data, url))
    db.close()
    return found


def kind(statement: str) -> str:
    """Return what a statement does: `create table`, `alter table rename column`, `update`."""
    words = re.sub(r"--.*", "", statement).lower().split()
    return " ".join(words[:2] + words[3:5] if words[0] == "alter" else words[:2] if words[0] == "create" else words[:1])


def every_step() -> list[Point]:
    """Every migration before each statement, its record and its commit, and after that."""
    return [(version, step) for version, sql in enumerate(_kinds()) for step in range(len(sql) + 4)]


def every_kind() -> list[Point]:
    """The newest migration at every step, and each kind of statement of the others once, in its newest migration."""
    *older, _ = _kinds()
    after = {kind: (version, step) for version, found in enumerate(older) for step, kind in enumerate(found, 2)}
    return [*sorted({*after.values()}), *_newest()]


def few() -> list[Point]:
    """The first table, a change of rows, and the end of the newest migration: a transaction undoes the rest alike."""
    changes = [version for version, found in enumerate(_kinds()) if "update" in found]
    return [(0, 2), (changes[-1], 2), *_newest()[-3:]]


CHOICES = {choice.__name__: choice for choice in (every_step, every_kind, few)}


def _kinds() -> list[list[str]]:
    """Return the kinds of the statements of each migration."""
    return [[kind(statement) for statement in statements(step.sql)] for step in _steps("sqlite")]


def _newest() -> list[Point]:
    found = every_step()
    return [point for point in found if point[0] == found[-1][0]]


def trials(fresh: Callable[[int], tuple[Path, str]], points: list[Point]) -> Iterator[dict[str, Any]]:
    """Kill migrations at these points; `fresh` makes a database of a version."""
    for version, found in itertools.groupby(points, operator.itemgetter(0)):
        place = fresh(version)
        whole = child(lambda place=place: started(*place))[1]
        for _, step in found:
            place = fresh(version)
            code, _ = child(lambda place=place, version=version, step=step: killed(*place, version, step))
            again, now = child(lambda place=place: started(*place))
            wrong = ["start"] if again else [name for name in whole if whole[name] != now.get(name)]
            yield {"migration": version + 1, "step": step, "code": code, "wrong": wrong}


def run(choice: Callable[[], list[Point]], folder: Path, server: str = "", timeout: int = 280) -> list[dict[str, Any]]:
    """Return the trials of a choice, made in a process of their own."""
    command = [sys.executable, "-m", __name__, choice.__name__, str(folder), server]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def problems(trials: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the trials that were not killed, or lost something."""
    return [trial for trial in trials if trial["wrong"] or trial["code"] != -signal.SIGKILL]


def main(choice: str, folder: str, server: str = "") -> None:
    fresh = _postgres(Path(folder), Server(server)) if server else _sqlite(Path(folder))
    for trial in trials(fresh, CHOICES[choice]()):
        print(json.dumps(trial), flush=True)


def _sqlite(folder: Path) -> Callable[[int], tuple[Path, str]]:
    numbers, models = itertools.count(), {0: folder / "aged-0"}
    models[0].mkdir()

    def fresh(version: int) -> tuple[Path, str]:
        data = folder / str(next(numbers))
        if version not in models:
            older = max(known for known in models if known < version)
            models[version] = shutil.copytree(models[older], folder / f"aged-{version}")
            child(lambda: aged(models[version], "", version, older))
        return shutil.copytree(models[version], data), ""

    return fresh


def _postgres(folder: Path, server: Server) -> Callable[[int], tuple[Path, str]]:
    def fresh(version: int) -> tuple[Path, str]:
        url = server.database()
        child(lambda: aged(folder, url, version))
        return folder, url

    atexit.register(server.close)
    return fresh


if __name__ == "__main__":
    main(*sys.argv[1:])
