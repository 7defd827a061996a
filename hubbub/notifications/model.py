"""What a person is told: entries of their inbox, settled once by whatever device sees them first.

A notification is appended in the transaction that causes it, under a key made from the cause, so that a retry of the
cause tells nobody twice.  It is settled by itself, or by reading what it is about; that is an entry too, so every
device hears of it.
"""

import re
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal, NamedTuple

from hubbub import slices
from hubbub.core import access, cursors, db, hub, log, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.people import model as people

TEXT_LIMIT = 300  # characters of what caused it
TARGETS = 1000  # that one entry settles
ALL = 2**53
QUIETER = ("direct", "message")  # what the level "mentions" leaves out

Level = Literal["everything", "mentions", "nothing", ""]

MARKS = tuple((re.compile(pattern, re.MULTILINE), words) for pattern, words in (
    (r"^[ \t]*(?:#{1,6}|>|[-*+]|\d{1,3}\.)[ \t]+", ""), (r"\[([^\]\n]{0,200})\]\([^)\s]{0,500}\)", r"\1"),
    (r"\*\*|__|~~|`+", "")))

heard: list[Callable[[int], None]] = []  # called with the person once a notification is committed


class Cause(NamedTuple):
    """Why somebody is told; `target` is an entry of `channel`, and reading it settles the notification."""

    kind: str  # mention, direct, reply, message, document, alert, script
    author: int  # 0: Hubbub itself
    key: str  # the same for the same cause
    channel: str = ""
    target: int = 0
    root: int = 0  # the thread that must be read, where reading the channel is not enough
    title: str = ""
    text: str = ""
    url: str = ""


def plain(text: str) -> str:
    """The words of a text without the marks of Markdown, as inboxes and push services show them."""
    for pattern, words in MARKS:
        text = pattern.sub(words, text)
    return text.strip()[:TEXT_LIMIT]


def inbox(person: int) -> str:
    """The channel of what this person is told."""
    return f"inbox:{person}"


@access.rule("inbox")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """One's inbox is nobody else's, and nothing is posted there."""
    return verb == "read" and name == str(person)


def notify(tx: db.Transaction, person: int, cause: Cause) -> Entry | None:
    """Tell a person; None where they want no word of it, or did it themselves.  The same cause tells them once."""
    if person == cause.author or not _wants(tx, person, cause):
        return None
    channel = inbox(person)
    if first := log.again(tx, channel, cause.author, cause.key):
        return first
    data = {"cause": cause.kind, "channel": cause.channel, "target": cause.target, "root": cause.root,
            "title": cause.title, "text": plain(cause.text[:4 * TEXT_LIMIT]), "url": cause.url}
    entry = log.append(tx, channel, "notification", data, author=cause.author, key=cause.key, counts=True, fresh=True)
    tx.execute("insert into notification (person, seq, channel, target, root) "
               "values (:person, :seq, :channel, :target, :root)",
               person=person, seq=entry.seq, channel=cause.channel, target=cause.target, root=cause.root)
    tx.after_commit(lambda: _tell(person))
    return entry


def _wants(reads: Reads, person: int, cause: Cause) -> bool:
    rows = reads.execute("select coalesce(level.level, '') from person left join level on level.person = person.id "
                         "and level.channel = :channel where person.id = :person and person.banned is null",
                         person=person, channel=cause.channel)
    level = rows[0][0] if rows else "nothing"
    return not (level == "nothing" or level == "mentions" and cause.kind in QUIETER)


def _tell(person: int) -> None:
    for call in heard:
        call(person)


def settle_channel(tx: db.Transaction, person: int, channel: str, up_to: int) -> None:
    """The person has read a channel up to an entry: nothing about it is news any more."""
    rows = tx.execute("select seq from notification where person = :person and channel = :channel and root = 0 "
                      "and target <= :up_to and settled is null", person=person, channel=channel, up_to=up_to)
    _settle(tx, person, (seq for seq, in rows))


def settle_thread(tx: db.Transaction, person: int, channel: str, root: int, up_to: int) -> None:
    """The same for a thread."""
    rows = tx.execute("select seq from notification where person = :person and channel = :channel and root = :root "
                      "and target <= :up_to and settled is null",
                      person=person, channel=channel, root=root, up_to=up_to)
    _settle(tx, person, (seq for seq, in rows))


def leave(tx: db.Transaction, person: int, channel: str) -> None:
    """The person is no longer there: nothing about it waits for them, and how loud it was is forgotten."""
    rows = tx.execute("select seq from notification where person = :person and channel = :channel "
                      "and settled is null", person=person, channel=channel)
    _settle(tx, person, (seq for seq, in rows))
    tx.execute("delete from level where person = :person and channel = :channel", person=person, channel=channel)


def settle(person: int, seqs: Iterable[int]) -> None:
    """Mark notifications as read, each by itself; what is settled already, or none of theirs, is left alone."""
    with db.transaction() as tx:
        wanted = [seq for seq in dict.fromkeys(seqs) if tx.execute(
            "select 1 from notification where person = :person and seq = :seq and settled is null",
            person=person, seq=seq)]
        _settle(tx, person, wanted)


def settle_all(person: int) -> None:
    """Mark all that waits in the inbox as read."""
    with db.transaction() as tx:
        rows = tx.execute("select seq from notification where person = :person and settled is null", person=person)
        _settle(tx, person, (seq for seq, in rows))


def _settle(tx: db.Transaction, person: int, seqs: Iterable[int], gone: bool = False) -> None:
    targets = sorted(seqs)
    for first in range(0, len(targets), TARGETS):
        some = targets[first:first + TARGETS]
        for seq in some:
            tx.execute("update notification set settled = :at where person = :person and seq = :seq",
                       person=person, seq=seq, at=time.time())
        log.append(tx, inbox(person), "settled", {"targets": some, **({"gone": True} if gone else {})},
                   author=person, key=secrets.token_hex(8), fresh=True)


def withdraw(tx: db.Transaction, channel: str, target: int) -> None:
    """What people were told of was deleted: their inboxes forget its words too."""
    rows = tx.execute("select person, seq, settled from notification where channel = :channel and target = :target",
                      channel=channel, target=target)
    for person, seq, _ in rows:
        log.blank(tx, inbox(person), [seq], {"gone": True})
        tx.execute("delete from notification where person = :person and seq = :seq", person=person, seq=seq)
        _settle(tx, person, [seq], gone=True)


def set_level(person: int, channel: str, level: Level) -> None:
    """How much of a channel the person is told of: everything, mentions, nothing; empty for what is usual there."""
    with db.transaction() as tx:
        access.check(tx, person, channel, "read")
        kind = slices.channel_kind(channel)
        if kind is None or not kind.has_levels:
            raise Refused("there is no level to choose for this", "bad_input")
        tx.execute("delete from level where person = :person and channel = :channel", person=person, channel=channel)
        if level:
            tx.execute("insert into level (person, channel, level) values (:person, :channel, :level)",
                       person=person, channel=channel, level=level)
        said = {"channel": channel, "level": level}
        tx.after_commit(lambda: hub.signal(cursors.own(person), "level", said))


def levels(reads: Reads, person: int) -> dict[str, str]:
    """The levels that a person chose, by channel."""
    return dict(reads.execute("select channel, level from level where person = :person", person=person))


def listeners(reads: Reads, channel: str) -> list[int]:
    """Who wants to be told of everything in a channel."""
    rows = reads.execute("select person from level where channel = :channel and level = 'everything' order by person",
                         channel=channel)
    return [person for person, in rows]


def unread(reads: Reads, person: int) -> int:
    """How many notifications wait."""
    [(count,)] = reads.execute("select count(*) from notification where person = :person and settled is null",
                               person=person)
    return int(count)


def is_open(reads: Reads, person: int, seq: int) -> bool:
    """Whether a notification still waits: it was neither read nor withdrawn."""
    return bool(reads.execute("select 1 from notification where person = :person and seq = :seq and settled is null",
                              person=person, seq=seq))


@windows.projection("inbox")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """What the person was told, oldest first, and how much of all of it waits."""
    person = int(channel.partition(":")[2])
    before = min(span.before, span.after + span.limit + 1) if span.after else span.before
    entries = log.newest(reads, channel, "notification", before, span.limit)
    waiting = {seq for seq, in reads.execute(
        "select seq from notification where person = :person and settled is null and seq >= :first",
        person=person, first=entries[0].seq if entries else ALL)}
    items = [{"seq": entry.seq, "at": entry.at, "author": entry.author, "settled": entry.seq not in waiting,
              **entry.data} for entry in entries if entry.seq > span.after]
    met = people.directory(reads, {entry.author for entry in entries})
    return {"items": items, "unread": unread(reads, person), "complete": len(entries) < span.limit,
            "people": {str(one.id): one for one in met}}
