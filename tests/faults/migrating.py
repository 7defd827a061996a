"""Kill a migration before each of its statements, start again, and compare with an undisturbed one.

    python -m tests.faults.migrating FOLDER [POSTGRES [EVERY [NEWEST]]]

Prints a line of JSON for each trial: the migration, the step at which it was killed, how it ended (-9; 0 when it had no
more steps), and what is wrong afterwards.  EVERY: only at each nth step.  Each trial is a fork, so it costs no start of
Python.
"""

from gevent import monkey

monkey.patch_all(os=False, signal=False)  # as in a server: its pool of connections needs that

import atexit
import itertools
import json
import os
import shutil
import signal
import sqlite3
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


def aged(data: Path, url: str, version: int) -> None:
    """Create a database as it was at `version`, with the data that people had by then."""
    engine = opened(data, url, 0)
    for number in range(1, version + 1):
        upto(number)
        migrate.run(engine)
        for sql in ROWS.get(_steps(engine.dialect)[number - 1].id, []):
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


def chosen(count: int, newest: int) -> list[int]:
    """Return the versions of which the next migration is killed on PostgreSQL: every fourth, and the newest."""
    return [version for version in range(count) if version % 4 == 0 or version >= count - newest]


def trials(fresh: Callable[[int], tuple[Path, str]], every: int, newest: int) -> Iterator[dict[str, Any]]:
    """Kill every migration at every nth step, the newest ones at each; with 0, every fourth and the newest ones once.

    `fresh` makes a database of a version.
    """
    place = fresh(0)
    count = child(lambda: len(started(*place)["applied"]))[1]
    for version in range(count) if every else chosen(count, newest):
        place = fresh(version)
        whole = child(lambda place=place: started(*place))[1]
        for step in itertools.count(0, every if version < count - newest else 1) if every else (2,):
            place = fresh(version)
            code, _ = child(lambda place=place, step=step, version=version: killed(*place, version, step))
            again, found = child(lambda place=place: started(*place))
            wrong = ["start"] if again else [name for name in whole if whole[name] != found.get(name)]
            yield {"migration": version + 1, "step": step, "code": code, "wrong": wrong}
            if code != -signal.SIGKILL:
                break


def main(folder: str, server: str = "", every: str = "1", newest: str = "0") -> None:
    fresh = _postgres(Path(folder), Server(server)) if server else _sqlite(Path(folder))
    for trial in trials(fresh, int(every), int(newest)):
        print(json.dumps(trial), flush=True)


def _sqlite(folder: Path) -> Callable[[int], tuple[Path, str]]:
    numbers = itertools.count()

    def fresh(version: int) -> tuple[Path, str]:
        model, data = folder / f"aged-{version}", folder / str(next(numbers))
        if not model.exists():
            model.mkdir()
            child(lambda: aged(model, "", version))
        shutil.copytree(model, data)
        return data, ""

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
