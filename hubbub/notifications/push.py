"""Web Push: a worker that reads the inboxes of people with subscriptions, each subscription from its own cursor.

There is no job queue: a subscription is due for the unread entries of the inbox after its cursor, so a new process
finds its work by comparing cursors with heads.  The cursor moves once the push service accepted the message; after a
crash in between it is sent a second time, which devices show once (same tag), rather than never.
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

GRACE = 2.0  # seconds in which reading the notification elsewhere cancels the push
BACKOFF, LONGEST = 15.0, 900.0  # seconds until the second try, doubled for each further one; the maximum
HOUR = 3600.0  # the longest Retry-After that is honoured
GIVE_UP = 100  # failures in a row: by the back-off, a day of them
SENDS = 8  # at the same time


class Worker:
    """A greenlet that schedules people whose subscriptions are due, and at most 8 greenlets that send."""

    def __init__(self) -> None:
        self._due: dict[int, float] = {}  # when the subscriptions of each person are due
        self._paused: dict[int, float] = {}  # until when a failing subscription is not tried
        self._pushed: dict[int, set[int]] = {}  # the seqs after its cursor that a subscription was pushed
        self._sending: dict[int, bool] = {}  # the subscriptions in progress, and whether to check them again
        self._has_expired = True  # whether there may be subscriptions of sign-ins that ended
        self._changed = Event()
        self._sends = Pool(SENDS)
        self._session: outgoing.Session | None = None
        self._loop = node.spawn(self._run)

    def schedule(self, people: Iterable[int], after: float = 0.0) -> None:
        """Push to the subscriptions of these people in `after` seconds, or earlier if that is scheduled."""
        at = node.monotonic() + after
        for person in people:
            self._due[person] = min(at, self._due.get(person, at))
        self._changed.set()

    def delete_expired(self) -> None:
        """Delete the subscriptions of sign-ins that ended."""
        self._has_expired = True
        self._changed.set()

    def stop(self) -> None:
        """Stop pushing; the next worker finds what is left."""
        self._loop.kill()
        self._sends.kill()
        if self._session is not None:
            self._session.close()

    def _run(self) -> None:
        self._try(self._find_due)
        while True:
            self._changed.clear()
            if self._has_expired:
                self._has_expired = False
                self._try(subscriptions.delete_expired)
            now = node.monotonic()
            due = [person for person, at in self._due.items() if at <= now]
            for person in due:
                del self._due[person]
            if due and not self._try(partial(self._start_sending, due)):
                self.schedule(due, BACKOFF)
            self._changed.wait(max(0.0, min(self._due.values()) - node.monotonic()) if self._due else None)

    def _find_due(self) -> None:
        self.schedule(subscriptions.behind(db))

    @staticmethod
    def _try(call: Callable[[], object]) -> bool:
        """Return whether a call succeeded; a failure (no database, say) is logged and must not stop the worker."""
        try:
            call()
        except Exception as error:  # its message may contain an address
            logger.warning("could not push notifications: %s", type(error).__name__)
            return False
        return True

    def _start_sending(self, people: list[int]) -> None:
        """Start sending to the subscriptions of these people that are not paused or in progress."""
        for one in subscriptions.of(db, people):
            pause = self._paused.get(one.id, 0.0) - node.monotonic()
            if one.id in self._sending:
                self._sending[one.id] = True
            elif pause > 0:
                self.schedule([one.person], pause)
            else:
                self._sending[one.id] = False
                self._sends.spawn(node.current().run, self._send, one)

    def _send(self, one: Subscription) -> None:
        """Push everything that a subscription is due for, one channel after the other."""
        if not self._try(lambda: self._send_all(one.id)):
            self._pause(one, BACKOFF)
        if self._sending.pop(one.id):
            self.schedule([one.person])

    def _send_all(self, id: int) -> None:
        while self._send_next(id):
            pass

    def _send_next(self, id: int) -> bool:
        """Push the next message to a subscription; return whether there may be another."""
        pushed = self._pushed.setdefault(id, set())
        with db.snapshot() as reads:
            one = subscriptions.find(reads, id)
            wait = waiting.of(reads, one, GRACE, pushed) if one else None
            message = waiting.message(reads, one, wait) if one and wait else None
        if one is None or wait is None:
            self._forget(id)
            return False
        if wait.ripe_in is not None:
            self.schedule([one.person], wait.ripe_in)
        if message is None or attention.has_attention(one.person):
            self._move(one, wait.up_to)
            return wait.is_page
        return self._handle_answer(one, wait, sending.send(self._open_session(), one, message))

    def _handle_answer(self, one: Subscription, wait: Waiting, answer: Answer) -> bool:
        """Handle an answer of the push service; return whether to continue with this subscription."""
        if answer.is_gone:
            self._drop(one)
            return False
        if answer.is_temporary:
            self._fail(one, answer)
            return False
        if not answer.is_accepted:
            sending.log_refusal(one, answer.status)
        self._pushed[one.id].update(wait.seqs)
        self._move(one, wait.then, answer.is_accepted)
        return True

    def _fail(self, one: Subscription, answer: Answer) -> None:
        if one.failures + 1 >= GIVE_UP:
            self._drop(one)
            return
        subscriptions.failed(one.id)
        self._pause(one, min(BACKOFF * 2**min(one.failures, 20), LONGEST), answer.retry_after)

    def _pause(self, one: Subscription, seconds: float, retry_after: float = 0.0) -> None:
        """Do not try a subscription for some seconds, or as long as the push service demands."""
        pause = max(seconds, min(retry_after, HOUR))
        self._paused[one.id] = node.monotonic() + pause
        self.schedule([one.person], pause)

    def _move(self, one: Subscription, seq: int, reached: bool = False) -> None:
        if seq > one.seq or reached and one.failures:
            subscriptions.move(one.id, seq, reached)
        self._pushed[one.id] = {pushed for pushed in self._pushed.get(one.id, ()) if pushed > seq}

    def _drop(self, one: Subscription) -> None:
        subscriptions.drop(one.id)
        self._forget(one.id)

    def _forget(self, id: int) -> None:
        self._pushed.pop(id, None)
        self._paused.pop(id, None)

    def _open_session(self) -> "outgoing.Session":
        from hubbub.notifications import outgoing  # here, since it is slow to import and seldom needed

        if self._session is None:
            self._session = outgoing.Session(node.current().config.push_private)
        return self._session


class Push:
    """This node's worker, while it runs."""

    def __init__(self) -> None:
        self.worker: Worker | None = None


state = node.state(Push)


def start() -> None:
    """Start pushing, what is due first; create this server's keys if it has none."""
    stop()
    vapid.keys()
    node.current().on_close(stop)
    state().worker = Worker()


def stop() -> None:
    """Stop pushing; call before the database closes."""
    if worker := state().worker:
        worker.stop()
        state().worker = None


def _schedule(people: list[int]) -> None:
    if worker := state().worker:
        worker.schedule(people, GRACE)


def _delete_expired(person: int, sign_in: str, spare: str) -> None:
    if worker := state().worker:
        worker.delete_expired()


model.on_notify.append(_schedule)
sign_ins.on_end(_delete_expired)
