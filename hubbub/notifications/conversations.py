"""The inbox by conversation: the newest notifications of each, and how many are unread, in sets and in pages.

The number of statements is the same for any number of notifications, and the page gets only what it shows.
"""

from typing import Any

from hubbub.core import db, log
from hubbub.core.access import Reads
from hubbub.notifications import model
from hubbub.notifications.model import FILTERS, Filter
from hubbub.people import model as people

PAGE = 30  # conversations
LINES = 2  # notifications shown of each
SPAN = 5000  # notifications that one page looks through
UNREAD = "person = :person and read is null and snoozed is null"

LAST = f"""with span as (select conversation, seq from notification where person = :person and seq < :before
    and {{shows}} order by seq desc limit {SPAN}),
    newest as (select conversation, max(seq) as seq from span where conversation not in (select conversation
    from notification where person = :person and seq >= :before and {{shows}}) group by conversation
    order by max(seq) desc limit {PAGE}),
    line as (select span.conversation, span.seq, newest.seq as newest, row_number() over (
    partition by span.conversation order by span.seq desc) as nth from span join newest
    on newest.conversation = span.conversation)
    select conversation, seq, newest from line where nth <= {LINES} order by newest desc, seq"""
REST = f"""select count(*), min(seq) from (select seq from notification where person = :person and seq < :before
    and {{shows}} order by seq desc limit {SPAN}) as span"""

COUNTS = f"""select count(*), coalesce(sum(case when cause = 'mention' then 1 else 0 end), 0),
    coalesce(sum(case when cause = 'direct' then 1 else 0 end), 0),
    coalesce(sum(case when conversation like '%#%' then 1 else 0 end), 0),
    coalesce(sum(case when conversation like 'doc:%' then 1 else 0 end), 0),
    coalesce(sum(case when conversation not like 'room:%' and conversation not like 'doc:%' then 1 else 0 end), 0)
    from notification where {UNREAD}"""
COUNTED = ("unread", "mentions", "direct", "threads", "documents", "alerts")


def newest(person: int, show: Filter, before: int = model.ALL) -> dict[str, Any]:
    """Return the conversations with the newest notifications before `before`, newest first, and where to continue.

    Each has its last notifications, oldest first, and how many of those that the filter shows are unread.
    """
    with db.snapshot() as reads:
        rows = reads.execute(LAST.format(shows=FILTERS[show]), person=person, before=before)
        inbox = model.inbox(person)
        entries = model.entries(reads, person, [row[1] for row in rows])
        items = {item["seq"]: item for item in model.items_of(reads, person, entries)}
        found: dict[str, list[dict[str, Any]]] = {}
        for conversation, seq, *_ in rows:
            found.setdefault(conversation, []).append(items[seq])
        waiting = _waiting(reads, person, show, list(found))
        groups = [{"conversation": conversation, "unread": waiting.get(conversation, 0), "items": lines}
                  for conversation, lines in found.items()]
        met = people.directory(reads, {entry.author for entry in entries})
        return {"groups": groups, "next": _next(reads, person, show, before, rows), "counts": counts(reads, person),
                "as_of": log.head(reads, inbox), "people": {str(one.id): one for one in met}}


def _waiting(reads: Reads, person: int, show: Filter, conversations: list[str]) -> dict[str, int]:
    """Return how many notifications of each conversation are unread; of snoozed ones, how many there are."""
    which = FILTERS["snoozed"] if show == "snoozed" else f"read is null and snoozed is null and {FILTERS[show]}"
    return dict(reads.execute(f"select conversation, count(*) from notification where person = :person and {which} "
                              "and conversation = any(:conversations) group by conversation",
                              person=person, conversations=conversations)) if conversations else {}


def _next(reads: Reads, person: int, show: Filter, before: int, rows: list[tuple[Any, ...]]) -> int | None:
    """Return the seq before which the next page begins; None after the last one."""
    if len({row[0] for row in rows}) == PAGE:
        return int(rows[-1][2])
    [(count, first)] = reads.execute(REST.format(shows=FILTERS[show]), person=person, before=before)
    return int(first) if count == SPAN else None


def counts(reads: Reads, person: int) -> dict[str, int]:
    """Return how many notifications each filter has that are unread; and how many are snoozed."""
    [row] = reads.execute(COUNTS, person=person)
    [(snoozed,)] = reads.execute(f"select count(*) from notification where person = :person and {FILTERS['snoozed']}",
                                 person=person)
    return {**dict(zip(COUNTED, map(int, row), strict=True)), "snoozed": int(snoozed)}
