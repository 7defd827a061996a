"""The notifications that a subscription is due for: the unread ones after its cursor, room by room."""

from typing import NamedTuple

from hubbub.core import log, node
from hubbub.core.access import Reads
from hubbub.notifications import model, push_message, quiet
from hubbub.notifications.push_message import Message
from hubbub.notifications.subscriptions import Subscription
from hubbub.people import preferences

STALE = 3600.0  # seconds after which a notification is not pushed any more
PAGE = 1000  # notifications that one query reads
LINES = 3  # notifications of a channel that a message shows
UNREAD = "from notification where person = :person and channel = :channel and read is null and snoozed is null"
LOOK = 10.0  # seconds until it is looked again whether a person is away
GIVEN = 120.0  # seconds for which a person may read a notification before it is pushed, if they chose so

# Where a notification is in the inbox: where it rang last, since a subscription is due for it again.
PLACE = "case when notification.rang > notification.seq then notification.rang else notification.seq end"
WAITING = f"""select {PLACE}, notification.seq, notification.channel, entry.at, notification.urgent from notification
    join entry on entry.channel = :inbox and entry.seq = {PLACE} where notification.person = :person
    and {PLACE} > :cursor and (notification.read is null or rang > 0) and snoozed is null and entry.at > :oldest
    and urgent >= :urgent order by 1 limit :limit"""


class Waiting(NamedTuple):
    """The notifications that the next message is for; empty if there is nothing to push."""

    seqs: list[int]  # their places
    then: int  # the cursor after they are pushed
    up_to: int  # the cursor after everything is pushed
    ripe_in: float | None  # seconds until the next notification is to be pushed, or looked at again
    is_page: bool  # whether there are more than one query read
    newest: int = 0  # the notification to show


def of(reads: Reads, one: Subscription, grace: float, pushed: set[int], is_watching: bool = False) -> Waiting:
    """Return the notifications to push to a subscription now, without those that it was pushed already.

    In a quiet time, these are the urgent ones.  While the person looks at a page, the others wait, unless the person
    wants them at once; people who chose that have two minutes to read them.
    """
    inbox, now = model.inbox(one.person), node.now()
    when = preferences.value(reads, one.person, "push_when")
    rows = reads.execute(WAITING, inbox=inbox, person=one.person, cursor=one.seq, oldest=now - STALE, limit=PAGE,
                         urgent=int(quiet.is_quiet(reads, one.person)))

    def wait_for(at: float, urgent: int) -> float:
        """Return for how long a notification is still to wait."""
        left = (GIVEN if when == "unread" and not urgent else grace) - (now - at)
        watched = is_watching and not when and not urgent
        return max(left if now >= at else 0.0, LOOK if watched else 0.0)

    waits = {place: wait_for(at, urgent) for place, _, _, at, urgent in rows}
    late = [place for place, wait in waits.items() if wait > 0]
    is_page = len(rows) == PAGE
    up_to = late[0] - 1 if late else rows[-1][0] if is_page else log.head(reads, inbox).seq
    ready = [(place, seq, channel) for place, seq, channel, *_ in rows if not waits[place] and place not in pushed]
    chosen = [(place, seq) for place, seq, channel in ready
              if channel == ready[0][2] and (channel or place == ready[0][0])]
    others = [place for place, *_ in ready if place not in dict(chosen)]
    return Waiting([place for place, _ in chosen], min(others[0] - 1, up_to) if others else up_to, up_to,
                   min(waits[place] for place in late) if late else None, is_page and not late,
                   chosen[-1][1] if chosen else 0)


def message(reads: Reads, one: Subscription, wait: Waiting) -> Message | None:
    """Return the one message for them: it shows the newest ones, and how many are unread in their channel."""
    if not wait.seqs:
        return None
    inbox, newest = model.inbox(one.person), wait.newest
    channel = log.read(reads, inbox, newest - 1, 1)[0].data["channel"]
    about = {"person": one.person, "channel": channel, "newest": newest}
    [(count,)] = reads.execute(f"select count(*) {UNREAD}", **about) if channel else [(1,)]
    seqs = reads.execute(f"select seq {UNREAD} and seq <= :newest order by seq desc limit {LINES}", **about)
    entries = [log.read(reads, inbox, seq - 1, 1)[0] for seq in sorted(seq for seq, in seqs)]
    if not channel or newest not in {entry.seq for entry in entries}:  # it was read, but rings again
        entries = []
    return push_message.of(reads, one, entries or log.read(reads, inbox, newest - 1, 1), int(count))
