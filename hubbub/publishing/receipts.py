"""Receipts: to whom a publication was delivered, who read it and who acknowledged it, for its author."""

import msgspec

from hubbub.core.access import Reads
from hubbub.publishing import model
from hubbub.publishing.model import Publication

MOST = 1000  # recipients that are listed
RECIPIENTS = """select notification.person, person.handle, person.name, entry.at, notification.read,
    case when alarm.acknowledged = notification.person then alarm.acknowledged_at end from notification
    left join alarm on alarm.id = notification.alarm join person on person.id = notification.person
    join entry on entry.channel = 'inbox:' || notification.person and entry.seq = notification.seq
    where notification.channel = :channel and notification.target = 1 order by person.folded, person.id limit :most"""


class Recipient(msgspec.Struct, frozen=True):
    """One recipient: when it came to the inbox, was read and was acknowledged, in seconds since 1970; null: not yet."""

    person: int
    handle: str
    name: str
    delivered: float
    read: float | None
    acknowledged: float | None


class Receipt(msgspec.Struct, frozen=True):
    """A publication with its recipients; `state` is waiting, published, withdrawn or failed, then for a `problem`."""

    id: str
    key: str
    topics: str
    at: float
    due: float | None
    state: str
    problem: str
    title: str
    message: str
    priority: int
    recipients: list[Recipient]
    posted: list[str]  # the channels of rooms and topics where it is


def of(reads: Reads, one: Publication) -> Receipt:
    """Return the receipt of a publication."""
    rows = reads.execute(RECIPIENTS, channel=one.channel, most=MOST)
    posted = [channel for channel, in reads.execute("select channel from publication_part where publication = :id "
                                                    "order by channel", id=one.id)]
    message = one.message
    return Receipt(one.id, one.sequence, one.topics, one.at, one.due, state(one), one.problem, message.title,
                   message.message, message.priority, [Recipient(*row) for row in rows], posted)


def state(one: Publication) -> str:
    """Return the state of a publication in one word."""
    if one.withdrawn is not None:
        return "withdrawn"
    return "failed" if one.problem else "waiting" if one.due is not None else "published"


def mine(reads: Reads, author: int, waiting: bool) -> list[Receipt]:
    """Return the last publications of an author without their recipients, or all that are still to be published."""
    where = "due is not null" if waiting else "true"
    rows = reads.execute(f"select {model.COLUMNS} from publication where author = :author and withdrawn is null "
                         f"and {where} order by coalesce(due, at) desc limit 100", author=author)
    found = [Publication(*row) for row in rows]
    return [Receipt(one.id, one.sequence, one.topics, one.at, one.due, state(one), one.problem, one.message.title,
                    one.message.message, one.message.priority, [], []) for one in found]
