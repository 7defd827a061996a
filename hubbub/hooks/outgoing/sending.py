"""Sending calls: a consumer of the queues, each in order and on its own, so a slow receiver delays no other.

A call is sent at least once: the reply is posted, the outcome stored and the cursor moved in one transaction, and after
a crash before it the call is sent again under the same id.
"""

from typing import TYPE_CHECKING

from hubbub.core import consumers, db, log, node
from hubbub.core.access import Refused
from hubbub.core.consumers import Consumer, Task
from hubbub.hooks.message import CONTROL, Rejected
from hubbub.hooks.outgoing import calls, model, replying, request, response
from hubbub.hooks.outgoing.calls import Call
from hubbub.hooks.outgoing.model import Outgoing
from hubbub.hooks.outgoing.request import Outdated, Prepared
from hubbub.hooks.outgoing.response import Reply
from hubbub.notifications.addresses import Forbidden
from hubbub.notifications.sending import FORBIDDEN, UNREACHABLE, Answer, retry_after

if TYPE_CHECKING:
    from hubbub.notifications import outgoing

NAME = "outgoing_calls"
PAUSES = (5.0, 15.0, 60.0, 180.0)  # seconds between the five tries of a call
SHORT = (1.0, 3.0)  # the same where a person waits for the outcome
HOUR = 3600.0  # the longest Retry-After that is honoured
PARALLEL = 200  # webhooks that are called at the same time
ERRORS = {UNREACHABLE: "unreachable", FORBIDDEN: "private_address"}

CURSORS = "select 'outgoing:' || id as channel, '' as reader, seq as after from outgoing"


class Sender:
    """This node's session for calls."""

    def __init__(self) -> None:
        self.session: outgoing.Session | None = None

    def open_session(self) -> "outgoing.Session":
        from hubbub.notifications import outgoing  # here, since it is slow to import and seldom needed

        if self.session is None:
            self.session = outgoing.Session(node.current().config.push_private)
            node.current().on_close(self.session.close)
        return self.session


state = node.state(Sender)


def send(task: Task) -> float | None:
    """Send the next call of a webhook; return in how many seconds to continue, if it must be sent again."""
    with db.snapshot() as reads:
        [entry] = log.read(reads, task.channel, task.after, 1)
        call, hook, prepared, problem = calls.find(reads, entry.data["call"]), None, None, ""
        if call and call.state == "waiting":
            hook = model.get(reads, call.outgoing)
            try:
                prepared = request.prepare(reads, hook, call)
            except Outdated as outdated:
                problem = str(outdated)
    if call is None or hook is None or prepared is None:
        _skip(task, entry.seq, call, problem)
        return None
    answer, body = _send(prepared)
    pauses = SHORT if call.kind in response.PRIVATE else PAUSES
    if answer.is_temporary and call.tries < len(pauses):
        with db.transaction() as tx:
            consumers.confirm(tx, NAME)
            calls.record(tx, call.id, "waiting", max(answer.status, 0), _error(answer), _text(body))
        return float(max(pauses[call.tries], min(answer.retry_after, HOUR)))
    _end(hook, call, entry.seq, answer, body)
    return None


def _send(prepared: Prepared) -> tuple[Answer, bytes]:
    from requests import RequestException
    from requests.exceptions import InvalidSchema

    try:
        answer = state().open_session().post(prepared.url, data=prepared.body, headers=prepared.headers)
        return Answer(answer.status_code, retry_after(answer.headers.get("Retry-After", ""))), answer.content
    except (Forbidden, InvalidSchema):
        return Answer(FORBIDDEN), b""
    except RequestException:
        return Answer(UNREACHABLE), b""


def _end(hook: Outgoing, call: Call, seq: int, answer: Answer, body: bytes) -> None:
    """Post the reply and store the outcome of a call that is not sent again by itself."""
    error, reply = "" if answer.is_accepted else _error(answer), Reply()
    if not error:
        try:
            reply = response.read(body, call.kind)
        except Rejected as problem:
            error = problem.word
    with db.transaction(call.channel) as tx:
        if not _move(tx, hook.id, seq):
            return  # it was revoked while the program answered
        if not error:
            try:
                replying.post(tx, hook, call, reply, call.id)
            except Refused as refused:
                error = refused.code
        state = "done" if answer.is_accepted else "failed"
        calls.record(tx, call.id, state, max(answer.status, 0), error, _text(body))
        if call.kind in response.PRIVATE:
            response.tell(tx, call, error)


def _skip(task: Task, seq: int, call: Call | None, error: str) -> None:
    """Pass over a call for which there is nothing to send."""
    with db.transaction() as tx:
        _move(tx, int(task.channel.partition(":")[2]), seq)
        if call and error:
            calls.record(tx, call.id, "failed", 0, error)
            if call.kind in response.PRIVATE:
                response.tell(tx, call, error)


def _move(tx: db.Transaction, id: int, seq: int) -> bool:
    """Move the cursor of a webhook, whose row is locked then; return False if it was revoked."""
    consumers.confirm(tx, NAME)
    return bool(tx.execute("update outgoing set seq = :seq where id = :id returning id", id=id, seq=seq))


def _error(answer: Answer) -> str:
    return ERRORS.get(answer.status) or ("redirect" if 300 <= answer.status < 400 else "refused")


def _text(body: bytes) -> str:
    return CONTROL.sub("", body[:2 * calls.ANSWER].decode(errors="replace"))


consumer = Consumer(NAME, ("outgoing",), send, cursors=CURSORS, parallel=PARALLEL)
