"""The notifications that a subscription is due for: the unread ones after its cursor, room by room."""

from typing import NamedTuple

from hubbub.core import log, node
from hubbub.core.access import Reads
from hubbub.notifications import model, push_message, quiet
from hubbub.notifications.push_message import Message
from hubbub.notifications.subscriptions import Subscription

STALE = 3600.0  # seconds after which a notification is not pushed any more
PAGE = 1000  # notifications that one query reads
LINES = 3  # notifications of a channel that a message shows
UNREAD = "from notification where person = :person and channel = :channel and read is null and snoozed is null"


class Waiting(NamedTuple):
    """The notifications that the next message is for; empty if there is nothing to push."""

    seqs: list[int]
    then: int  # the cursor after they are pushed
    up_to: int  # the cursor after everything is pushed
    ripe_in: float | None  # seconds until the next notification is old enough to be pushed
    is_page: bool  # whether there are more than one query read


def of(reads: Reads, one: Subscription, grace: float, pushed: set[int]) -> Waiting:
    """Return the notifications to push to a subscription now, without those that it was pushed already.

    In a quiet time, these are the urgent ones.
    """
    inbox, now = model.inbox(one.person), node.now()
    rows = reads.execute(
        "select notification.seq, notification.channel, entry.at from notification join entry "
        "on entry.channel = :inbox and entry.seq = notification.seq where notification.person = :person "
        "and notification.seq > :cursor and notification.read is null and snoozed is null and entry.at > :oldest "
        "and urgent >= :urgent order by notification.seq limit :limit",
        inbox=inbox, person=one.person, cursor=one.seq, oldest=now - STALE, limit=PAGE,
        urgent=int(quiet.is_quiet(reads, one.person)))
    is_page = len(rows) == PAGE
    up_to = rows[-1][0] if is_page else log.head(reads, inbox).seq
    young = next(((seq, at) for seq, _, at in rows if 0 <= now - at < grace), None)
    if young:
        up_to = young[0] - 1
    left = [(seq, channel) for seq, channel, _ in rows if seq <= up_to and seq not in pushed]
    seqs = [seq for seq, channel in left if channel == left[0][1] and (channel or seq == left[0][0])]
    others = [seq for seq, _ in left if seq not in seqs]
    return Waiting(seqs, others[0] - 1 if others else up_to, up_to,
                   young[1] + grace - now if young else None, is_page and not young)


def message(reads: Reads, one: Subscription, wait: Waiting) -> Message | None:
    """Return the one message for them: it shows the newest ones, and how many are unread in their channel."""
    if not wait.seqs:
        return None
    inbox, newest = model.inbox(one.person), wait.seqs[-1]
    channel = log.read(reads, inbox, newest - 1, 1)[0].data["channel"]
    about = {"person": one.person, "channel": channel, "newest": newest}
    [(count,)] = reads.execute(f"select count(*) {UNREAD}", **about) if channel else [(1,)]
    seqs = reads.execute(f"select seq {UNREAD} and seq <= :newest order by seq desc limit {LINES}", **about)
    entries = [log.read(reads, inbox, seq - 1, 1)[0] for seq in sorted(seq for seq, in seqs)] if channel else []
    return push_message.of(reads, one, entries or log.read(reads, inbox, newest - 1, 1), int(count))
