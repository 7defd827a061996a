"""The interface of a database: write connections with savepoints, and reads of committed data."""

from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Any, Protocol

from hubbub.core.access import Reads, Refused

Row = tuple[Any, ...]


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
