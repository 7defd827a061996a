"""A database as others leave it: read and copied in one snapshot while a server writes, and put into an empty place."""

import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from hubbub.core.db import migrate
from hubbub.core.db.engine import Row, Unusable

CHUNK, PAGES = 1024 * 1024, 2048  # bytes at a time; pages of SQLite between two words about the progress
DATABASE = "hubbub.db"
TABLE = re.compile(r"tables/([a-z_]+)\.copy")

Tell = Callable[[int, int], None]  # what is done of how much
Part = tuple[str, Iterable[bytes]]


class Copy(Protocol):
    """One moment of a database."""

    dialect: str

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        """A read in that moment, with named parameters."""

    def parts(self, aside: Path, tell: Tell) -> Iterator[Part]:
        """All of it, as named parts; `aside` is where a file may lie meanwhile."""

    def faults(self) -> list[str]:
        """What the database finds wrong with itself."""


@contextmanager
def opened(data: Path, url: str = "") -> Iterator[Copy]:
    """The database of a data folder, or the PostgreSQL at `url`, as it is now; `Unusable` where there is none."""
    if url:
        with _postgres(url) as connection:
            connection.execute("begin isolation level repeatable read read only")
            yield Tables(connection)
        return
    if not (data / DATABASE).exists():
        raise Unusable(f"there is no Hubbub in {data}")
    with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=ro", uri=True, isolation_level=None)) as file:
        try:
            file.execute("begin")
            file.execute("select count(*) from sqlite_master").fetchall()  # from here on it is this moment
        except sqlite3.Error as error:
            raise Unusable(f"{data / DATABASE} cannot be read: {error}") from error
        yield File(file)


class File:
    """SQLite: page by page, which keeps what only pages know."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def parts(self, aside: Path, tell: Tell) -> Iterator[Part]:
        self.copy(aside, tell)
        yield DATABASE, chunks(aside)

    def copy(self, to: Path, tell: Tell) -> None:
        with closing(sqlite3.connect(to)) as target:
            self._connection.backup(target, pages=PAGES, progress=lambda _, left, all: tell(all - left, all))

    def faults(self) -> list[str]:
        try:
            found = [str(said) for said, in self.execute("pragma quick_check")]
            broken = self.execute("pragma foreign_key_check")
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [said for said in found if said != "ok"] + [f"{row[0]} names what is not in {row[2]}" for row in broken]


class Tables:
    """PostgreSQL: table by table, in an order in which none names what comes later."""

    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        found: list[Row] = self._connection.execute(re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql), values).fetchall()
        return found

    def parts(self, aside: Path, tell: Tell) -> Iterator[Part]:
        tables = self.execute("select relname from pg_class where relkind = 'r' and relnamespace = current_schema()"
                              "::regnamespace and relname not in ('migration', 'schema_migration') order by oid")
        for done, (table,) in enumerate(tables, 1):
            yield f"tables/{table}.copy", self._rows(table)
            tell(done, len(tables))

    def _rows(self, table: str) -> Iterator[bytes]:
        with self._connection.cursor().copy(f"copy {table} ({_columns(self._connection, table)}) to stdout") as rows:
            yield from map(bytes, rows)

    def faults(self) -> list[str]:
        return []


def load(url: str, migrations: Collection[migrate.Id], parts: Iterable[Part]) -> None:
    """Fill an empty PostgreSQL with the parts of another, all or nothing; `Unusable` where it is not empty."""
    from hubbub.core.db import postgres

    with closing(postgres.Postgres(url)) as engine:
        if engine.tables():
            raise Unusable("the database of HUBBUB_DATABASE_URL is not empty: make a new one, and name that")
        migrate.run(engine, migrations)
    with _postgres(url) as connection, connection.transaction():
        for name, rows in parts:
            if named := TABLE.fullmatch(name):
                _fill(connection, named[1], rows)


def change(data: Path, url: str, sql: str) -> None:
    """One statement on a database that nobody else uses."""
    if url:
        with _postgres(url) as server:
            server.execute(sql)
    else:
        with closing(sqlite3.connect(data / DATABASE, isolation_level=None)) as file:
            file.execute(sql)


def _fill(connection: Any, table: str, rows: Iterable[bytes]) -> None:
    connection.execute(f"delete from {table}")  # what the migrations put in is in the copy, too
    with connection.cursor().copy(f"copy {table} ({_columns(connection, table)}) from stdin") as target:
        for row in rows:
            target.write(row)
    for column, in connection.execute("select column_name from information_schema.columns where table_name = %s and "
                                      "table_schema = current_schema() and is_identity = 'YES'", (table,)).fetchall():
        connection.execute(f"select setval(pg_get_serial_sequence(%s, %s), coalesce((select max({column}) from "
                           f"{table}), 0) + 1, false)", (table, column))


def _columns(connection: Any, table: str) -> str:
    rows = connection.execute("select column_name from information_schema.columns where table_name = %s and "
                              "table_schema = current_schema() and is_generated = 'NEVER' order by ordinal_position",
                              (table,)).fetchall()
    return ", ".join(column for column, in rows)


@contextmanager
def _postgres(url: str) -> Iterator[Any]:
    try:
        import psycopg
    except ModuleNotFoundError:
        raise Unusable("PostgreSQL needs more packages: pip install 'hubbub[postgres]'") from None
    try:
        with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as connection:
            yield connection
    except psycopg.OperationalError as error:
        raise Unusable(f"the PostgreSQL server of HUBBUB_DATABASE_URL: {str(error).partition(chr(10))[0]}") from error


def chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, a megabyte at a time."""
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")
