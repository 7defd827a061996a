"""PostgreSQL: every statement and COMMIT yields to the event loop, and a pool of connections serves the reads."""

import logging
import re
import select
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import gevent
import psycopg
from gevent import monkey
from psycopg.pq import TransactionStatus
from psycopg_pool import ConnectionPool, PoolTimeout

from hubbub.core.access import Reads, Refused
from hubbub.core.db.cooperative import Connection
from hubbub.core.db.engine import Lane, Row, Statement, Unusable

MIGRATE = "select pg_try_advisory_lock(hashtext('hubbub migrations'), hashtext(current_schema()))"
MIGRATED = "select pg_advisory_unlock(hashtext('hubbub migrations'), hashtext(current_schema()))"
LANES, LEAST_LANES = 4, 2  # connections that write, of all workers of a machine together, and of each at least
SETTINGS = """set synchronous_commit = on; set lock_timeout = '5s';
    set idle_in_transaction_session_timeout = '10s'; set enable_hashjoin = off; set enable_mergejoin = off"""
# A node that hangs must not keep its locks.  Statements here join a few rows to tables that grow, so always by index: a
# plan that was made while a table was small would go on reading all of it.
LOCK = "select name from channel where name = any(:names) order by name for no key update"
CREATE = """insert into channel (name, head, n) select name, 0, 0 from unnest(cast(:names as text[])) as name
    order by name on conflict (name) do nothing"""
CONFLICTS = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure, psycopg.errors.LockNotAvailable,
             psycopg.errors.UniqueViolation)  # the last: the same was inserted at the same time

logger = logging.getLogger(__name__)
poll = monkey.get_original("select", "poll")


def unusable(error: psycopg.OperationalError) -> str:
    """Return why a connection to PostgreSQL failed, in one line: unreachable, wrong password, no such database."""
    why = str(error).strip().partition("\n")[0]
    if "does not exist" in why or "password" in why or "authentication" in why or "role" in why:
        return f"the PostgreSQL server of HUBBUB_DATABASE_URL refuses the connection: {why}"
    return f"the PostgreSQL server of HUBBUB_DATABASE_URL does not answer: {why}"


@cache
def _dialect(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """Translate `:name` to PostgreSQL's `$1`; also return the names of the parameters in this order."""
    names = list(dict.fromkeys(re.findall(r"(?<!:):(\w+)", sql)))
    return re.sub(r"(?<!:):(\w+)", lambda found: f"${names.index(found[1]) + 1}", sql).encode(), tuple(names)


@cache
def _statement(sql: str) -> Statement:
    return Statement(sql, "jsonb_array_elements(cast(:{0} as jsonb))")


def _run(connection: Connection, sql: str, values: dict[str, Any]) -> list[Row]:
    statement = _statement(sql)
    if statement.tables:
        sql, values = statement.bind(values)
    query, names = _dialect(sql)
    cursor = connection.statements
    cursor.execute(query, [values[name] for name in names])
    return cursor.fetchall() if cursor.pgresult and cursor.pgresult.nfields else []


def _check(connection: Connection) -> None:
    """Raise `OperationalError` if the server has ended an idle connection: otherwise there is nothing to read."""
    arrived = poll()
    arrived.register(connection.pgconn.socket, select.POLLIN)
    if arrived.poll(0):
        ConnectionPool.check_connection(connection)


def _only_reads(connection: Connection) -> None:
    connection.execute("set default_transaction_read_only = on")


class PostgresLane:
    """A connection that writes, opened when it is first needed."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._writing: Connection | None = None
        self._has_body = False

    def _connect(self) -> Connection:
        connection = Connection.connect(self._url, autocommit=True, connect_timeout=5)
        connection.execute(SETTINGS)
        return connection

    def execute(self, sql: str, values: dict[str, Any]) -> list[Row]:
        assert self._writing
        return _run(self._writing, sql, values)

    def begin(self) -> None:
        self._has_body = False
        if self._writing is not None and self._writing.info.transaction_status == TransactionStatus.IDLE:
            try:
                self._writing.execute("begin")
                return
            except psycopg.OperationalError:  # the server was restarted; nothing has begun yet, so retry
                pass
        PostgresLane.close(self)  # it was closed, or is inside a statement
        self._writing = self._connect()
        self._writing.execute("begin")

    def commit(self) -> None:
        assert self._writing
        if self._writing.execute("commit").statusmessage != "COMMIT":  # an aborted transaction answers ROLLBACK
            raise psycopg.InternalError("the transaction was aborted, and COMMIT rolled it back")

    def rollback(self) -> None:
        if self._writing and self.intact():
            self._writing.execute("rollback")

    def savepoint(self) -> None:
        self.execute("release body; savepoint body" if self._has_body else "savepoint body", {})
        self._has_body = True

    def release(self) -> None:
        """Leave it to the next savepoint or the commit, unless a statement failed whose error the body swallowed."""
        if self._writing is None or self._writing.info.transaction_status != TransactionStatus.INTRANS:
            raise psycopg.InternalError("a statement of the transaction failed")

    def undo(self) -> None:
        self.execute("rollback to body", {})

    def intact(self) -> bool:
        return self._writing is not None and self._writing.info.transaction_status in (
            TransactionStatus.INTRANS, TransactionStatus.INERROR)

    def lock(self, channels: Collection[str], wait: bool) -> bool:
        names = {"names": list(channels)}
        if not wait:
            return len(self.execute(f"{LOCK} skip locked", names)) == len(channels)
        if len(self.execute(LOCK, names)) < len(channels):
            self.execute(CREATE, names)
            self.execute(LOCK, names)
        return True

    def refusal(self, error: BaseException) -> Refused:
        if self.is_conflict(error):
            return Refused("error.not_saved_conflict", "not_saved")
        return Refused("error.not_saved_no_database", "not_saved")

    def is_conflict(self, error: BaseException) -> bool:
        return isinstance(error, CONFLICTS)

    def close(self) -> None:
        if self._writing is not None:
            self._writing.close()


class Postgres(PostgresLane):
    """A PostgreSQL server: connections that write, and a pool that only reads."""

    dialect = "postgres"
    types = {"identity": "bigint generated by default as identity primary key"}
    error: type[Exception] = psycopg.Error

    def __init__(self, url: str, workers: int = 1) -> None:
        super().__init__(url)
        lanes = min(LANES, max(LEAST_LANES, LANES // workers))
        self.lanes: list[Lane] = [self, *(PostgresLane(url) for _ in range(lanes - 1))]
        try:
            self._writing: Connection = self._connect()
        except psycopg.ProgrammingError:  # its message contains the URL with the password
            raise Unusable("HUBBUB_DATABASE_URL must look like postgresql://user:password@host/name") from None
        except psycopg.OperationalError as error:
            raise Unusable(unusable(error)) from error
        self._pool = ConnectionPool(url, connection_class=Connection, min_size=1, max_size=8, timeout=5, open=True,
                                    kwargs={"autocommit": True}, configure=_only_reads, check=_check)

    @contextmanager
    def migrating(self) -> Iterator[None]:
        while not self._writing.execute(MIGRATE).fetchall()[0][0]:
            gevent.sleep(0.05)
        try:
            yield
        finally:
            self._writing.execute(MIGRATED)

    def read(self, sql: str, values: dict[str, Any]) -> list[Row]:
        with self._reading() as connection:
            return _run(connection, sql, values)

    read_in_thread = read  # it yields to the loop

    @contextmanager
    def snapshot(self) -> Iterator[Reads]:
        with self._reading() as connection:
            connection.execute("begin isolation level repeatable read")
            try:
                yield Snapshot(connection)
            finally:
                connection.execute("commit")

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except (PoolTimeout, psycopg.OperationalError) as error:
            raise Refused("error.no_database", "busy") from error

    def script(self, sql: str) -> None:
        self._writing.execute(sql.encode())

    def tables(self) -> set[str]:
        rows = self._writing.execute("select tablename from pg_tables where schemaname = current_schema()")
        return {name for name, in rows}

    def copy_before_update(self, name: str) -> None:
        logger.info("PostgreSQL is not copied automatically (%s): use `hubbub backup` or pg_dump", name)

    def close(self) -> None:
        self._pool.close()
        super().close()


class Snapshot:
    """Reads within one repeatable-read transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, sql: str, /, **values: Any) -> list[Row]:
        return _run(self._connection, sql, values)
