"""What triggers webhooks: a consumer of the rooms in which some listen, which adds their calls to the queues.

A bot's own message, or that of any bot, triggers nothing, so programs cannot answer each other without end.
"""

import re
from typing import NamedTuple

from hubbub.chat import rooms
from hubbub.core import consumers, db, log
from hubbub.core.access import Reads
from hubbub.core.consumers import Consumer, Task
from hubbub.core.log import Entry
from hubbub.hooks.outgoing import calls
from hubbub.hooks.outgoing.calls import Cause

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
    causes = [cause for entry in entries if entry.author not in bots
              for one in listeners if (cause := _cause(one, entry))]
    with db.transaction() as tx:
        if causes:
            calls.add(tx, causes)
        consumers.advance(tx, NAME, task.channel, entries[-1].seq if entries else after)


def _cause(one: Listener, entry: Entry) -> Cause | None:
    """Return the call that an entry triggers, if any."""
    if entry.kind not in ("message", "reply") or not entry.data.get("text") or entry.at < one.since or not entry.author:
        return None
    word = _trigger(one, entry)
    if word is None:
        return None
    return Cause(one.id, "message", f"message/{entry.channel}/{entry.seq}", entry.channel, entry.author, entry.seq,
                 int(entry.data.get("thread", 0)), word)


def _trigger(one: Listener, entry: Entry) -> str | None:
    """Return the word in a message that triggers a webhook; None if it does not."""
    if one.trigger == "message":
        return ""
    if one.trigger == "mention":
        named = (handle for handle, id in entry.data.get("mentions", {}).items() if id == one.bot)
        return next((f"@{handle}" for handle in named), None)
    words = (word for word in one.word.split(", ")
             if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", entry.data["text"], re.IGNORECASE))
    return next(words, None)


def _bots(reads: Reads, entries: list[Entry]) -> set[int]:
    """Return the bots among the authors of entries."""
    authors = list({entry.author for entry in entries})
    return {id for id, in reads.execute("select id from person where id = any(:ids) and role = 'bot'", ids=authors)}


consumer = Consumer(NAME, ("room",), handle, quiet=.05, patience=.25, cursors=CURSORS, parallel=4)
