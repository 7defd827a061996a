"""Group commit: lanes, each a write connection with its lock and the batch of transactions that commits next.

SQLite has one lane; PostgreSQL has several, so that a transaction rarely waits for one of other channels.
"""

import contextlib
import logging
from collections.abc import Callable, Collection, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, NoReturn, Self, TypeVar

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from greenlet import greenlet

from hubbub.core import metrics, node
from hubbub.core.access import Refused
from hubbub.core.db.engine import Lane

RETRIES = 2  # after a conflict

T = TypeVar("T")
logger = logging.getLogger(__name__)

commit_seconds = metrics.histogram("hubbub_commit_seconds", "Time that the database takes for a commit.",
                                   (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5))
batch_size = metrics.histogram("hubbub_commit_transactions", "Transactions that are committed together.",
                               (1, 2, 5, 10, 20, 50, 100, 200, 500))
failed_commits = metrics.counter("hubbub_failed_commits_total", "Commits that failed: nothing of them was stored.")


class Batch:
    """Transactions that commit together; ends once, committed or failed as a whole."""

    __slots__ = ("effects", "ended", "failure", "last", "locked", "size", "_calls")

    def __init__(self) -> None:
        self.locked: set[str] = set()  # channels
        self.effects: list[Callable[[], None]] = []
        self.last: list[tuple[str, dict[str, Any]]] = []
        self.ended = Event()
        self.size = 0  # transactions
        self.failure: Refused | None = None
        self._calls: list[Callable[[Refused | None], None]] = []

    def then(self, call: Callable[[Refused | None], None]) -> None:
        """Call with None after the commit, or with the refusal if it failed."""
        if self.ended.is_set():
            _call_safely(call, self.failure)
        else:
            self._calls.append(call)

    def wait(self) -> None:
        """Return once committed; raise the refusal if that failed."""
        self.ended.wait()
        if self.failure:
            raise self.failure

    def end(self, failure: Refused | None) -> None:
        """Publish in the order of the transactions, then answer; after a failure, only answer with it."""
        self.failure = failure
        self.ended.set()
        effects, self.effects, calls, self._calls = self.effects, [], self._calls, []
        for effect in [] if failure else effects:
            _call_safely(effect)
        for call in calls:
            _call_safely(call, failure)


def _call_safely(call: Callable[..., None], *values: object) -> None:
    try:
        call(*values)
    except Exception:
        logger.exception("a step after a commit failed")


class Conflict(Refused):
    """Another transaction was in the way, here or at another node; the body was undone, and may run again."""

    def __init__(self, batch: Batch, refusal: Refused) -> None:
        super().__init__(refusal.id, refusal.code)
        self.batch = batch


def retry(call: Callable[[], T]) -> T:
    """Call a function that runs transactions; after a conflict call it again, once the locks of its batch are free."""
    for _ in range(RETRIES):
        try:
            return call()
        except Conflict as conflict:
            conflict.batch.ended.wait()
    return call()


class UnitOfWork:
    """One event or request: the commits it waits for before it reads, and before it is answered.

    It waits for the commit of one batch before it writes in another.
    """

    __slots__ = ("before", "calls", "batch", "_token")

    def __init__(self, before: Sequence[Batch] = (), calls: Sequence[Any] = ()) -> None:
        self.before = before
        self.calls = calls  # groups with calls that were made before
        self.batch: Batch | None = None

    def __enter__(self) -> Self:
        self._token = _unit.set(self)
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        _unit.reset(self._token)

    def wait_for_commit(self) -> None:
        """Return once everything this unit wrote is committed; raise the refusal if that failed."""
        if self.batch is not None:
            self.batch.wait()


_unit: ContextVar[UnitOfWork | None] = ContextVar("unit_of_work", default=None)


@contextlib.contextmanager
def committed() -> Iterator[None]:
    """A unit of work that ends once what it wrote is committed, also if it raises an error after that."""
    with UnitOfWork() as unit:
        try:
            yield
        finally:
            if unit.batch is not None:
                unit.batch.ended.wait()
        unit.wait_for_commit()


def wait_for_own_commits() -> None:
    """Wait for the open commits of the connection this code runs for, so that people see what they wrote."""
    if unit := _unit.get():
        for batch in unit.before:
            batch.ended.wait()
        for group in unit.calls:
            group.wait_for_commit()
        if unit.batch:
            unit.batch.ended.wait()


def wait_before_writing(batch: Batch | None = None) -> None:
    """Wait for what the current unit of work wrote in another batch; raise its refusal if that failed."""
    unit = _unit.get()
    if unit is not None and unit.batch is not None and unit.batch is not batch:
        unit.batch.wait()


def wait_for_own_calls() -> None:
    """Wait until the calls have run that the connection made before, so that it writes in the order of its events."""
    if unit := _unit.get():
        for group in unit.calls:
            group.ran.wait()


def answer_after(batch: Batch) -> None:
    """Answer the current unit of work only after the commit of a batch; without a unit, wait for it now."""
    if (unit := _unit.get()) is not None:
        unit.batch = batch
    else:
        batch.wait()


class Transaction:
    """One body of statements: all of them or none, alone on its write connection."""

    __slots__ = ("_writer", "_engine", "_batch", "_channels", "locked", "effects", "last")

    def __init__(self, writer: "Writer", channels: Callable[[], Collection[str]]) -> None:
        self._writer = writer
        self._engine = writer.engine
        self._channels = channels
        self.locked: set[str] = set()
        self.effects: list[Callable[[], None]] = []
        self.last: list[tuple[str, dict[str, Any]]] = []

    def execute(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """Run one statement with named parameters (`:name`) and return its rows."""
        return self._engine.execute(sql, values)

    def lock(self, *channels: str) -> None:
        """Lock more channels, for a body that knows them only by what it has read: its later reads of them stay true.

        Lock rooms and documents before inboxes, so that two transactions rarely wait for each other.
        """
        if missing := {*channels} - self.locked - self._batch.locked:
            self._engine.lock(missing, wait=True)
        self.locked.update(channels)

    def execute_last(self, sql: str, /, **values: Any) -> None:
        """Run a statement right before the commit, in order with all such of the batch: FTS5 pays per savepoint."""
        self.last.append((sql, values))

    def after_commit(self, effect: Callable[[], None]) -> None:
        """Run `effect` after the commit, in order with all others; never if there is none.  It must not block."""
        self.effects.append(effect)

    def __enter__(self) -> Self:
        wait_for_own_calls()
        wait_before_writing(self._writer.batch)
        self._batch, channels = self._writer.enter(self._channels)
        self.locked.update(channels)
        unit = _unit.get()
        if unit is not None and unit.batch is not None and unit.batch.failure:  # perhaps while it waited for the lock
            self._writer.leave(self._batch, self, unit.batch.failure)
            raise unit.batch.failure
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._writer.leave(self._batch, self, error)
        if error is None:
            answer_after(self._batch)


class Writer:
    """A lane of a node: its write connection, its lock, and the batch that is open."""

    def __init__(self, engine: Lane, inside: set[greenlet] | None = None) -> None:
        self.engine = engine
        self.batch: Batch | None = None
        self.groups: dict[Any, Any] = {}  # the newest one of each function, see `groups`
        self._node = node.current()
        self._lock = BoundedSemaphore(1)
        self._inside = set() if inside is None else inside  # the greenlets inside a transaction, in any lane
        self._end_of_turn = gevent.get_hub().loop.timer(0, priority=-1)  # after input, so that waiting writers join

    @property
    def is_idle(self) -> bool:
        """Whether a transaction would begin now, as the first of a batch."""
        return self.batch is None and not self._lock.locked()

    def enter(self, ask: Callable[[], Collection[str]]) -> tuple[Batch, Collection[str]]:
        """Wait for the lock, open a batch if none is open, start the transaction's savepoint, and lock the channels.

        The channels are asked for once it has the lock, and returned.
        A batch commits before one of its transactions waits for the channels, since others may wait for what it locks.
        """
        if gevent.getcurrent() in self._inside:
            raise RuntimeError("a transaction inside a transaction: inner functions take tx")
        self._lock.acquire()
        try:
            channels = ask()
            if self.batch is not None and not self._start(self.batch, channels, wait=False):
                self.batch.end(self._write(self.batch))
            if self.batch is None:
                self.engine.begin()
                self.batch = Batch()
                self._end_of_turn.start(gevent.spawn_raw, self._node.run, self._commit, self.batch)
                self._start(self.batch, channels, wait=True)
        except BaseException as error:  # also when this greenlet is killed: it must not keep the lock
            try:
                if self.engine.intact():
                    raise
                self._fail(error)
            finally:
                self._lock.release()
        self._inside.add(gevent.getcurrent())
        return self.batch, channels

    def _start(self, batch: Batch, channels: Collection[str], wait: bool) -> bool:
        """Start a savepoint and lock the channels; return False where that would have to wait."""
        self.engine.savepoint()
        try:
            missing = {*channels} - batch.locked
            return not missing or self.engine.lock(missing, wait)
        except Exception as error:
            self._undo(batch, error)
            raise

    def leave(self, batch: Batch, body: Transaction, error: BaseException | None) -> None:
        """End a transaction's body: keep it in the batch, or undo it alone."""
        try:
            if error is None:
                self._keep(batch)
                batch.size += 1
                batch.effects += body.effects
                batch.last += body.last
                batch.locked |= body.locked
            else:
                self._undo(batch, error)
        finally:
            self._inside.discard(gevent.getcurrent())
            self._lock.release()

    def _keep(self, batch: Batch) -> None:
        try:
            self.engine.release()
        except Exception as error:  # a full disk; on PostgreSQL, a body that swallowed an error
            self._undo(batch, error)
            raise

    def _undo(self, batch: Batch, error: BaseException) -> None:
        """Undo one body; if the database cannot, or undid the whole transaction, fail the batch."""
        is_undone = False
        with contextlib.suppress(Exception):
            if self.engine.intact():
                self.engine.undo()
                is_undone = True
        if not is_undone:
            self._fail(error)
        elif self.engine.is_conflict(error):
            raise Conflict(batch, self.engine.refusal(error)) from error

    def _fail(self, error: BaseException) -> NoReturn:
        """Fail every member of the batch: the database undid the transaction (disk full, connection lost).

        Raise the refusal; where a greenlet was killed inside its transaction, raise that again, so that it ends.
        """
        failure = self.engine.refusal(error)
        with contextlib.suppress(Exception):
            self.engine.rollback()
        batch, self.batch = self.batch, None
        if batch is not None:
            failed_commits().value += 1
            batch.end(failure)
        if not isinstance(error, Exception):
            raise error
        raise failure from error

    def _commit(self, batch: Batch) -> None:
        """Commit the batch under the lock, so that nothing else uses the connection meanwhile."""
        with self._lock:
            if batch.ended.is_set():
                return
            failure = self._write(batch)
        batch.end(failure)

    def _write(self, batch: Batch) -> Refused | None:
        self.batch = None
        started = node.monotonic()
        try:
            for sql, values in batch.last:
                self.engine.execute(sql, values)
            self.engine.commit()
        except BaseException as error:  # whatever went wrong, nobody may be answered that it was stored
            failure = self.engine.refusal(error)
            failed_commits().value += 1
            logger.error("a commit failed: %s", error)
            with contextlib.suppress(Exception):
                self.engine.rollback()
            if isinstance(error, Exception):
                return failure
            batch.end(failure)
            raise  # the greenlet that commits was killed
        commit_seconds().observe(node.monotonic() - started)
        batch_size().observe(batch.size)
        return None

    def drain(self) -> None:
        """Wait until no batch is open and no transaction is about to open one."""
        while (batch := self._open_batch()) is not None:
            batch.ended.wait()

    def close(self) -> None:
        """Finish the transactions that have begun, then close the database for good."""
        self.drain()
        self._lock.acquire()  # and never released: closing yields, and nothing may be written under it
        self.engine.close()

    def _open_batch(self) -> Batch | None:
        with self._lock:
            return self.batch
