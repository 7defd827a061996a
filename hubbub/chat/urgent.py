"""Urgent messages: the room shows that they are urgent, and who acknowledged those that ask for it."""

from hubbub.chat import attachments
from hubbub.core import db, log
from hubbub.core.access import Reads
from hubbub.notifications import alarms
from hubbub.notifications.alarms import Alarm


def overlay(reads: Reads, items: attachments.Items) -> None:
    """Show who acknowledged messages."""
    for place, acknowledged in alarms.acknowledged_in(reads, list(items)).items():
        items[place]["urgent"] = {"acknowledged": acknowledged}


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Do nothing: the alarm of a deleted message ends with its notifications."""


@alarms.on_acknowledged
def announce(tx: db.Transaction, alarm: Alarm) -> None:
    """Append to the room of a message who acknowledged it."""
    if alarm.channel.startswith("room:") and alarm.acknowledged is not None:
        log.append(tx, alarm.channel, "message_acknowledged", {"target": alarm.seq, "at": alarm.acknowledged_at},
                   author=alarm.acknowledged, key=log.server_key("acknowledged", alarm.id))


attachments.register("urgent", attachments.Attachment(overlay, words=lambda urgent: "", forget=forget))
