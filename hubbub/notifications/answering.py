"""What a person does with a notification outside the page: reply, acknowledge, or mark as read."""

from typing import Any, Literal

from hubbub import slices
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.notifications import alarms, model

Action = Literal["done", "reply", "acknowledge"]


def act(person: int, seq: int, action: Action, text: str, key: str) -> int:
    """Do this with a notification of a person; return how many are unread.  A repeated key changes nothing."""
    if action == "reply":
        _reply(person, seq, text, key)
    elif action == "acknowledge":
        alarms.acknowledge(person, seq)
    model.mark_earlier_read(person, seq)
    return model.unread(db, person)


def _reply(person: int, seq: int, text: str, key: str) -> None:
    data = _data(person, seq)
    kind = slices.channel_kinds().get(data.get("channel", "").partition(":")[0])
    if kind is None or kind.reply is None:
        raise Refused("error.cannot_reply", "bad_input")
    kind.reply(person, data["channel"], data["root"], text, key)


def _data(person: int, seq: int) -> dict[str, Any]:
    found = log.read(db, model.inbox(person), seq - 1, 1)
    if not found or found[0].seq != seq or found[0].kind != "notification":
        raise Refused("error.notification_not_found", "not_found")
    return dict(found[0].data)
