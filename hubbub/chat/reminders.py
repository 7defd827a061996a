"""Remind a person of a message: it comes into their inbox at a time, if it still exists and they may still read it."""

from hubbub.chat import messages, recipients, rooms
from hubbub.core import db, log
from hubbub.notifications import model as notifications
from hubbub.notifications import snooze
from hubbub.notifications.model import Cause

KIND = "reminder"


def remind(person: int, channel: str, seq: int, until: float, key: str) -> None:
    """Remind a person of a message at a time; another time for the same message replaces the first."""
    with db.transaction(notifications.inbox(person)) as tx:
        rooms.check(tx, person, channel, "read")
        message = messages.find(tx, channel, seq)
        [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(channel))
        snooze.remind(tx, person, Cause(
            KIND, message.author, log.server_key("remind", key), channel, seq,
            message.data["thread"] if message.kind == "reply" else 0, name,
            messages.text_of(tx, message) or recipients.files(message), alias=message.data.get("alias", {})), until)
