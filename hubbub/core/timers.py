"""Timers: what must be done at a time, once in the cluster, also after a crash or a restart.

A timer is a row, set and cancelled in the transaction of what it belongs to.  When it is due, one node claims it and
calls the handler of its kind.  A handler that stores its effects and calls `finish` in one transaction has them exactly
once: what it stores is undone if the timer was cancelled, set again, or claimed by another node meanwhile.
"""

import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
from gevent import Greenlet
from gevent.event import Event
from gevent.pool import Pool

from hubbub.core import db, node
from hubbub.core.access import Reads, Refused

logger = logging.getLogger(__name__)

CLAIM = 10.0  # seconds after which another node calls the handler of a timer that is not finished
POLL = 5.0  # seconds between two searches for timers that another node set
BACKOFF, LONGEST = 1.0, 900.0  # seconds until the second try, doubled for each further one; at most
PARALLEL = 16  # handlers that run at the same time at a node
STOP = 5.0  # seconds to wait for the end of a handler that was interrupted

SET = """insert into timer (kind, key, due, at, data) values (:kind, :key, :due, :due, :data)
    on conflict (kind, key) do update set due = excluded.due, at = excluded.at, data = excluded.data,
    claim = '', tries = 0"""
DUE = """select id, kind, key, due, data, tries from timer where at <= :now and kind = any(:kinds)
    order by at limit :limit for update skip locked"""


class Timer(NamedTuple):
    """A timer that is due; `key` is unique in its kind."""

    kind: str
    key: str
    due: float  # seconds since 1970
    data: Any
    id: int
    claim: str
    tries: int  # calls before this one, which failed


class Lost(Exception):
    """The timer was cancelled, set again, or claimed by another node."""


Handler = Callable[[Timer], object]


def set(tx: db.Transaction, kind: str, key: str, due: float, data: object = None) -> None:
    """Have the handler of `kind` called at `due` (seconds since 1970); replaces a timer of the same key."""
    tx.execute(SET, kind=kind, key=key, due=float(due), data=msgspec.json.encode(data).decode())
    tx.after_commit(lambda: state().wake(due))


def cancel(tx: db.Transaction, kind: str, key: str) -> bool:
    """Delete a timer; return whether there was one.  A handler that runs already cannot finish it any more."""
    return bool(tx.execute("delete from timer where kind = :kind and key = :key returning id", kind=kind, key=key))


def due(reads: Reads, kind: str, key: str) -> float | None:
    """Return when a timer is due, or None if there is none."""
    rows = reads.execute("select due from timer where kind = :kind and key = :key", kind=kind, key=key)
    return float(rows[0][0]) if rows else None


def finish(tx: db.Transaction, timer: Timer) -> None:
    """Delete a timer in the transaction that stores the effects of its handler; raise `Lost` if that is too late.

    The transaction may set a timer of the same key again afterwards.
    """
    if not tx.execute("delete from timer where id = :id and claim = :claim returning id",
                      id=timer.id, claim=timer.claim):
        raise Lost


def extend(timer: Timer, seconds: float) -> None:
    """Keep a timer for longer than a claim lasts, before something slow; raise `Lost` if another node has it."""
    with db.transaction() as tx:
        if not tx.execute("update timer set at = :until where id = :id and claim = :claim returning id",
                          until=node.now() + seconds, id=timer.id, claim=timer.claim):
            raise Lost


class Runner:
    """The timers of this node: it sleeps until the next one is due."""

    def __init__(self) -> None:
        self.handlers: Mapping[str, Handler] = {}
        self.alarm = 0.0  # until when it sleeps, by the monotonic clock; 0 while it works
        self.calls = Pool(PARALLEL)
        self.greenlet: Greenlet[..., None] | None = None
        self.woken = Event()

    def start(self, handlers: Mapping[str, Handler]) -> None:
        self.handlers = handlers
        self.greenlet = node.spawn(self._run)

    def stop(self) -> None:
        """Call no handler any more; those that are interrupted are called again, here or elsewhere."""
        if self.greenlet:
            self.greenlet.kill(timeout=STOP)
        self.calls.kill(timeout=STOP)

    def wake(self, due: float) -> None:
        """Wake up earlier if a timer is due before the alarm, or was set after the search that is under way."""
        if not self.alarm or node.monotonic() + due - node.now() < self.alarm:
            self.woken.set()

    def _run(self) -> None:
        while True:
            pause = POLL
            try:
                pause = self._start_due()
            except Exception as problem:
                _log("the search for timers that are due", problem)
            self._sleep(pause)

    def _start_due(self) -> float:
        """Start the handlers of what is due; return the seconds until the next search."""
        free = self.calls.free_count()
        if not free:
            return POLL  # the end of a call wakes it
        kinds = [*self.handlers]
        [(first,)] = db.execute_in_thread("select min(at) from timer where kind = any(:kinds)", kinds=kinds)
        if first is None or first > node.now():
            return POLL if first is None else min(first - node.now(), POLL)
        for timer in db.retry(lambda: _claim(kinds, free)):
            call = self.calls.spawn(node.current().run, self._call, timer)
            call.rawlink(lambda _: self.woken.set())  # once its place in the pool is free
        return 0.0

    def _call(self, timer: Timer) -> None:
        try:
            self.handlers[timer.kind](timer)
            with db.transaction() as tx:  # for handlers that did not finish it
                tx.execute("delete from timer where id = :id and claim = :claim", id=timer.id, claim=timer.claim)
        except Lost:
            pass
        except Exception as problem:
            _log(f"{timer.kind} of {timer.key}", problem)
            _postpone(timer)

    def _sleep(self, pause: float) -> None:
        self.alarm = node.monotonic() + pause
        if pause > 0:
            alarm = node.spawn_later(pause, self.woken.set)
            self.woken.wait()
            alarm.kill(block=False)
        self.woken.clear()
        self.alarm = 0.0


state = node.state(Runner)


def start(handlers: Mapping[str, Handler]) -> None:
    """Call these handlers, by kind, until the node closes."""
    node.current().on_close(stop)
    state().start(handlers)


def stop() -> None:
    """Call no handler of this node any more."""
    state().stop()
    state.forget()


def _claim(kinds: list[str], limit: int) -> list[Timer]:
    """Claim timers that are due: no other node gets them for as long as the claim lasts."""
    claim, now = secrets.token_hex(8), node.now()
    with db.transaction() as tx:
        rows = tx.execute(DUE, now=now, kinds=kinds, limit=limit)
        tx.execute("update timer set at = :until, claim = :claim, tries = tries + 1 where id = any(:ids)",
                   until=now + CLAIM, claim=claim, ids=[row[0] for row in rows])
    return [Timer(kind, key, due, msgspec.json.decode(data), id, claim, tries)
            for id, kind, key, due, data, tries in rows]


def _postpone(timer: Timer) -> None:
    """Have a timer whose handler failed called again later."""
    pause = min(BACKOFF * 2 ** min(timer.tries, 20), LONGEST)
    try:
        with db.transaction() as tx:
            tx.execute("update timer set at = :at where id = :id and claim = :claim",
                       at=node.now() + pause, id=timer.id, claim=timer.claim)
    except Refused:
        pass  # it is called again when the claim ends


def _log(what: str, problem: Exception) -> None:
    if isinstance(problem, Refused):
        logger.warning("%s failed and is tried again later: %s", what, problem)
    else:
        logger.error("%s failed and is tried again later", what, exc_info=problem)
