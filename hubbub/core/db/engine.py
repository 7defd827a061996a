"""The interface of a database: write connections with savepoints, and reads of committed data."""

import re
from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any, Protocol

import msgspec

from hubbub.core.access import Reads, Refused

Row = tuple[Any, ...]

EACH = re.compile(r"each\(:(\w+)\) as (\w+)\(([^)]*)\)")
INSERTED = re.compile(rf"select ([^()]+?)\s+from {EACH.pattern}(?: where true)?(?=\s+(?:on conflict|returning)|$)")


class Statement:
    """A statement with tables: `each(:rows) as name(column type, …)` has the tuples of a list as its rows.

    A single row becomes parameters of its own, in a third of the time of JSON, and VALUES where it is inserted.
    `elements` is the database's function that makes a table, with the column `value`, of the JSON array in a parameter.
    """

    __slots__ = ("many", "one", "tables")

    def __init__(self, sql: str, elements: str) -> None:
        self.tables = {name: [f"{name}{at}" for at, _ in enumerate(columns.split(","))]
                       for name, _, columns in EACH.findall(sql)}
        self.one = _replaced(INSERTED.sub(_values, sql), ":{0}{1}", "")
        self.many = _replaced(sql, "value ->> {1}", f" from {elements}")

    def bind(self, values: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the SQL for these values, and its parameters."""
        if all(len(values[name]) == 1 for name in self.tables):
            for name, columns in self.tables.items():
                values = values | dict(zip(columns, values[name][0], strict=True))
            return self.one, values
        return self.many, values | {name: msgspec.json.encode(values[name]).decode() for name in self.tables}


def _values(found: re.Match[str]) -> str:
    """Return VALUES for a select of nothing but a row's columns, parameters and numbers; any other as it is."""
    selected, rows, _, columns = found.groups()
    places = {column.split()[0]: f":{rows}{at}" for at, column in enumerate(columns.split(","))}
    values = [places.get(name, name) for name in map(str.strip, selected.split(","))]
    return f"values ({', '.join(values)})" if all(re.fullmatch(r":\w+|\d+", value) for value in values) else found[0]


def _replaced(sql: str, value: str, source: str) -> str:
    def table(found: re.Match[str]) -> str:
        columns = (column.split(maxsplit=1) for column in found[3].split(","))
        values = ", ".join(f"cast({value.format(found[1], at)} as {type}) as {name}"
                           for at, (name, type) in enumerate(columns))
        return f"(select {values}{source.format(found[1])}) as {found[2]}"

    return EACH.sub(table, sql)


class Unusable(Exception):
    """The database cannot be used; the message says why and what to do."""


class Lane(Protocol):
    """A write connection."""

    def execute(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def savepoint(self) -> None:
        """Begin a body; what was written before stays if it is undone."""

    def release(self) -> None:
        """Keep the body."""

    def undo(self) -> None:
        """Undo the body."""

    def intact(self) -> bool:
        """Return whether the transaction is still open after an error."""

    def lock(self, channels: Collection[str], wait: bool) -> bool:
        """Lock the rows of channels until the end of the transaction; return False where that would have to wait."""

    def refusal(self, error: BaseException) -> Refused:
        """Return the refusal for people whose entries could not be stored."""

    def is_conflict(self, error: BaseException) -> bool:
        """Return whether another transaction was in the way, so that the same body may succeed when it runs again."""

    def close(self) -> None: ...


class Engine(Lane, Protocol):
    """A database; as a lane, it is its own first one."""

    dialect: str
    types: dict[str, str]
    error: type[Exception]  # of the driver
    lanes: list[Lane]

    def migrating(self) -> AbstractContextManager[None]:
        """Wait until no other node migrates the database, and keep the others waiting."""

    def read(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def read_in_thread(self, sql: str, values: dict[str, Any]) -> list[Row]:
        """Run a slow query off the event loop."""

    def snapshot(self) -> AbstractContextManager[Reads]: ...

    def script(self, sql: str) -> None:
        """Run the statements of a migration inside the open transaction."""

    def tables(self) -> set[str]: ...

    def copy_before_update(self, name: str) -> None:
        """Keep a copy under this name before an update that cannot be undone."""
