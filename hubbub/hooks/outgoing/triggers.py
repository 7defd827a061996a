"""What triggers webhooks: a consumer of the rooms in which some listen, which adds their calls to the queues.

A bot's own message, or that of any bot, triggers nothing, so programs cannot answer each other without end.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hubbub.chat import rooms
from hubbub.core import consumers, db, log
from hubbub.core.access import Reads
from hubbub.core.consumers import Consumer, Task
from hubbub.core.log import Entry
from hubbub.hooks.outgoing import calls
from hubbub.hooks.outgoing.calls import Cause
from hubbub.notifications.matching import Matcher

NAME = "outgoing"

# The rooms in which webhooks listen, and since when: both the webhook and its bot must have been there.
PLACES = """select outgoing.id, place.person, place.room, trigger, word,
    case when place.since > outgoing.since then place.since else outgoing.since end as since
    from outgoing join (select person, room, since from member union all select person, 1, since from bot) as place
    on place.person = outgoing.person and (outgoing.room is null or outgoing.room = place.room)
    where trigger <> 'command'"""
CURSORS = f"""select 'room:' || listened.room as channel, '' as reader, coalesce(reached.seq, 0) as after
    from (select distinct place.room from ({PLACES}) as place) as listened left join consumer_cursor as reached
    on reached.channel = 'room:' || listened.room and reached.consumer = :consumer"""


class Listener(NamedTuple):
    """A webhook that listens in a room."""

    id: int
    bot: int
    room: int
    trigger: str
    word: str
    since: float


def handle(task: Task) -> None:
    """Add the calls that the next messages of a room trigger."""
    with db.snapshot() as reads:
        rows = reads.execute(f"{PLACES} and place.room = :room order by outgoing.id", room=rooms.number(task.channel))
        listeners = [Listener(*row) for row in rows]
        after, entries = task.after, log.read(reads, task.channel, task.after)
        since = min((one.since for one in listeners), default=0.0)
        if entries and entries[0].at < since:  # what was written before anybody listened is skipped
            after = log.last_before(reads, task.channel, since)
            entries = log.read(reads, task.channel, after)
        bots = _bots(reads, entries)
    found = [*causes(listeners, [entry for entry in entries if entry.author not in bots])]
    with db.transaction() as tx:
        if found:
            calls.add(tx, found)
        consumers.advance(tx, NAME, task.channel, entries[-1].seq if entries else after)


def causes(listeners: Sequence[Listener], entries: Iterable[Entry]) -> Iterator[Cause]:
    """Yield the calls that entries trigger; keywords are found as those of notifications are."""
    keywords = Matcher([(nth, "keyword", word, 0) for nth, one in enumerate(listeners) if one.trigger == "keyword"
                        for word in one.word.split(", ")])
    for entry in entries:
        if entry.kind not in ("message", "reply") or not entry.data.get("text") or not entry.author:
            continue
        found = keywords.match(entry.data["text"], entry.author)
        for nth, one in enumerate(listeners):
            word = str(found[nth].detail) if nth in found else _trigger(one, entry)
            if word is not None and entry.at >= one.since:
                yield Cause(one.id, "message", f"message/{entry.channel}/{entry.seq}", entry.channel, entry.author,
                            entry.seq, int(entry.data.get("thread", 0)), word)


def _trigger(one: Listener, entry: Entry) -> str | None:
    """Return what in a message triggers a webhook without keywords; None if nothing does."""
    if one.trigger == "message":
        return ""
    named = (handle for handle, id in entry.data.get("mentions", {}).items() if id == one.bot)
    return next((f"@{handle}" for handle in named), None) if one.trigger == "mention" else None


def _bots(reads: Reads, entries: list[Entry]) -> set[int]:
    """Return the bots among the authors of entries."""
    authors = list({entry.author for entry in entries})
    return {id for id, in reads.execute("select id from person where id = any(:ids) and role = 'bot'", ids=authors)}


consumer = Consumer(NAME, ("room",), handle, quiet=.05, patience=.25, cursors=CURSORS, parallel=4)
