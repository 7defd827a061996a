"""The one door to the database: bodies run one after the other, commit in batches, and speak only after that.

A transaction's body holds the writer's lock and runs in a savepoint, so its failure is nobody else's.  On leaving, it
joins the open batch, which commits at the end of the loop's turn; only then is what it appended published and its
caller answered (design: group commit, one fsync for all who wrote meanwhile).
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Self

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from greenlet import greenlet

from hubbub.core import hub
from hubbub.core.access import Reads, Refused
from hubbub.core.db import migrate, sqlite
from hubbub.core.db.engine import Engine, Lost

logger = logging.getLogger(__name__)

class Batch:
    """Transactions that commit together; ends once, committed or failed as a whole."""

    __slots__ = ("effects", "ended", "failure", "last", "_calls")

    def __init__(self) -> None:
        self.effects: list[Callable[[], None]] = []
        self.last: list[tuple[str, dict[str, Any]]] = []
        self.ended = Event()
        self.failure: Refused | None = None
        self._calls: list[Callable[[Refused | None], None]] = []

    def then(self, call: Callable[[Refused | None], None]) -> None:
        """Call with None after the commit, or with the refusal that says why there was none."""
        if self.ended.is_set():
            _guarded(call, self.failure)
        else:
            self._calls.append(call)

    def wait(self) -> None:
        """Return once committed; raise the refusal if that failed."""
        self.ended.wait()
        if self.failure:
            raise self.failure

    def end(self, failure: Refused | None) -> None:
        """Publish in the order of the bodies, then answer; or answer everybody that nothing was kept."""
        self.failure = failure
        self.ended.set()
        effects, self.effects, calls, self._calls = self.effects, [], self._calls, []
        for effect in [] if failure else effects:
            _guarded(effect)
        for call in calls:
            _guarded(call, failure)


def _guarded(call: Callable[..., None], *values: object) -> None:
    try:
        call(*values)
    except Exception:
        logger.exception("an effect of a commit failed")


class Act:
    """One event or request: the commits it waits for before it reads, and before it is answered."""

    __slots__ = ("before", "batch", "_token")

    def __init__(self, before: Batch | None = None) -> None:
        self.before = before
        self.batch: Batch | None = None

    def __enter__(self) -> Self:
        self._token = _act.set(self)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        _act.reset(self._token)

    def settle(self) -> None:
        """Wait until what was written in this act is committed; raise the refusal if that failed."""
        if self.batch is not None:
            self.batch.wait()


_act: ContextVar[Act | None] = ContextVar("act", default=None)


class Transaction:
    """One body of statements: all of them or none, alone on the write connection."""

    __slots__ = ("_writer", "_engine", "_batch", "_effects", "_last")

    def __init__(self, writer: "Writer") -> None:
        self._writer = writer
        self._engine = writer.engine
        self._effects: list[Callable[[], None]] = []
        self._last: list[tuple[str, dict[str, Any]]] = []

    def execute(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run one statement with named parameters (`:name`) and return its rows."""
        return self._engine.execute(sql, values)

    def execute_last(self, sql: str, /, **values: Any) -> None:
        """Run a statement right before the commit, in order with all such of the batch: FTS5 pays per savepoint."""
        self._last.append((sql, values))

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` after the commit, in order with all others; never if there is none.  It must not block."""
        self._effects.append(effect)

    def __enter__(self) -> Self:
        act = _act.get()
        self._batch = self._writer.enter()
        if act is not None and act.batch is not None and act.batch.failure:  # perhaps while we waited for our turn
            self._writer.leave(self._batch, self, act.batch.failure)
            raise act.batch.failure
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._writer.leave(self._batch, self, error)
        if error is not None:
            return
        if (act := _act.get()) is not None:
            act.batch = self._batch
        else:
            self._batch.wait()


class Writer:
    """The one write connection of this process, its lock, and the batch that is open."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.batch: Batch | None = None
        self._lock = BoundedSemaphore(1)
        self._inside: greenlet | None = None
        self._looked = gevent.get_hub().loop.timer(0, priority=-1)  # behind input: who has spoken joins

    def enter(self) -> Batch:
        """Wait for our turn, open a batch if none is, and start the body's savepoint."""
        if self._inside is gevent.getcurrent():
            raise RuntimeError("a transaction inside a transaction: inner functions take tx")
        self._lock.acquire()
        try:
            if self.batch is None:
                self.engine.begin()
                self.batch = Batch()
                self._looked.start(gevent.spawn_raw, self._commit, self.batch)
            self.engine.execute("savepoint body", {})
        except BaseException as error:  # also a greenlet that is ended here must not keep the lock
            try:
                if self.engine.intact():
                    raise
                raise self._give_up(error) from error
            finally:
                self._lock.release()
        self._inside = gevent.getcurrent()
        return self.batch

    def leave(self, batch: Batch, body: Transaction, error: BaseException | None) -> None:
        """End the body: keep it in the batch, or undo it alone."""
        try:
            if error is None:
                self._keep()
                batch.effects += body._effects
                batch.last += body._last
            else:
                self._undo(error)
        finally:
            self._inside = None
            self._lock.release()

    def _keep(self) -> None:
        try:
            self.engine.execute("release body", {})
        except Exception as error:  # a full disk; on PostgreSQL, a body that swallowed an error
            self._undo(error)
            raise

    def _undo(self, error: BaseException) -> None:
        """Undo the body alone; where the database cannot, or undid everything, the whole batch has failed."""
        with contextlib.suppress(Exception):
            if self.engine.intact():
                self.engine.execute("rollback to body", {})
                self.engine.execute("release body", {})
                return
        raise self._give_up(error) from error

    def _give_up(self, error: BaseException) -> Refused:
        """The database undid the whole transaction (disk full, connection lost): every member of the batch failed."""
        failure = self.engine.refusal(error)
        with contextlib.suppress(Exception):
            self.engine.rollback()
        batch, self.batch = self.batch, None
        if batch is not None:
            batch.end(failure)
        return failure

    def _commit(self, batch: Batch) -> None:
        """The committer: the lock is the gate, and nobody touches the connection while it commits."""
        failure = None
        with self._lock:
            if batch.ended.is_set():
                return
            self.batch = None
            try:
                for sql, values in batch.last:
                    self.engine.execute(sql, values)
                self.engine.commit()
            except BaseException as error:  # whatever it was, nobody may be told that it was kept
                failure = self.engine.refusal(error)
                logger.error("a commit failed: %s", error)
                with contextlib.suppress(Exception):
                    self.engine.rollback()
        batch.end(failure)

    def drain(self) -> None:
        """Wait until no batch is open and nobody is about to open one: at shutdown, what was begun is finished."""
        while (batch := self._open()) is not None:
            batch.ended.wait()

    def _open(self) -> Batch | None:
        with self._lock:
            return self.batch


_writer: Writer
_readers: list[Callable[[], None]] = []


def open(data: Path, url: str = "") -> None:
    """Open the database (SQLite in `data`, or the PostgreSQL at `url`) and bring it up to date."""
    global _writer
    engine: Engine
    if url:
        try:
            from hubbub.core.db import postgres
        except ModuleNotFoundError:
            raise Lost("PostgreSQL needs more packages: pip install 'hubbub[postgres]'") from None
        engine = postgres.Postgres(url)
    else:
        engine = sqlite.SQLite(data / "hubbub.db")
    migrate.run(engine)
    _writer = Writer(engine)
    hub.forget()


@contextlib.contextmanager
def claimed(data: Path) -> Iterator[None]:
    """While this lasts no server starts on the data folder; `Lost` where one runs."""
    lock = sqlite.claim(data / "hubbub.lock")
    try:
        yield
    finally:
        os.close(lock)


def before_close(stop: Callable[[], None]) -> None:
    """Call before the database closes: who reads it by themselves must have stopped by then."""
    if stop not in _readers:
        _readers.append(stop)


def close() -> None:
    """Finish what is open, and close."""
    for stop in _readers:
        stop()
    _writer.drain()
    _writer._lock.acquire()  # for good: closing yields, and who comes now would write under it
    _writer.engine.close()


def transaction() -> Transaction:
    """`with db.transaction() as tx:` at the outer model function.

    Leaving it returns at once inside an `Act`, whose answer waits for the commit; elsewhere it waits itself.
    """
    return Transaction(_writer)


@contextlib.contextmanager
def snapshot() -> Iterator[Reads]:
    """Several reads that see one moment; nothing uncommitted, but all that this connection's person wrote."""
    _wait_for_own()
    with _writer.engine.snapshot() as reads:
        yield reads


def execute(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """One read outside a transaction; sees only what is committed, and all that this connection's person wrote."""
    _wait_for_own()
    return _writer.engine.read(sql, values)


def aside(sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
    """Like `execute`, for a read that may take longer than a few ms: it does not hold up the loop."""
    _wait_for_own()
    return _writer.engine.aside(sql, values)


def dialect() -> str:
    """Which database this is, `sqlite` or `postgres`, for the few statements on which they differ."""
    return _writer.engine.dialect


def _wait_for_own() -> None:
    act = _act.get()
    batch = act and (act.batch or act.before)
    if batch:
        batch.ended.wait()


__all__ = ["Act", "Batch", "Lost", "Transaction", "aside", "before_close", "claimed", "close", "dialect", "execute",
           "open", "snapshot", "transaction"]
