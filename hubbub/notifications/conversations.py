"""The inbox by conversation: the newest notifications of each, and how many are unread, in sets and in pages.

The number of statements is the same for any number of notifications, and the page gets only what it shows.
"""

from typing import Any

from hubbub.core import db, log
from hubbub.core.access import Reads
from hubbub.notifications import model
from hubbub.notifications.model import FILTERS, Filter
from hubbub.people import model as people

PAGE, MOST = 30, 200  # conversations
SPAN = 5000  # notifications that one page looks through
UNREAD = "person = :person and read is null and snoozed is null"

LAST = f"""with span as materialized (select conversation, seq from notification where person = :person
    and seq < :before and {{shows}} order by seq desc limit {SPAN}),
    newest as materialized (select conversation, max(seq) as seq from span where conversation not in (
    select conversation from notification where person = :person and seq >= :before and {{shows}})
    group by conversation order by max(seq) desc limit :limit)
    select newest.conversation, newest.seq, max(span.seq) from newest left join span
    on span.conversation = newest.conversation and span.seq < newest.seq
    group by newest.conversation, newest.seq order by newest.seq desc"""
REST = f"""select count(*), min(seq) from (select seq from notification where person = :person and seq < :before
    and {{shows}} order by seq desc limit {SPAN}) as span"""

COUNTS = f"""select count(*), coalesce(sum(case when cause = 'mention' then 1 else 0 end), 0),
    coalesce(sum(case when cause = 'direct' then 1 else 0 end), 0),
    coalesce(sum(case when conversation like '%#%' then 1 else 0 end), 0),
    coalesce(sum(case when conversation like 'doc:%' then 1 else 0 end), 0),
    coalesce(sum(case when conversation not like 'room:%' and conversation not like 'doc:%' then 1 else 0 end), 0)
    from notification where {UNREAD}"""
COUNTED = ("unread", "mentions", "direct", "threads", "documents", "alerts")


def newest(person: int, show: Filter, before: int = model.ALL, limit: int = PAGE) -> dict[str, Any]:
    """Return the conversations with the newest notifications before `before`, newest first, and where to continue.

    Each has its last two notifications, oldest first, and how many of those that the filter shows are unread.
    """
    with db.snapshot() as reads:
        rows = reads.execute(LAST.format(shows=FILTERS[show]), person=person, before=before, limit=limit)
        entries = model.entries(reads, person, [seq for _, *seqs in rows for seq in seqs if seq])
        items = {item["seq"]: item for item in model.items_of(reads, person, entries)}
        waiting = _waiting(reads, person, show, [conversation for conversation, *_ in rows])
        groups = [{"conversation": conversation, "unread": waiting.get(conversation, 0),
                   "items": [items[seq] for seq in (earlier, last) if seq]} for conversation, last, earlier in rows]
        met = people.directory(reads, {entry.author for entry in entries})
        return {"groups": groups, "next": _next(reads, person, show, before, rows, limit),
                "counts": counts(reads, person),
                "as_of": log.head(reads, model.inbox(person)), "people": {str(one.id): one for one in met}}


def _waiting(reads: Reads, person: int, show: Filter, conversations: list[str]) -> dict[str, int]:
    """Return how many notifications of each conversation are unread; of snoozed ones, how many there are."""
    which = FILTERS["snoozed"] if show == "snoozed" else f"read is null and snoozed is null and {FILTERS[show]}"
    return dict(reads.execute(f"select conversation, count(*) from notification where person = :person and {which} "
                              "and conversation = any(:conversations) group by conversation",
                              person=person, conversations=conversations)) if conversations else {}


def _next(reads: Reads, person: int, show: Filter, before: int, rows: list[tuple[Any, ...]],
          limit: int) -> int | None:
    """Return the seq before which the next page begins; None after the last one."""
    if len(rows) == limit:
        return int(rows[-1][1])
    [(count, first)] = reads.execute(REST.format(shows=FILTERS[show]), person=person, before=before)
    return int(first) if count == SPAN else None


def counts(reads: Reads, person: int) -> dict[str, int]:
    """Return how many notifications each filter has that are unread; and how many are snoozed."""
    [row] = reads.execute(COUNTS, person=person)
    [(snoozed,)] = reads.execute(f"select count(*) from notification where person = :person and {FILTERS['snoozed']}",
                                 person=person)
    return {**dict(zip(COUNTED, map(int, row), strict=True)), "snoozed": int(snoozed)}
