"""Threads: the replies to a message, their followers, and how far each follower has read."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from hubbub.chat import reading, rooms
from hubbub.core import access, cursors, db, hub, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.notifications import model as notifications
from hubbub.notifications import rules
from hubbub.notifications.rules import Rule
from hubbub.people import model as people

COUNTER = "follower.channel || '/' || follower.root"
UNREAD = cursors.count("message.replies", COUNTER, "follower.n")
FOLLOW = """insert into follower (channel, root, person, seq, n, version)
    select :channel, cast(:root as bigint), id, cast(:seq as bigint), cast(:n as bigint), 1 from person
    where id = any(:people) and not exists (select 1 from rule where rule.person = person.id and rule.kind = 'thread'
    and rule.channel = :channel and rule.root = :root and rule.level = 'muted')
    on conflict (channel, root, person) do nothing returning person"""
FACES = 5  # people shown at the root, in the order in which they first replied


def root(tx: db.Transaction, channel: str, seq: int) -> Entry:
    """Return the root message of a thread; refuse a deleted message and a reply."""
    entry = _first(tx, channel, seq)
    if "text" in entry.data and "thread" not in entry.data:
        return entry
    raise Refused("error.thread_not_found", "not_found")


def add_reply(tx: db.Transaction, root: Entry, reply: Entry, mentioned: list[int]) -> None:
    """Count a reply at its root; let its author, those it mentions and the root's author follow the thread."""
    rows = tx.execute("select replies, faces from message where channel = :channel and seq = :seq",
                      channel=root.channel, seq=root.seq)
    before, faces = rows[0] if rows else (0, "")
    seen = faces.split(",") if faces else []
    if str(reply.author) not in seen:
        seen = [*seen, str(reply.author)][:FACES]
    nth = before + 1
    tx.execute(
        "insert into message (channel, seq, replies, newest_reply, replied, faces) "
        "values (:channel, :seq, :nth, :newest, :at, :faces) on conflict (channel, seq) "
        "do update set replies = :nth, newest_reply = :newest, replied = :at, faces = :faces",
        channel=root.channel, seq=root.seq, nth=nth, newest=reply.seq, at=reply.at, faces=",".join(seen))
    tx.execute("insert into reply (channel, root, seq, nth, author) values (:channel, :root, :seq, :nth, :author)",
               channel=root.channel, root=root.seq, seq=reply.seq, nth=nth, author=reply.author)
    first = [root.author] if nth == 1 and access.allows(tx, root.author, root.channel, "follow") else []
    others = {*first, *mentioned} - {people.SYSTEM, reply.author}
    _follow(tx, root, others, 0, before, (nth, reply.seq))  # those who stopped following stay so
    _follow(tx, root, [reply.author], reply.seq, nth, (nth, reply.seq))
    read(tx, reply.author, root.channel, root.seq, reply.seq)


def _follow(tx: db.Transaction, root: Entry, followers: Iterable[int], seq: int, n: int, now: tuple[int, int]) -> None:
    """Let people follow a thread, read up to `seq`, the nth reply; `now` is (number of replies, the newest one)."""
    if not followers:
        return
    new = tx.execute(FOLLOW, channel=root.channel, root=root.seq, people=list(followers), seq=seq, n=n)
    _signal(tx, [person for person, in new], "following", {
        "channel": root.channel, "root": root.seq, "on": True, "seq": seq, "n": n, "version": 1,
        "replies": now[0], "newest": now[1]})


def follow(person: int, channel: str, root: int, on: bool) -> None:
    """Follow a thread, with all earlier replies as read, or stop following it.  For members only."""
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "follow" if on else "read")
        rows = tx.execute("select replies, newest_reply from message where channel = :channel and seq = :root",
                          channel=channel, root=root)
        rules.forget(tx, person, Rule("thread", channel, root))
        if on:
            replies, newest = rows[0] if rows else (0, 0)
            _follow(tx, _first(tx, channel, root), [person], newest, replies, (replies, newest))
            return
        _unfollow(tx, person, channel, root)


def mute(person: int, channel: str, root: int) -> None:
    """Stop following a thread, and not follow it again when someone mentions the person in it."""
    with db.transaction(channel) as tx:
        rooms.check(tx, person, channel, "read")
        _first(tx, channel, root)
        _unfollow(tx, person, channel, root)
        rules.store(tx, person, Rule("thread", channel, root, level="muted"))


def _unfollow(tx: db.Transaction, person: int, channel: str, root: int) -> None:
    tx.execute("delete from follower where channel = :channel and root = :root and person = :person",
               channel=channel, root=root, person=person)
    _signal(tx, [person], "following", {"channel": channel, "root": root, "on": False})


def forget(tx: db.Transaction, channel: str, person: int) -> None:
    """Stop following the threads of a room for a person who left it."""
    tx.execute("delete from follower where person = :person and channel = :channel", person=person, channel=channel)


def _first(reads: Reads, channel: str, seq: int) -> Entry:
    """Return the root message of a thread, even if it was deleted since."""
    for entry in log.read(reads, channel, seq - 1, 1):
        if entry.seq == seq and entry.kind == "message":
            return entry
    raise Refused("error.thread_not_found", "not_found")


def read_up_to(person: int, channel: str, root: int, seq: int) -> None:
    """Set how far a follower has read a thread, also backwards; the last call wins."""
    with db.transaction() as tx:
        rooms.check(tx, person, channel, "read")
        read(tx, person, channel, root, seq)


def read(tx: db.Transaction, person: int, channel: str, root: int, seq: int) -> None:
    """Do the same inside a transaction; without following, only the notifications are marked as read."""
    rows = tx.execute("select n from follower where channel = :channel and root = :root and person = :person "
                      "for update", channel=channel, root=root, person=person)
    if not rows:
        notifications.mark_thread_read(tx, person, channel, root, seq)
        return
    [(n,)] = tx.execute("select coalesce(max(nth), 0) from reply where channel = :channel and root = :root "
                        "and seq <= :seq", channel=channel, root=root, seq=seq)
    [(version,)] = tx.execute("update follower set seq = :seq, n = :n, version = version + 1 where channel = :channel "
                              "and root = :root and person = :person returning version",
                              channel=channel, root=root, person=person, seq=seq, n=n)
    notifications.mark_thread_read(tx, person, channel, root, seq)
    data = {"channel": channel, "root": root, "seq": seq, "n": n, "version": version}
    if n < rows[0][0]:  # their devices may not have the deletions after it any more
        data["uncounted"] = reading.uncounted_in(tx, f"{channel}/{root}", n)
    _signal(tx, [person], "thread_cursor", data)


def uncount(tx: db.Transaction, channel: str, root: int, seq: int) -> int:
    """Stop counting a deleted reply as unread; return which reply of its thread it is."""
    [(nth,)] = tx.execute("select nth from reply where channel = :channel and root = :root and seq = :seq",
                          channel=channel, root=root, seq=seq)
    cursors.uncount(tx, f"{channel}/{root}", nth)
    return int(nth)


def cursor_of(reads: Reads, person: int, channel: str, root: int) -> list[int] | None:
    """Return how far a follower has read a thread: [seq, n, version]; None for others."""
    rows = reads.execute("select seq, n, version from follower where channel = :channel and root = :root "
                         "and person = :person", channel=channel, root=root, person=person)
    return list(rows[0]) if rows else None


def _signal(tx: db.Transaction, followers: list[int], kind: str, data: dict[str, Any]) -> None:
    if not followers:
        return
    data = {**data, "head": log.head(tx, data["channel"]).seq}
    for person in followers:
        tx.after_commit(partial(hub.signal, cursors.user_channel(person), kind, data))
