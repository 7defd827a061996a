"""A push to one browser, to see whether pushing works, with what its push service answered."""

from typing import Literal

import msgspec

from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.notifications import push, push_message, sending, subscriptions

Result = Literal["accepted", "gone", "refused", "unreachable", "forbidden"]


class Check(msgspec.Struct, frozen=True):
    """What the push service did with the message; `status` is that of its answer, 0 without one."""

    result: Result
    status: int


def check(person: int, endpoint: str) -> Check:
    """Push a test to one of a person's browsers now; a subscription that its service does not know is deleted."""
    with db.snapshot() as reads:
        one = subscriptions.of_endpoint(reads, person, endpoint)
        if one is None:
            raise Refused("error.not_subscribed", "not_found")
        message = push_message.test(reads, one)
    answer = sending.send(push.state().open_session(), one, message)
    if answer.is_gone:
        subscriptions.remove(person, endpoint)
    return Check(_result(answer), max(answer.status, 0))


def _result(answer: sending.Answer) -> Result:
    if answer.is_accepted:
        return "accepted"
    if answer.status == sending.FORBIDDEN:
        return "forbidden"
    if answer.is_gone:
        return "gone"
    return "unreachable" if answer.status == sending.UNREACHABLE else "refused"
