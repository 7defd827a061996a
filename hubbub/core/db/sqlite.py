"""SQLite: statements on the loop (20 µs), COMMIT with its fsync (2–90 ms) in a native thread of its own."""

import contextlib
import fcntl
import logging
import os
import re
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import gevent
import msgspec
from gevent.threadpool import ThreadPool

from hubbub.core.access import Reads, Refused
from hubbub.core.db.engine import Lane, Row, Statement, Unusable

logger = logging.getLogger(__name__)

READERS = 4  # reads in threads at the same time
COPIES = 3  # copies from before updates to keep
DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
DISK = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, *DAMAGED}  # raised also before COMMIT
CHECKED = 0.25  # seconds for which a start checks the pages, about 100 MB; a backup and the doctor check all
LOCKED = 5.0  # seconds to wait for another program (a backup, a shell) that writes


@cache
def _dialect(sql: str) -> tuple[Statement, tuple[str, ...]]:
    """Translate PostgreSQL's `= any(:ids)`, with a list as the value, and leave out `for update`, since only one
    transaction writes; also return the names of the lists."""
    alone = re.sub(r" for update( of \w+)?( skip locked)?$", "", sql)
    translated = re.sub(r"= any\((:\w+)\)", r"in (select value from json_each(\1))", alone)
    return Statement(translated, "json_each(:{0})"), tuple({*re.findall(r"= any\(:(\w+)\)", sql)})


def _run(connection: sqlite3.Connection, sql: str, values: dict[str, Any]) -> list[Row]:
    statement, lists = _dialect(sql)
    for name in lists:
        values = {**values, name: msgspec.json.encode(values[name]).decode()}
    sql, values = statement.bind(values) if statement.tables else (statement.one, values)
    return connection.execute(sql, values).fetchall()


class SQLite:
    """A database file in the data folder: one connection that writes, others that only read."""

    dialect = "sqlite"
    types = {"identity": "integer primary key autoincrement"}
    error: type[Exception] = sqlite3.Error

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = claim(path.with_suffix(".lock"))
        try:
            self._open()
        except BaseException:
            os.close(self._lock)
            raise
        self.lanes: list[Lane] = [self]
        self._idle: list[sqlite3.Connection] = []
        self._committer = ThreadPool(1)
        self._read_pool = ThreadPool(READERS)

    def _open(self) -> None:
        path = self._path
        try:
            self._writing = self._connect()
            _check_pages(self._writing, path)
            self._writing.execute("pragma journal_mode = wal")
            for file in path.parent.glob(f"{path.name}*"):
                file.chmod(0o600)
            self._writing.execute("pragma synchronous = full")
            self._writing.execute("pragma temp_store = memory")  # savepoints would cost 7 writes a message
            self._writing.execute("pragma busy_timeout = 0")  # waiting would block the event loop: see begin
        except sqlite3.Error as error:
            raise Unusable(f"{path} cannot be opened: {error}{advice(error)}") from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False, cached_statements=256)
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma busy_timeout = 5000")
        return connection

    def execute(self, sql: str, values: dict[str, Any]) -> list[Row]:
        try:
            return _run(self._writing, sql, values)
        except sqlite3.DatabaseError as error:
            if _code(error) in DISK:
                raise self.refusal(error) from error
            raise

    def begin(self) -> None:
        deadline = time.monotonic() + LOCKED
        while True:
            try:
                self._writing.execute("begin immediate")
                return
            except sqlite3.OperationalError as error:
                if _code(error) in DISK:
                    raise self.refusal(error) from error
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
            gevent.sleep(0.02)

    def commit(self) -> None:
        if error := self._committer.apply(self._commit):  # if raised there, gevent would print a traceback
            raise error

    def _commit(self) -> Exception | None:
        try:
            self._writing.execute("commit")
        except Exception as error:
            return error
        return None

    def migrating(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def lock(self, channels: Collection[str], wait: bool) -> bool:
        return True  # only one transaction writes

    def rollback(self) -> None:
        if self._writing.in_transaction:
            self._writing.execute("rollback")

    def savepoint(self) -> None:
        self.execute("savepoint body", {})

    def release(self) -> None:
        self.execute("release body", {})

    def undo(self) -> None:
        self.execute("rollback to body", {})
        self.execute("release body", {})

    def intact(self) -> bool:
        return self._writing.in_transaction

    def refusal(self, error: BaseException) -> Refused:
        if isinstance(error, Refused) and error.code == "not_saved":
            return error
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            return Refused("error.not_saved_disk_full", "not_saved")
        if _code(error) in DAMAGED:
            return Refused("error.not_saved_damaged", "not_saved")
        return Refused("error.not_saved", "not_saved")

    def is_conflict(self, error: BaseException) -> bool:
        return False

    def read(self, sql: str, values: dict[str, Any]) -> list[Row]:
        with self._reading() as connection:
            return _run(connection, sql, values)

    def read_in_thread(self, sql: str, values: dict[str, Any]) -> list[Row]:
        answer = self._read_pool.apply(self._read_in_pool, (sql, values))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _read_in_pool(self, sql: str, values: dict[str, Any]) -> list[Row] | Exception:
        try:
            return self.read(sql, values)
        except Exception as error:
            return error

    @contextmanager
    def snapshot(self) -> Iterator[Reads]:
        with self._reading() as connection:
            connection.execute("begin")
            try:
                yield Snapshot(connection)
            finally:
                connection.execute("commit")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._idle.pop() if self._idle else self._reader()
        try:
            yield connection
        except sqlite3.DatabaseError as error:
            if _code(error) not in DAMAGED:
                raise
            logger.error("%s is damaged: %s%s", self._path, error, advice(error))
            raise Refused("error.database_damaged", "busy") from error
        finally:
            self._idle.append(connection)

    def _reader(self) -> sqlite3.Connection:
        connection = self._connect()
        connection.execute("pragma query_only = on")
        return connection

    def script(self, sql: str) -> None:
        statement = ""
        for line in sql.splitlines():
            statement += line + "\n"
            if sqlite3.complete_statement(statement):
                self._writing.execute(statement)
                statement = ""
        if statement.strip():
            self._writing.execute(statement)

    def tables(self) -> set[str]:
        return {name for name, in self._writing.execute("select name from sqlite_master where type = 'table'")}

    def copy_before_update(self, name: str) -> None:
        folder = self._path.parent / "backups"
        partial = folder / "half"
        try:
            folder.mkdir(exist_ok=True, mode=0o700)
            partial.unlink(missing_ok=True)
            partial.touch(mode=0o600)
            with contextlib.closing(sqlite3.connect(partial)) as copy:
                self._writing.backup(copy)
                if (found := copy.execute("pragma quick_check(1)").fetchall()) != [("ok",)]:
                    raise sqlite3.DatabaseError(f"it is damaged ({found[0][0]})")
            _sync(partial)
            partial.rename(folder / f"{name}-{time.strftime('%Y%m%d-%H%M%S')}.db")
            _sync(folder)
            for old in sorted(folder.glob("before-*.db"), key=lambda path: path.stat().st_mtime)[:-COPIES]:
                old.unlink()
        except (OSError, sqlite3.Error) as error:
            with contextlib.suppress(OSError):
                partial.unlink()
            raise Unusable(f"the database cannot be copied to {folder} before it is updated: {error}") from error

    def close(self) -> None:
        self._read_pool.join()  # killing a greenlet does not end its read, and closing a connection in use crashes
        for connection in self._idle:
            connection.close()
        self._idle.clear()
        self._writing.close()
        self._committer.kill()
        self._read_pool.kill()
        os.close(self._lock)


def _code(error: BaseException) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def advice(error: BaseException) -> str:
    """Return what to do about an error of SQLite: a damaged database must be restored."""
    return "; restore the last good backup with `hubbub restore FILE --replace`" if _code(error) in DAMAGED else ""


def _check_pages(connection: sqlite3.Connection, path: Path) -> None:
    """Raise `Unusable` if a page is damaged, as far as a short time allows to check."""
    deadline = time.monotonic() + CHECKED
    connection.set_progress_handler(lambda: time.monotonic() > deadline, 10_000)
    try:
        [(found,)] = connection.execute("pragma quick_check(1)").fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        return
    finally:
        connection.set_progress_handler(None, 0)
    if found != "ok":
        raise Unusable(f"{path} is damaged ({' '.join(found.split())}): restore the last good backup with "
                       "`hubbub restore FILE --replace`")


def claim(path: Path) -> int:
    """Lock a file for this process, since what is published, and in which order, is only known in its memory."""
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise Unusable(f"another Hubbub already runs on {path.parent}") from None
    return lock


def _sync(path: Path) -> None:
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


class Snapshot:
    """Reads within one open read transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        return _run(self._connection, sql, values)
