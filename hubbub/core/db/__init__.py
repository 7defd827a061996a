"""The only way to the database: transactions run one after the other, commit in batches, and publish only after that.

A transaction's body holds its lane's lock and runs in a savepoint, so its failure affects no other.  On leaving, it
joins the open batch, which commits at the end of the event loop's turn; only then is what it appended published and its
caller answered.  This is group commit: one fsync for everybody who wrote in the meantime.

On PostgreSQL, other nodes write at the same time, and a statement sees what was committed before it began.  So a body
that reads before it writes first locks what it reads: the channels that it names, or rows, by a select that ends with
`for update` (on SQLite this changes nothing, since one transaction writes at a time).
"""

import contextlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from greenlet import greenlet

from hubbub.core import node
from hubbub.core.access import Reads
from hubbub.core.db import groups, migrate, sqlite, writer
from hubbub.core.db.engine import Engine, Unusable
from hubbub.core.db.groups import Answer, Call, Item
from hubbub.core.db.writer import Batch, Conflict, Transaction, UnitOfWork, Writer, committed, retry

LOCK = "hubbub.lock"  # in the data folder


class Database:
    """The node's database, once it is open."""

    def __init__(self) -> None:
        self._engine: Engine | None = None
        self.lanes: list[Writer] = []

    def open(self, engine: Engine) -> None:
        inside: set[greenlet] = set()
        self._engine, self.lanes = engine, [Writer(lane, inside) for lane in engine.lanes]

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("the database is not open")
        return self._engine

    def lane(self, channel: str) -> Writer:
        """Return the lane for transactions that write to a channel: always the same one, so that its order stays."""
        return self.lanes[zlib.crc32(channel.encode()) % len(self.lanes)]


state = node.state(Database)


def open(data: Path, url: str = "", workers: int = 1) -> None:
    """Open the database (SQLite in `data`, or the PostgreSQL at `url`) and bring it up to date.

    `workers` processes of this machine share the connections that write, so that each runs as many calls together.
    """
    engine: Engine
    if url:
        try:
            from hubbub.core.db import postgres
        except ModuleNotFoundError:
            raise Unusable("PostgreSQL needs more packages: pip install 'hubbub[postgres]'") from None
        engine = postgres.Postgres(url, workers)
    else:
        path = data / "hubbub.db"
        if not path.exists() or not path.stat().st_size:
            _refuse_used(data, f"{path} is {'empty' if path.exists() else 'missing'}", "hubbub.db-wal")
        engine = sqlite.SQLite(path)
    try:
        with engine.migrating():
            if not engine.tables():
                _refuse_used(data, "the database is empty")
            migrate.run(engine)
    except BaseException as error:
        engine.close()
        if isinstance(error, engine.error):
            raise Unusable(f"the database cannot be used: {' '.join(str(error).split())}") from error
        raise
    _mark_used(data)
    state().open(engine)


def _refuse_used(data: Path, problem: str, *more: str) -> None:
    """Refuse to begin a new database where the folder shows that there was one: its files would be deleted.

    The lock file shows it, which is not empty once a database was complete, and files, copies, and `more` of them.
    """
    signs = [path for name in (LOCK, *more) for path in data.glob(name) if path.stat().st_size]
    if used := [*data.glob("files/??/*"), *data.glob("backups/*.db"), *signs]:
        raise Unusable(f"{problem}, but {used[0]} shows that {data} was used: restore the last good backup with "
                       "`hubbub restore FILE --replace`, choose another folder, or empty this one to start over")


def _mark_used(data: Path) -> None:
    with contextlib.suppress(OSError):
        if not (data / LOCK).stat().st_size:
            (data / LOCK).write_text("in use\n")


@contextlib.contextmanager
def claimed(data: Path) -> Iterator[None]:
    """Keep every server from starting on a data folder; raise `Unusable` where one runs."""
    lock = sqlite.claim(data / LOCK)
    try:
        yield
    finally:
        os.close(lock)


def close() -> None:
    """Stop the node's background work, finish what is open, and close the database."""
    node.current().close()
    for lane in reversed(state().lanes):
        lane.close()


def transaction(*channels: str) -> Transaction:
    """Begin a transaction: `with db.transaction(channel) as tx:` in the outer model function.

    It locks these channels until its commit, at all nodes: what it reads of them stays true, and no other transaction
    that names one of them runs meanwhile.  Name those whose entries, keys or rights it reads before it writes; the
    first one chooses its lane.  A `Conflict` undoes the body; `retry` calls it again.

    Leaving it returns at once inside a `UnitOfWork`, whose answer waits for the commit; elsewhere it waits itself.
    """
    database = state()
    if not database.lanes:
        raise RuntimeError("the database is not open")
    return Transaction(database.lane(channels[0]) if channels else database.lanes[0], lambda: channels)


def together(run: groups.Run[Item, Answer], channel: str, item: Item) -> Call[Answer]:
    """Have a call run in one transaction with all that are made meanwhile, which locks their channels.

    `run(tx, items)` returns an answer or a refusal for each item, and writes nothing for a refused one.
    """
    return groups.together(state().lane(channel), run, channel, item)


@contextlib.contextmanager
def snapshot() -> Iterator[Reads]:
    """Read several times at one moment; sees only what is committed, and everything this connection's person wrote."""
    writer.wait_for_own_commits()
    with state().engine.snapshot() as reads:
        yield reads


def execute(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """Read once outside a transaction; sees only what is committed, and everything this connection's person wrote."""
    writer.wait_for_own_commits()
    return state().engine.read(sql, values)


def execute_in_thread(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """Read like `execute`, without blocking the event loop: for queries that may take more than a few milliseconds."""
    writer.wait_for_own_commits()
    return state().engine.read_in_thread(sql, values)


def packed(*columns: str) -> str:
    """Return what selects all rows as one JSON array of arrays, or null, for statements that return thousands.

    A thread takes the interpreter's lock again for each row, and waits for it while the event loop is busy.
    """
    row = ", ".join(columns)
    if dialect() == "sqlite":
        return f"json_group_array(json_array({row}))"
    return f"cast(json_agg(json_build_array({row})) as text)"


def dialect() -> str:
    """Return the kind of database, `sqlite` or `postgres`, for the few statements on which they differ."""
    return state().engine.dialect


__all__ = ["Batch", "Call", "Conflict", "Transaction", "UnitOfWork", "Unusable", "claimed", "close", "committed",
           "dialect", "execute", "execute_in_thread", "open", "packed", "retry", "snapshot", "together", "transaction"]
