"""Web Push: a consumer of the inboxes of people with subscriptions, each subscription from its own cursor.

What was read elsewhere is closed by a message of its own.
The cursor moves once the push service accepted the message; after a crash in between it is sent a second time, which
devices show once (same tag), rather than never.
"""

from typing import TYPE_CHECKING, Literal

import msgspec

from hubbub.core import consumers, db, node
from hubbub.core.access import Refused
from hubbub.core.consumers import Task
from hubbub.notifications import attention, push_message, sending, shown, subscriptions, vapid, waiting
from hubbub.notifications.sending import Answer
from hubbub.notifications.subscriptions import Subscription
from hubbub.notifications.waiting import Waiting

if TYPE_CHECKING:
    from hubbub.notifications import outgoing

NAME = "push"
GRACE = 0.5  # seconds in which reading the notification elsewhere cancels the push
BACKOFF, LONGEST = 15.0, 900.0  # seconds until the second try, doubled for each further one; the maximum
HOUR = 3600.0  # the longest Retry-After that is honoured
GIVE_UP = 100  # failures in a row: by the back-off, a day of them
PARALLEL = 8  # subscriptions that are pushed to at the same time


Next = tuple[bool, float | None]  # whether that is all for now, and in how many seconds to continue
Result = Literal["accepted", "gone", "refused", "unreachable", "forbidden"]


class Check(msgspec.Struct, frozen=True):
    """What a push service did with a test; `status` is that of its answer, 0 without one."""

    result: Result
    status: int


class Push:
    """What this node's consumer knows: its session, and the seqs after its cursor that a subscription was pushed."""

    def __init__(self) -> None:
        self.pushed: dict[int, set[int]] = {}
        self.session: outgoing.Session | None = None

    def open_session(self) -> "outgoing.Session":
        from hubbub.notifications import outgoing  # here, since it is slow to import and seldom needed

        if self.session is None:
            self.session = outgoing.Session(node.current().config.push_private)
        return self.session

    def close(self) -> None:
        if self.session is not None:
            self.session.close()


state = node.state(Push)


def start() -> None:
    """Create this server's keys if it has none."""
    vapid.keys()
    node.current().on_close(stop)


def stop() -> None:
    """Close the connections to push services."""
    state().close()
    state.forget()


def push(task: Task) -> float | None:
    """Push everything that a subscription is due for; return in how many seconds to continue, if not all is sent."""
    is_done, ripe_in = False, None
    while not is_done:
        is_done, ripe_in = _push_next(int(task.reader))
    return ripe_in


def _push_next(id: int) -> Next:
    """Push the next message to a subscription."""
    pushed = state().pushed.setdefault(id, set())
    with db.snapshot() as reads:
        one = subscriptions.find(reads, id)
        wait = waiting.of(reads, one, GRACE, pushed, attention.has_attention(one.person)) if one else None
        message = waiting.message(reads, one, wait) if one and wait else None
    if one is None or wait is None:
        state().pushed.pop(id, None)
        return True, None
    if message is None:
        return _withdraw(one, wait)
    answer = sending.send(state().open_session(), one, message)
    if later := _retry(one, answer):
        return later
    if not answer.is_accepted:
        sending.log_refusal(one, answer.status)
    pushed.update(wait.seqs)
    if answer.is_accepted:
        one = one._replace(shown=shown.add(one, message.tag, wait.newest))
    _move(one, wait.then, answer.is_accepted)
    return False, None


def _withdraw(one: Subscription, wait: Waiting) -> Next:
    """Close what the browser still shows although the person has read it; then nothing is left to push."""
    with db.snapshot() as reads:
        tags = shown.read_since(reads, one)
        message = push_message.withdrawal(reads, one, tags) if tags and shown.can_close(one) else None
    answer = sending.send(state().open_session(), one, message) if message else None
    if answer and (later := _retry(one, answer)):
        return later
    _move(one._replace(shown=shown.without(one, tags)), wait.up_to, bool(tags))
    return not wait.is_page, wait.ripe_in


def _retry(one: Subscription, answer: Answer) -> Next | None:
    """Return when to continue after a failure that passes, or that ends the subscription; None for other answers."""
    if answer.is_gone or answer.is_temporary and one.failures + 1 >= GIVE_UP:
        _drop(one)
        return True, None
    if not answer.is_temporary:
        return None
    with db.transaction() as tx:
        consumers.confirm(tx, NAME)
        subscriptions.failed(tx, one.id)
    return True, pause(one.failures, answer)


def check(person: int, endpoint: str) -> Check:
    """Push a test to one of a person's browsers now; a subscription that its service does not know is deleted."""
    with db.snapshot() as reads:
        one = subscriptions.of_endpoint(reads, person, endpoint)
        if one is None:
            raise Refused("error.not_subscribed", "not_found")
        message = push_message.test(reads, one)
    answer = sending.send(state().open_session(), one, message)
    if answer.is_gone:
        subscriptions.remove(person, endpoint)
    return Check(_result(answer), max(answer.status, 0))


def _result(answer: Answer) -> Result:
    if answer.is_accepted:
        return "accepted"
    if answer.status == sending.FORBIDDEN:
        return "forbidden"
    if answer.is_gone:
        return "gone"
    return "unreachable" if answer.status == sending.UNREACHABLE else "refused"


def pause(failures: int, answer: Answer) -> float:
    """Return the seconds until the next try after a failure, at least what the push service demands."""
    return float(max(min(BACKOFF * 2**min(failures, 20), LONGEST), min(answer.retry_after, HOUR)))


def _move(one: Subscription, seq: int, reached: bool = False) -> None:
    if seq > one.seq or reached:
        with db.transaction() as tx:
            consumers.confirm(tx, NAME)
            subscriptions.move(tx, one.id, seq, reached, one.shown)
    state().pushed[one.id] = {pushed for pushed in state().pushed.get(one.id, ()) if pushed > seq}


def _drop(one: Subscription) -> None:
    with db.transaction() as tx:
        subscriptions.drop(tx, one.id)
    state().pushed.pop(one.id, None)


consumer = consumers.Consumer(NAME, ("inbox",), push, quiet=GRACE, patience=GRACE, parallel=PARALLEL,
                              cursors=subscriptions.CURSORS)
