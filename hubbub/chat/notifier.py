"""Notify people of messages right after these are stored: a consumer of all rooms.

So a post to ten thousand people is acknowledged as fast as any other, and nobody is notified of a message that was
deleted or that they have read meanwhile.  Nothing is done twice: the keys of notifications are made from the message,
and the cursor moves in the transaction of the last ones.
"""

from hubbub.chat import recipients
from hubbub.chat.recipients import Message, Recipient
from hubbub.core import consumers, db, log
from hubbub.core.consumers import Consumer, Task
from hubbub.core.log import Entry

NAME = "message_notifications"
PAGE = 50  # entries that are read at once
CHUNK = 500  # notifications of one transaction, so that it does not hold up others


def handle(task: Task) -> None:
    """Notify of the next entries of a room."""
    while True:
        with db.snapshot() as reads:
            entries = log.read(reads, task.channel, task.after, PAGE)
            seqs = _targets(entries)
            messages = recipients.load(reads, task.channel, seqs)
        found = _find(messages, task.after)
        if _notify(task.channel, seqs, messages, found, entries[-1].seq if entries else task.after):
            return


def _targets(entries: list[Entry]) -> list[int]:
    """Return the numbers of the messages that entries add or edit."""
    seqs = {entry.seq for entry in entries if entry.kind in ("message", "reply")}
    return sorted(seqs | {entry.data["target"] for entry in entries
                          if entry.kind == "edited" and "target" in entry.data})


def _find(messages: list[Message], after: int) -> list[Recipient]:
    """Return the recipients of messages; an edit of an older one notifies only those whom it mentions by name."""
    if not messages:
        return []
    sql, values = recipients.lookup(messages)
    rows = db.execute_in_thread(sql, **values)
    old = {nth for nth, one in enumerate(messages) if one.entry.seq <= after}
    with db.snapshot() as reads:
        found = recipients.combine(reads, messages, rows)
    return [one for one in found if one.nth not in old or one.reason == recipients.LINE and one.why != recipients.ROOM]


def _notify(channel: str, seqs: list[int], messages: list[Message], found: list[Recipient], up_to: int) -> bool:
    """Notify in several transactions, and advance in the last; return False if a message changed meanwhile."""
    parts = [found[at:at + CHUNK] for at in range(0, len(found), CHUNK)] or [[]]
    for nth, part in enumerate(parts, 1):
        with db.transaction(channel) as tx:
            if messages and recipients.load(tx, channel, seqs) != messages:
                return False
            if nth == 1:
                recipients.start_alarms(tx, messages)
            if part:
                recipients.notify(tx, messages, recipients.still_wanted(tx, channel, messages, part))
            if nth == len(parts):
                consumers.advance(tx, NAME, channel, up_to)
    return True


consumer = Consumer(NAME, ("room",), handle, parallel=8)
