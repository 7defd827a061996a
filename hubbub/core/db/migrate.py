"""Bring the database up to date: numbered SQL files of the core and of each slice, each in one transaction.

A file `0002_name.sql` is for both databases, `0002_name.sqlite.sql` and `0002_name.postgres.sql` are for one.  The
table `schema_migration` records what was applied.  There is no way back; a copy is kept before an update.
"""

import logging
import time
from collections.abc import Callable, Collection, Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, NamedTuple

from hubbub.core.db.engine import Engine, Unusable

logger = logging.getLogger(__name__)

LEDGER = """create table schema_migration (slice text not null, number bigint not null, name text not null,
    at double precision not null, primary key (slice, number))"""
RECORD = "insert into schema_migration (slice, number, name, at) values (:slice, :number, :name, :at)"
TABLES = {
    "sqlite": "select name from sqlite_master where type = 'table'",
    "postgres": "select tablename from pg_tables where schemaname = current_schema()",
}

# Before slices, all migrations were numbered together, in the table `migration`: the slice and number of each now.
BEFORE_SLICES = {
    1: ("core", 1), 2: ("people", 1), 3: ("people", 2), 4: ("chat", 1), 5: ("chat", 2), 6: ("files", 1),
    7: ("chat", 3), 8: ("notifications", 1), 9: ("feeds", 1), 10: ("documents", 1),
}

Id = tuple[str, int]


class Migration(NamedTuple):
    """One file; `sql` has `{token}`s for types on which the databases differ."""

    slice: str
    number: int
    name: str
    sql: str

    @property
    def id(self) -> Id:
        """The id in the table `schema_migration`."""
        return self.slice, self.number


_folders: dict[str, Traversable] = {"core": resources.files("hubbub.core") / "migrations"}


def register(slice: str, folder: Traversable) -> None:
    """Apply the migrations in a slice's folder after those of the slices registered before it."""
    if folder.is_dir():
        _folders[slice] = folder


def steps(dialect: str) -> list[Migration]:
    """Return all migrations for a database, in the order in which they apply to a new one."""
    found = []
    for slice, folder in _folders.items():
        files = [file for file in folder.iterdir()
                 if file.name.endswith(".sql") and file.name.split(".")[1] in ("sql", dialect)]
        found += sorted(Migration(slice, int(file.name[:4]), file.name, file.read_text()) for file in files)
    return found


def applied(dialect: str, execute: Callable[[str], Sequence[Sequence[Any]]]) -> set[Id]:
    """Return the migrations that were applied to a database, even to one from before slices."""
    tables = {name for name, in execute(TABLES[dialect])}
    if "schema_migration" in tables:
        return {(slice, number) for slice, number in execute("select slice, number from schema_migration")}
    if "migration" in tables:
        return {numbered(number) for number, in execute("select number from migration")}
    return set()


def numbered(number: int) -> Id:
    """Return the id of a migration with a number from before slices."""
    return BEFORE_SLICES.get(number, ("core", number))


def newer(done: Collection[Id], dialect: str) -> list[str]:
    """Return the names of the migrations that come from a newer version of an installed slice."""
    known = {step.id for step in steps(dialect)}
    return sorted(f"{slice}/{number}" for slice, number in done if (slice, number) not in known and slice in _folders)


def run(engine: Engine, only: Collection[Id] | None = None) -> None:
    """Keep a copy, then apply the missing migrations (with `only`, just those among them).

    `Unusable`, with nothing changed, if a newer Hubbub made the database.  Tables of slices that are no longer
    installed stay as they are.
    """
    done = applied(engine.dialect, lambda sql: engine.read(sql, {}))
    known = steps(engine.dialect)
    if unknown := newer(done, engine.dialect):
        raise Unusable(f"this database was made by a newer Hubbub (migration {unknown[-1]}): update Hubbub to open it")
    if left := {slice for slice, _ in done} - set(_folders):
        logger.warning("the database has data of slices that are not installed: %s", ", ".join(sorted(left)))
    missing = [step for step in known if step.id not in done and (only is None or step.id in only)]
    if done and missing:
        engine.copy_before_update(f"before-{missing[0].slice}-{missing[0].number:04}")
    _begin_ledger(engine)
    for step in missing:
        _apply(engine, step)


def _begin_ledger(engine: Engine) -> None:
    """Create the table `schema_migration`, with the rows of the table from before slices if there is one."""
    tables = engine.tables()
    if "schema_migration" in tables:
        return
    engine.begin()
    try:
        engine.script(LEDGER)
        if "migration" in tables:
            for number, name, at in engine.execute("select number, name, at from migration", {}):
                slice, now = numbered(number)
                engine.execute(RECORD, {"slice": slice, "number": now, "name": name, "at": at})
            engine.script("drop table migration")
        engine.commit()
    except Exception as error:
        engine.rollback()
        raise Unusable(f"the database could not be updated and is unchanged: {error}") from error


def _apply(engine: Engine, step: Migration) -> None:
    sql = step.sql
    for token, type in engine.types.items():
        sql = sql.replace(f"{{{token}}}", type)
    engine.begin()
    try:
        engine.script(sql)
        engine.execute(RECORD, {"slice": step.slice, "number": step.number, "name": step.name, "at": time.time()})
        engine.commit()
    except Exception as error:
        engine.rollback()
        where = f"{step.slice}/{step.name}"
        raise Unusable(f"the database could not be updated ({where}) and is unchanged: {error}") from error
