"""Snapshots of a database: read and copy one while a server writes, and load it into an empty database."""

import re
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from hubbub.core.db import migrate, sqlite
from hubbub.core.db.engine import Row, Unusable

CHUNK, PAGES = 1024 * 1024, 2048  # bytes at a time; pages of SQLite between two reports of the progress
DATABASE = "hubbub.db"
TABLE = re.compile(r"tables/([a-z_]+)\.copy")

Progress = Callable[[int, int], None]  # done, total
Part = tuple[str, Iterable[bytes]]


class Copy(Protocol):
    """A snapshot of a database."""

    dialect: str

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        """Run a query with named parameters in the snapshot."""

    def parts(self, temporary: Path, progress: Progress) -> Iterator[Part]:
        """Yield all data as named parts; `temporary` is a path for a temporary file."""

    def faults(self) -> list[str]:
        """Return what the database's own integrity checks report."""


@contextmanager
def opened(data: Path, url: str = "") -> Iterator[Copy]:
    """Open a snapshot of a data folder's database, or of the PostgreSQL at `url`; `Unusable` if there is none."""
    if url:
        with connected(url) as connection:
            connection.execute("begin isolation level repeatable read read only")
            copy = Tables(connection)
            if "entry" not in {name for name, in copy.execute(migrate.TABLES["postgres"])}:
                raise Unusable("there is no Hubbub in the database of HUBBUB_DATABASE_URL")
            yield copy
        return
    path = data / DATABASE
    if not path.exists():
        raise Unusable(f"there is no Hubbub in {data}")
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as file:
            file.execute("begin")
            tables = {name for name, in file.execute(migrate.TABLES["sqlite"])}  # the snapshot begins with this read
            if "entry" not in tables:
                raise Unusable(f"{path} is empty: restore the last good backup with `hubbub restore FILE --replace`")
            yield File(file)
    except sqlite3.Error as error:
        raise Unusable(f"{path} cannot be read: {error}{sqlite.advice(error)}") from error


def read_only(data: Path, url: str = "") -> str:
    """Return why nothing can be written to a database, or ""; this changes nothing."""
    if url:
        with connected(url) as connection:
            [(is_standby,)] = connection.execute("select pg_is_in_recovery()").fetchall()
            [(is_read_only,)] = connection.execute("show default_transaction_read_only").fetchall()
            return "it is a standby" if is_standby else "it is read-only" if is_read_only == "on" else ""
    try:
        with closing(sqlite3.connect(f"file:{data / DATABASE}?mode=rw", uri=True, isolation_level=None)) as file:
            file.execute("begin immediate")
            file.execute("rollback")
    except sqlite3.OperationalError as error:
        return "" if error.sqlite_errorcode == sqlite3.SQLITE_BUSY else str(error)
    return ""


class File:
    """SQLite: copied page by page, which keeps the whole file as it is."""

    dialect = "sqlite"

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def rows(self, sql: str) -> Iterator[Row]:
        """Yield the rows of a query, in bounded memory."""
        yield from self._connection.execute(sql)

    def parts(self, temporary: Path, progress: Progress) -> Iterator[Part]:
        self.copy(temporary, progress)
        with closing(sqlite3.connect(f"file:{temporary}?immutable=1", uri=True, isolation_level=None)) as copy:
            if faults := File(copy).faults():
                raise Unusable(f"the database is damaged, so no backup was written ({'; '.join(faults[:3])}): keep the "
                               "earlier ones, and restore the last with `hubbub restore FILE --replace`")
        yield DATABASE, chunks(temporary)

    def copy(self, to: Path, progress: Progress) -> None:
        with closing(sqlite3.connect(to)) as target:
            self._connection.backup(target, pages=PAGES, progress=lambda _, left, all: progress(all - left, all))

    def faults(self) -> list[str]:
        try:
            results = [str(result) for result, in self.execute("pragma quick_check")]
            broken = self.execute("pragma foreign_key_check")
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [result for result in results if result != "ok"] + [
            f"a row of {row[0]} refers to a missing row of {row[2]}" for row in broken]


class Tables:
    """PostgreSQL: copied table by table, each after the tables that it refers to."""

    dialect = "postgres"

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        rows: list[Row] = self._connection.execute(re.sub(r"(?<!:):(\w+)", r"%(\1)s", sql), values).fetchall()
        return rows

    def parts(self, temporary: Path, progress: Progress) -> Iterator[Part]:
        tables = tables_of(self._connection)
        for done, table in enumerate(tables, 1):
            yield f"tables/{table}.copy", self._rows(table)
            progress(done, len(tables))

    def _rows(self, table: str) -> Iterator[bytes]:
        with self._connection.cursor().copy(f"copy {table} ({columns(self._connection, table)}) to stdout") as rows:
            yield from map(bytes, rows)

    def faults(self) -> list[str]:
        return []


def load(url: str, migrations: Collection[migrate.Id], parts: Iterable[Part]) -> None:
    """Load the parts of a copy into an empty PostgreSQL database, atomically; `Unusable` if it is not empty."""
    from hubbub.core.db import postgres

    with closing(postgres.Postgres(url)) as engine:
        if engine.tables():
            raise Unusable("the database of HUBBUB_DATABASE_URL is not empty: create a new one and use that")
        migrate.run(engine, migrations)
    with connected(url) as connection, connection.transaction():
        for name, rows in parts:
            if named := TABLE.fullmatch(name):
                _fill(connection, named[1], rows)


def change(data: Path, url: str, sql: str) -> None:
    """Execute one statement on a database that no other process uses."""
    if url:
        with connected(url) as server:
            server.execute(sql)
    else:
        with closing(sqlite3.connect(data / DATABASE, isolation_level=None)) as file:
            file.execute(sql)


def _fill(connection: Any, table: str, rows: Iterable[bytes]) -> None:
    connection.execute(f"delete from {table}")  # the copy includes the rows that the migrations inserted
    with connection.cursor().copy(f"copy {table} ({columns(connection, table)}) from stdin") as target:
        for row in rows:
            target.write(row)
    restart_identities(connection, table)


def restart_identities(connection: Any, table: str) -> None:
    """Have the ids of new rows follow those that were copied."""
    for column, in connection.execute("select attname from pg_attribute where attrelid = cast(%s as regclass) "
                                      "and attidentity <> ''", (table,)).fetchall():
        connection.execute(f"select setval(pg_get_serial_sequence(%s, %s), coalesce((select max({column}) from "
                           f"{table}), 0) + 1, false)", (table, column))


def tables_of(connection: Any) -> list[str]:
    """Return the tables with data, each after those that it refers to."""
    rows = connection.execute("select relname from pg_class where relkind = 'r' and relnamespace = current_schema()"
                              "::regnamespace and relname not in ('migration', 'schema_migration') order by oid")
    return [table for table, in rows.fetchall()]


def columns(connection: Any, table: str) -> str:
    """Return the columns of a table that are stored, separated by commas."""
    rows = connection.execute("select attname from pg_attribute where attrelid = cast(%s as regclass) and attnum > 0 "
                              "and not attisdropped and attgenerated = '' order by attnum", (table,)).fetchall()
    return ", ".join(column for column, in rows)


@contextmanager
def connected(url: str) -> Iterator[Any]:
    """Open a connection to PostgreSQL; its errors become `Unusable`."""
    try:
        import psycopg

        from hubbub.core.db import postgres
    except ModuleNotFoundError:
        raise Unusable("PostgreSQL needs more packages: pip install 'hubbub[postgres]'") from None
    try:
        with closing(psycopg.connect(url, autocommit=True, connect_timeout=5)) as connection:
            yield connection
    except psycopg.ProgrammingError as error:  # its message may contain the URL with the password
        why = "" if error.sqlstate is None else f": {str(error).partition(chr(10))[0]}"
        raise Unusable(f"the database of HUBBUB_DATABASE_URL cannot be used{why}") from error
    except psycopg.OperationalError as error:
        raise Unusable(postgres.unusable(error)) from error
    except psycopg.Error as error:
        why = " ".join(str(error).split())
        raise Unusable(f"the database of HUBBUB_DATABASE_URL is damaged or cannot be read: {why}") from error


def chunks(path: Path) -> Iterator[bytes]:
    """Read a file, a megabyte at a time."""
    with open(path, "rb") as file:
        yield from iter(lambda: file.read(CHUNK), b"")
