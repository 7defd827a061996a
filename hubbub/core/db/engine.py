"""The interface of a database: one write connection with savepoints, and reads of committed data."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

from hubbub.core.access import Reads, Refused

Row = tuple[Any, ...]


class Unusable(Exception):
    """The database cannot be used; the message says why and what to do."""


class Engine(Protocol):
    """A database; `execute` to `rollback` use the write connection."""

    dialect: str
    types: dict[str, str]
    error: type[Exception]  # of the driver

    def claim(self) -> None:
        """Keep other servers away from the database until it is closed; `Unusable` if one runs."""

    def execute(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def intact(self) -> bool:
        """Return whether the transaction is still open after an error."""

    def refusal(self, error: BaseException) -> Refused:
        """Return the refusal for people whose entries could not be stored."""

    def read(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def read_in_thread(self, sql: str, values: dict[str, Any]) -> list[Row]:
        """Run a slow query off the event loop."""

    def snapshot(self) -> AbstractContextManager[Reads]: ...

    def script(self, sql: str) -> None:
        """Run the statements of a migration inside the open transaction."""

    def tables(self) -> set[str]: ...

    def copy_before_update(self, name: str) -> None:
        """Keep a copy under this name before an update that cannot be undone."""

    def close(self) -> None: ...
