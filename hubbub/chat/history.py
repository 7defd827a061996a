"""Older messages of another program, stored in sets, as if they had been posted here at the time.

The entries, tables, numbers and words to search for are those that `messages` would have written.  Nobody is notified,
and people who had read everything still have.  The caller has locked the room.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from hubbub import short_text
from hubbub.chat import members, messages, rooms, search, threads
from hubbub.core import cursors, db, log
from hubbub.core.log import Entry
from hubbub.people import model as people
from hubbub.people.handles import EVERYBODY

ROOM = """insert into room (kind, name, folded, topic, people, created_by, since)
    values (:kind, :name, :folded, :topic, :people, :by, :at) returning id"""
MEMBERS = """insert into member (room, person, role, since)
    select cast(:room as bigint), person, role, cast(:at as double precision)
    from each(:rows) as joining(person bigint, role text) where true
    on conflict (room, person) do nothing returning person"""
CURSORS = """insert into cursor (channel, person, seq, n, version)
    select channel.name, joined.person, channel.head, channel.n, 1 from each(:rows) as joined(person bigint)
    join channel on channel.name = :channel where true on conflict (channel, person) do nothing"""
READ = """update cursor set seq = :head, n = :n, version = version + 1
    where channel = :channel and n >= :before returning person, seq, n, version"""
MENTIONS = """insert into mention (person, channel, seq) select person, :channel, seq
    from each(:rows) as mentioned(person bigint, seq bigint) where true on conflict (person, channel, seq) do nothing"""
TEXTS = """insert into message (channel, seq, text, mentions, edited) select :channel, seq, text, mentions, edited
    from each(:rows) as edit(seq bigint, text text, mentions text, edited double precision) where true
    on conflict (channel, seq) do update set text = excluded.text, mentions = excluded.mentions,
    edited = excluded.edited"""
EDITS = """insert into edit (channel, target, seq) select :channel, target, seq
    from each(:rows) as edit(target bigint, seq bigint)"""
REACTIONS = """insert into reaction (channel, seq, emoji, person, at) select :channel, seq, emoji, person, at
    from each(:rows) as reacted(seq bigint, emoji text, person bigint, at bigint) where true
    on conflict (channel, seq, emoji, person) do nothing"""
DELETED = """insert into message (channel, seq, deleted) select :channel, seq, deleted
    from each(:rows) as gone(seq bigint, deleted double precision) where true
    on conflict (channel, seq) do update set deleted = excluded.deleted"""
UNCOUNTED = "insert into uncounted (counter, n) select :channel, n from each(:rows) as gone(n bigint)"
PINNED = """insert into message (channel, seq, pinned, pinner) select :channel, seq, pinned, pinner
    from each(:rows) as pin(seq bigint, pinned double precision, pinner bigint) where true
    on conflict (channel, seq) do update set pinned = excluded.pinned, pinner = excluded.pinner"""
ROOTS = """select entry.seq, entry.author, coalesce(replies, 0), coalesce(faces, '') from entry left join message
    on message.channel = entry.channel and message.seq = entry.seq
    where entry.channel = :channel and entry.seq = any(:roots)"""
REPLIES = """insert into reply (channel, root, seq, nth, author) select :channel, root, seq, nth, author
    from each(:rows) as answer(root bigint, seq bigint, nth bigint, author bigint)"""
COUNTED = """insert into message (channel, seq, replies, newest_reply, replied, faces)
    select :channel, seq, replies, newest, replied, faces from each(:rows) as root(seq bigint, replies bigint,
    newest bigint, replied double precision, faces text) where true on conflict (channel, seq)
    do update set replies = excluded.replies, newest_reply = excluded.newest_reply, replied = excluded.replied,
    faces = excluded.faces"""
FOLLOWERS_READ = """update follower set seq = moved.seq, n = moved.n, version = version + 1
    from each(:rows) as moved(root bigint, before bigint, seq bigint, n bigint)
    where follower.channel = :channel and follower.root = any(:roots) and follower.root = moved.root
    and follower.n = moved.before"""
FOLLOWERS = """insert into follower (channel, root, person, seq, n, version) select :channel, root, person, seq, n, 1
    from each(:rows) as joined(root bigint, person bigint, seq bigint, n bigint) where true
    on conflict (channel, root, person) do nothing"""


class Past(NamedTuple):
    """Something that happened: its id there, the entry it becomes, and the id of the message that it is about."""

    id: str
    at: float
    kind: str  # as that of an entry
    author: int
    key: str
    data: dict[str, Any]
    target: str = ""  # of a message, the first one of its thread
    quote: str = ""  # the message that it quotes


class Thread:
    """A thread that gets more replies."""

    def __init__(self, author: int, replies: int, faces: str) -> None:
        self.before = self.replies = replies
        self.faces = faces.split(",") if faces else []
        self.newest: Entry | None = None
        self.followers = set() if replies else {author} - {people.SYSTEM}

    def add(self, reply: Entry, mentioned: Iterable[int]) -> int:
        """Count a reply; return which one it is."""
        self.replies, self.newest = self.replies + 1, reply
        if str(reply.author) not in self.faces:
            self.faces = [*self.faces, str(reply.author)][:threads.FACES]
        self.followers |= {reply.author, *mentioned}
        return self.replies


def create_room(tx: db.Transaction, kind: str, name: str, topic: str, by: int, at: float, between: str | None) -> int:
    """Create a room as of then, without members; `between` are the sorted ids of the people of a direct."""
    [(room,)] = tx.execute(ROOM, kind=kind, name=name, folded=short_text.fold(name), topic=topic, by=by, at=at,
                           people=between)
    appender = log.Appender(tx, [f"room:{room}"])
    appender.add(f"room:{room}", "created", {}, author=by, key=log.server_key("created"), at=at)
    appender.store()
    return int(room)


def add_members(tx: db.Transaction, room: int, roles: Iterable[tuple[int, str]], at: float) -> list[int]:
    """Add people to a room, with everything in it as read; return those who were not in it."""
    new = [person for person, in tx.execute(MEMBERS, room=room, at=at, rows=[*roles])]
    if new:
        tx.execute(CURSORS, channel=f"room:{room}", rows=[(person,) for person in new])
    return new


def tell_members(tx: db.Transaction, room: int, some: Collection[int]) -> None:
    """Send a room as it is now to the devices of these members."""
    known = tx.execute("select distinct person from sign_in where person = any(:some) order by person",
                       some=[*some]) if some else []
    tx.lock(*(cursors.user_channel(person) for person, in known))
    for person, in known:
        members.send_room(tx, person, room)


def store(tx: db.Transaction, channel: str, past: Sequence[Past], places: dict[str, int],
          is_mentionable: Callable[[int], bool]) -> Entry | None:
    """Store what happened in a room, in this order; return the last entry.

    `places` are the seqs of messages by their ids there; it gets those of the new entries.  A message that was stored
    before and is deleted now is deleted as of now.
    """
    [(head, before)] = tx.execute("select head, n from channel where name = :channel", channel=channel) or [(0, 0)]
    appender = log.Appender(tx, [channel])
    by_kind: dict[str, list[tuple[Past, Entry]]] = {}
    entry, numbers = None, dict[int, int]()
    late = {one.id: one for one in past if one.kind == "deleted" and one.target in places}
    for one in past:
        if one.id in late:
            continue
        entry = _add(appender, channel, one, places, numbers)
        by_kind.setdefault("message" if one.kind == "reply" else one.kind, []).append((one, entry))
    appender.store(all_at_once=True)
    _store_messages(tx, channel, head, [entry for _, entry in by_kind.get("message", ())], is_mentionable)
    _store_changes(tx, channel, by_kind)
    for one in late.values():
        entry = messages.erase(tx, messages.find(tx, channel, places[one.target]), one.author, one.key)
        places[one.id] = entry.seq
    if entry is None:
        return None
    for row in tx.execute(READ, channel=channel, head=entry.seq, n=entry.n, before=before):
        cursors.tell(tx, row[0], (channel, *row[1:]))
    return entry


def _add(appender: log.Appender, channel: str, one: Past, places: dict[str, int], numbers: dict[int, int]) -> Entry:
    """Number an entry, with the seq of the message that it is about; `numbers` has the `n` of the new entries."""
    data = one.data
    if one.target:
        data = data | {"thread" if one.kind in ("message", "reply") else "target": places[one.target]}
    if one.quote in places:
        data = data | {"quote": places[one.quote]}
    if one.kind == "deleted":
        data = data | {"n": numbers[data["target"]]}
    entry = appender.add(channel, one.kind, data, author=one.author, key=one.key, counts=one.kind == "message",
                         at=one.at)
    places[one.id], numbers[entry.seq] = entry.seq, entry.n
    return entry


def _store_messages(tx: db.Transaction, channel: str, head: int, entries: list[Entry],
                    is_mentionable: Callable[[int], bool]) -> None:
    mentioned = {entry.seq: [id for name, id in entry.data["mentions"].items() if name != "here"
                             and id != entry.author and (id == EVERYBODY or is_mentionable(id))]
                 for entry in entries if "mentions" in entry.data}
    if rows := [(person, seq) for seq, some in mentioned.items() for person in some]:
        tx.execute(MENTIONS, channel=channel, rows=rows)
    _store_threads(tx, channel, head, [entry for entry in entries if "thread" in entry.data], mentioned)
    search.add(tx, [entry for entry in entries if "text" in entry.data])


def _store_threads(tx: db.Transaction, channel: str, head: int, replies: list[Entry],
                   mentioned: dict[int, list[int]]) -> None:
    """Count replies; the threads that start after `head` are new, and so have no followers yet."""
    if not replies:
        return
    found = {seq: Thread(*row) for seq, *row in tx.execute(
        ROOTS, channel=channel, roots=sorted({entry.data["thread"] for entry in replies}))}
    rows = []
    for entry in replies:
        root = entry.data["thread"]
        nth = found[root].add(entry, {*mentioned.get(entry.seq, ())} - {EVERYBODY})
        rows.append((root, entry.seq, nth, entry.author))
    tx.execute(REPLIES, channel=channel, rows=rows)
    moved, counted, followers = [], [], []
    for root, thread in found.items():
        assert thread.newest
        if root <= head:
            moved.append((root, thread.before, thread.newest.seq, thread.replies))
        counted.append((root, thread.replies, thread.newest.seq, thread.newest.at, ",".join(thread.faces)))
        followers += [(root, person, thread.newest.seq, thread.replies) for person in sorted(thread.followers)]
    tx.execute(COUNTED, channel=channel, rows=counted)
    if moved:
        tx.execute(FOLLOWERS_READ, channel=channel, rows=moved, roots=[row[0] for row in moved])
    tx.execute(FOLLOWERS, channel=channel, rows=followers)


def _store_changes(tx: db.Transaction, channel: str, by_kind: dict[str, list[tuple[Past, Entry]]]) -> None:
    """Store what changed messages, in the tables that lie over their entries."""
    def rows(kind: str) -> list[tuple[dict[str, Any], Entry]]:
        return [(entry.data, entry) for _, entry in by_kind.get(kind, ())]

    if edited := rows("edited"):
        tx.execute(TEXTS, channel=channel, rows=[
            (data["target"], data["text"], msgspec.json.encode(data.get("mentions", {})).decode(), entry.at)
            for data, entry in edited])
        tx.execute(EDITS, channel=channel, rows=[(data["target"], entry.seq) for data, entry in edited])
    if reacted := rows("reacted"):
        tx.execute(REACTIONS, channel=channel, rows=[
            (data["target"], data["emoji"], entry.author, entry.seq) for data, entry in reacted])
    if deleted := rows("deleted"):
        tx.execute(DELETED, channel=channel, rows=[(data["target"], entry.at) for data, entry in deleted])
        tx.execute(UNCOUNTED, channel=channel, rows=[(data["n"],) for data, _ in deleted])
    if pinned := rows("pinned"):
        tx.execute(PINNED, channel=channel, rows=[(data["target"], entry.at, entry.author) for data, entry in pinned])
    for _, entry in by_kind.get("archived", ()):
        tx.execute("update room set archived = :at where id = :room", at=entry.at, room=rooms.number(channel))
