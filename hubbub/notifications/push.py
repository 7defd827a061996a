"""Web Push: a worker that reads the inboxes of those who subscribed, each subscription from its own cursor.

There is no queue of jobs: what is left to push is what an inbox holds after the cursor, unless it was read meanwhile,
so a process that starts finds it by comparing cursors with heads.  The cursor moves after the push service took the
message; a crash in between pushes it once more, which shows as one (same tag), rather than never.
"""

import logging
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

from gevent.event import Event
from gevent.pool import Pool

from hubbub.core import db, node
from hubbub.notifications import attention, model, sending, subscriptions, vapid, waiting
from hubbub.notifications.sending import Answer
from hubbub.notifications.subscriptions import Subscription
from hubbub.notifications.waiting import Waiting
from hubbub.people import sign_ins

if TYPE_CHECKING:
    from hubbub.notifications import outgoing

logger = logging.getLogger(__name__)

GRACE = 2.0  # seconds in which reading it elsewhere calls a push off
BACKOFF, LONGEST = 15.0, 900.0  # seconds until the second try, doubled for each further one; at most
HOUR = 3600.0  # the longest that a push service may ask for
GIVE_UP = 100  # failures in a row: by the back-off, a day of them
SENDS = 8  # at once


class Worker:
    """A greenlet that looks after people when it is their turn, and at most 8 that send."""

    def __init__(self) -> None:
        self._due: dict[int, float] = {}  # when whose subscriptions are looked after
        self._resting: dict[int, float] = {}  # until when a subscription that could not be reached is left alone
        self._told: dict[int, set[int]] = {}  # what a subscription was pushed beyond its cursor
        self._served: dict[int, bool] = {}  # the subscriptions at hand, and whether to look at them again
        self._ended = True  # whether sign-ins ended of which there may be subscriptions
        self._woken = Event()
        self._sends = Pool(SENDS)
        self._session: outgoing.Session | None = None
        self._loop = node.spawn(self._run)

    def wake(self, people: Iterable[int], after: float = 0.0) -> None:
        """Look after the subscriptions of these people in `after` seconds, or before."""
        at = node.monotonic() + after
        for person in people:
            self._due[person] = min(at, self._due.get(person, at))
        self._woken.set()

    def tidy(self) -> None:
        """Forget the subscriptions of sign-ins that ended."""
        self._ended = True
        self._woken.set()

    def stop(self) -> None:
        """Push nothing more; what is left is found by the next worker."""
        self._loop.kill()
        self._sends.kill()
        if self._session is not None:
            self._session.close()

    def _run(self) -> None:
        self._guarded(self._find_left)
        while True:
            self._woken.clear()
            if self._ended:
                self._ended = False
                self._guarded(subscriptions.tidy)
            now = node.monotonic()
            due = [person for person, at in self._due.items() if at <= now]
            for person in due:
                del self._due[person]
            if due and not self._guarded(partial(self._look_after, due)):
                self.wake(due, BACKOFF)
            self._woken.wait(max(0.0, min(self._due.values()) - node.monotonic()) if self._due else None)

    def _find_left(self) -> None:
        self.wake(subscriptions.behind(db))

    @staticmethod
    def _guarded(call: Callable[[], object]) -> bool:
        """Whether it worked; what does not (a database that is away) is tried again and stops nothing else."""
        try:
            call()
        except Exception as problem:  # its words may hold an address
            logger.warning("pushing does not work: %s", type(problem).__name__)
            return False
        return True

    def _look_after(self, people: list[int]) -> None:
        """Begin to serve those of these people's subscriptions that may be."""
        for one in subscriptions.of(db, people):
            rest = self._resting.get(one.id, 0.0) - node.monotonic()
            if one.id in self._served:
                self._served[one.id] = True
            elif rest > 0:
                self.wake([one.person], rest)
            else:
                self._served[one.id] = False
                self._sends.spawn(node.current().run, self._serve, one)

    def _serve(self, one: Subscription) -> None:
        """Push to a subscription what waits for it, one channel after the other."""
        if not self._guarded(lambda: self._all_of(one.id)):
            self._rest(one, BACKOFF)
        if self._served.pop(one.id):
            self.wake([one.person])

    def _all_of(self, id: int) -> None:
        while self._next_of(id):
            pass

    def _next_of(self, id: int) -> bool:
        """Push the next message to a subscription, as things are now; whether there may be another."""
        told = self._told.setdefault(id, set())
        with db.snapshot() as reads:
            one = subscriptions.find(reads, id)
            wait = waiting.of(reads, one, GRACE, told) if one else None
            message = waiting.message(reads, one, wait) if one and wait else None
        if one is None or wait is None:
            self._forget(id)
            return False
        if wait.ripe_in is not None:
            self.wake([one.person], wait.ripe_in)
        if message is None or attention.has_attention(one.person):
            self._move(one, wait.up_to)
            return wait.is_page
        return self._answered(one, wait, sending.send(self._out(), one, message))

    def _answered(self, one: Subscription, wait: Waiting, answer: Answer) -> bool:
        """What follows from an answer; whether to go on with this subscription."""
        if answer.gone:
            self._drop(one)
            return False
        if answer.again:
            self._fail(one, answer)
            return False
        if not answer.taken:
            sending.note(one, answer.status)
        self._told[one.id].update(wait.seqs)
        self._move(one, wait.then, answer.taken)
        return True

    def _fail(self, one: Subscription, answer: Answer) -> None:
        if one.failures + 1 >= GIVE_UP:
            self._drop(one)
            return
        subscriptions.failed(one.id)
        self._rest(one, min(BACKOFF * 2**min(one.failures, 20), LONGEST), answer.retry_after)

    def _rest(self, one: Subscription, seconds: float, asked: float = 0.0) -> None:
        """Leave a subscription alone for as long as is fit, and as the push service asked for."""
        pause = max(seconds, min(asked, HOUR))
        self._resting[one.id] = node.monotonic() + pause
        self.wake([one.person], pause)

    def _move(self, one: Subscription, seq: int, reached: bool = False) -> None:
        if seq > one.seq or reached and one.failures:
            subscriptions.move(one.id, seq, reached)
        self._told[one.id] = {told for told in self._told.get(one.id, ()) if told > seq}

    def _drop(self, one: Subscription) -> None:
        subscriptions.drop(one.id)
        self._forget(one.id)

    def _forget(self, id: int) -> None:
        self._told.pop(id, None)
        self._resting.pop(id, None)

    def _out(self) -> "outgoing.Session":
        from hubbub.notifications import outgoing  # here, since it is heavy, and seldom needed

        if self._session is None:
            self._session = outgoing.Session(node.current().config.push_private)
        return self._session


class Push:
    """This node's worker, while it runs."""

    def __init__(self) -> None:
        self.worker: Worker | None = None


state = node.state(Push)


def begin() -> None:
    """Push from now on, beginning with what was left; makes this server's keys, where it has none."""
    stop()
    vapid.keys()
    node.current().on_close(stop)
    state().worker = Worker()


def stop() -> None:
    """Push nothing more; call before the database closes."""
    if worker := state().worker:
        worker.stop()
        state().worker = None


def _heard(people: list[int]) -> None:
    if worker := state().worker:
        worker.wake(people, GRACE)


def _ended(person: int, sign_in: str, spare: str) -> None:
    if worker := state().worker:
        worker.tidy()


model.heard.append(_heard)
sign_ins.on_end(_ended)
