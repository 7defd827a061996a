"""What a database must offer: one write connection with savepoints, and reads that see only what is committed."""

from contextlib import AbstractContextManager
from typing import Any, Protocol

from hubbub.core.access import Reads, Refused

Row = tuple[Any, ...]


class Unusable(Exception):
    """The database cannot be used as it is; the words say why and what to do."""


class Engine(Protocol):
    """A database; `execute` to `rollback` are the write connection's."""

    dialect: str
    types: dict[str, str]

    def execute(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...

    def intact(self) -> bool:
        """Whether the open transaction still stands after an error."""

    def refusal(self, error: BaseException) -> Refused:
        """The words for people whose entries could not be kept."""

    def read(self, sql: str, values: dict[str, Any]) -> list[Row]: ...

    def read_in_thread(self, sql: str, values: dict[str, Any]) -> list[Row]:
        """A read that may take long, so not on the loop."""

    def snapshot(self) -> AbstractContextManager[Reads]: ...

    def script(self, sql: str) -> None:
        """Run the statements of a migration inside the open transaction."""

    def tables(self) -> set[str]: ...

    def copy_before_update(self, name: str) -> None:
        """Keep a copy under this name before something changes that cannot be changed back."""

    def close(self) -> None: ...
