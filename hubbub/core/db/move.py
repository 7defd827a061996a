"""Copy a SQLite database into an empty PostgreSQL database, and verify every row of the copy.

Everything is one transaction of PostgreSQL, tables included: however it ends before its commit, the target is empty
again, and a further run starts from the beginning.  SQLite is only read.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from hubbub.core.db import copies, migrate
from hubbub.core.db.copies import File, Progress
from hubbub.core.db.engine import Row, Unusable

STEP = 1000  # rows between two reports of the progress
TABLES = """select name from pragma_table_list where schema = 'main' and type = 'table'
    and name not like 'sqlite%' and name <> 'schema_migration'"""
LOCK = "select pg_try_advisory_xact_lock(hashtext('hubbub migrations'), hashtext(current_schema()))"  # as servers do

Derive = Callable[[Mapping[str, Any]], object]  # the value of a column that only PostgreSQL has, from those of its row


class Moved(NamedTuple):
    """What was copied; `is_new` is False if an earlier run had copied it."""

    rows: int
    tables: int
    channels: int
    is_new: bool


class Sum:
    """Numbers and checksums of rows: of each channel for its entries, of each table for all others, in any order."""

    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.hashes: Counter[str] = Counter()

    def add(self, table: str, row: Row) -> None:
        """Add a row; that of an entry begins with its channel."""
        name = f"the channel {row[0]}" if table == "entry" else f"the table {table}"
        self.rows[name] += 1
        self.hashes[name] += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest())

    def difference(self, other: "Sum") -> str:
        """Return the first difference in words, or ""."""
        for name in sorted(self.rows | other.rows):
            if self.rows[name] != other.rows[name]:
                return f"{name} has {self.rows[name]:,} rows here and {other.rows[name]:,} there"
            if self.hashes[name] != other.hashes[name]:
                return f"the rows of {name} have another checksum there"
        return ""


class Move:
    """One run: the snapshot of SQLite, the connection to PostgreSQL, and the columns of each table."""

    def __init__(self, source: File, target: Any, derived: Mapping[tuple[str, str], Derive],
                 progress: Progress) -> None:
        self.source, self.target, self.derived, self.progress = source, target, derived, progress
        self.columns: dict[str, list[str]] = {}
        self.done = self.total = 0

    def run(self) -> Moved:
        """Copy into an empty database, or verify what an earlier run copied."""
        missing = _check_version(self.source)
        is_new = not self.target.execute(migrate.TABLES["postgres"]).fetchall()
        if is_new:
            self._create_tables(missing)
        self._find_columns()
        self.total = 2 * sum(self.source.execute(f"select count(*) from {table}")[0][0] for table in self.columns)
        there, here = Sum(), self._copy() if is_new else self._sum_source()
        for table, columns in self.columns.items():
            with self.target.cursor("verify") as cursor:  # on the server, so that memory stays bounded
                cursor.itersize = STEP
                cursor.execute(f"select {', '.join(columns)} from {table}")
                for row in self._counted(cursor):
                    there.add(table, row)
        if difference := here.difference(there):
            raise Unusable(f"the copy is wrong, so nothing of it was kept: {difference}" if is_new else
                           f"that database is not empty, nor a copy of this one ({difference}): create a new one")
        channels = sum(name.startswith("the channel") for name in here.rows)
        return Moved(here.rows.total(), len(self.columns), channels, is_new)

    def _create_tables(self, steps: list[migrate.Migration]) -> None:
        from hubbub.core.db.postgres import Postgres

        self.target.execute(migrate.LEDGER)
        for step in steps:
            sql = step.sql
            for token, type in Postgres.types.items():
                sql = sql.replace(f"{{{token}}}", type)
            self.target.execute(sql.encode())
            self.target.execute("insert into schema_migration values (%s, %s, %s, %s)",
                                (*step.id, step.name, time.time()))
        self.target.execute(f"truncate {', '.join(copies.tables_of(self.target))}")  # with rows of their own

    def _find_columns(self) -> None:
        """Note the columns that both databases have; Unusable if PostgreSQL lacks a table or column."""
        there = {table: set(copies.columns(self.target, table).split(", ")) for table in copies.tables_of(self.target)}
        here = {name: [column for _, column, *_ in self.source.execute(f"pragma table_info({name})")]
                for name, in self.source.execute(TABLES)}
        for table, columns in here.items():
            if lacking := set(columns) - there.get(table, set()):
                raise Unusable(f"PostgreSQL has no place for {table} ({', '.join(sorted(lacking))}): it has data of a "
                               "slice that is not installed, or that database is not empty")
        self.columns = {table: here[table] for table in there if table in here}

    def _copy(self) -> Sum:
        total = Sum()
        for table, columns in self.columns.items():
            derived = {name: derive for (of, name), derive in self.derived.items() if of == table}
            with self.target.cursor().copy(f"copy {table} ({', '.join([*columns, *derived])}) from stdin") as copy:
                for row in self._source_rows(table):
                    total.add(table, row)
                    values = dict(zip(columns, row, strict=True)) if derived else {}
                    copy.write_row((*row, *(derive(values) for derive in derived.values())))
            copies.restart_identities(self.target, table)
        return total

    def _sum_source(self) -> Sum:
        total = Sum()
        for table in self.columns:
            for row in self._source_rows(table):
                total.add(table, row)
        return total

    def _source_rows(self, table: str) -> Iterator[Row]:
        return self._counted(self.source.rows(f"select {', '.join(self.columns[table])} from {table}"))

    def _counted(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self.done += 1
            if not self.done % STEP:
                self.progress(self.done, self.total)
            yield row


def move(data: Path, url: str, derived: Mapping[tuple[str, str], Derive], progress: Progress) -> Moved:
    """Copy the SQLite database in a data folder, which no server may use, to the empty PostgreSQL database at `url`.

    `derived` has the columns that only PostgreSQL has.  `Unusable`, with nothing changed, if anything is wrong.
    """
    with copies.connected(url) as target, copies.opened(data) as source, target.transaction():
        assert isinstance(source, File)
        if not target.execute(LOCK).fetchone()[0]:
            raise Unusable("another `hubbub migrate-to` is copying to that database, or a server starts on it")
        moved = Move(source, target, derived, progress).run()
        target.execute("analyze")
        return moved


def _check_version(source: File) -> list[migrate.Migration]:
    """Return the migrations of PostgreSQL, if exactly those were applied to the source."""
    done, steps = migrate.applied("sqlite", source.execute), migrate.steps("postgres")
    if migrate.newer(done, "sqlite"):
        raise Unusable("the SQLite database was made by a newer Hubbub: update this one first")
    if {step.id for step in steps} - done:
        raise Unusable("the SQLite database is older than this Hubbub: start the server once, which updates it, and "
                       "stop it again")
    return steps
