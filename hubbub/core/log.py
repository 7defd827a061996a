"""Stored channels: append-only entries numbered 1, 2, 3 … without holes, read in order or from their end."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

import msgspec

from hubbub.core import db, hub, node
from hubbub.core.access import Reads, Refused

ENTRY_LIMIT = 64 * 1024
PAGE_ENTRIES, PAGE_BYTES = 200, 128 * 1024

COLUMNS = "channel, seq, n, kind, author, at, key, data"


class Entry(msgspec.Struct, frozen=True):
    """One entry, in the one shape that is pushed, read, served and exported; `at` is UTC seconds."""

    channel: str
    seq: int
    n: int
    kind: str
    author: int
    at: float
    key: str
    data: Any


class Cursor(NamedTuple):
    """A position in a channel: everything up to and including `seq`; the key tells this history from a restored one."""

    seq: int
    key: str


START = Cursor(0, "")


def server_key(*parts: object) -> str:
    """Return a key for an entry that the server appends for a person; no client can send a key of this form."""
    return "!" + "/".join(map(str, parts))


def append(tx: db.Transaction, channel: str, kind: str, data: Any, *, author: int, key: str,
           counts: bool = False, is_new: bool = False, limit: int = ENTRY_LIMIT) -> Entry:
    """Add an entry, which is published when `tx` commits, and return it; for a repeated key, return the first entry.

    `key` is the author's idempotency key in this channel.  `counts` makes the entry unread for people who have not
    seen it.  `is_new` says that the caller has called `find_duplicate` already, after it locked the channel.  Refused
    over `limit` bytes of JSON.
    """
    if not is_new:
        tx.lock(channel)
        if first := find_duplicate(tx, channel, author, key):
            return first
    packed = _pack(data, limit)
    at = node.now()
    seq, n = _insert(tx, channel=channel, counts=int(counts), kind=kind, author=author, at=at, key=key, data=packed)
    entry = Entry(channel, seq, n, kind, author, at, key, data)
    tx.after_commit(lambda: hub.publish(entry))
    return entry


def _pack(data: Any, limit: int) -> str:
    packed = msgspec.json.encode(data)
    if len(packed) > limit:
        raise Refused("error.entry_too_long", "too_large", limit=limit // 1024)
    return packed.decode()


class Appender:
    """Adds many entries, with different data, to channels that `tx` has locked: numbers them first, then stores all.

    The keys must be new, see `find_duplicates`.
    """

    def __init__(self, tx: db.Transaction, channels: Iterable[str]) -> None:
        self._tx = tx
        self._at = node.now()
        rows = tx.execute(ENDS, channels=[(channel,) for channel in {*channels}])
        self._ends = {channel: (head, n) for channel, head, n in rows}
        self._entries: list[Entry] = []
        self._rows: list[tuple[Any, ...]] = []

    def add(self, channel: str, kind: str, data: Any, *, author: int, key: str, counts: bool = False,
            at: float | None = None) -> Entry:
        """Number an entry and return it; refused if it is too long.  `at` is its time if it is not now."""
        packed = _pack(data, ENTRY_LIMIT)
        head, n = self._ends.get(channel, (0, 0))
        self._ends[channel] = seq, n = head + 1, n + counts
        entry = Entry(channel, seq, n, kind, author, self._at if at is None else at, key, data)
        self._entries.append(entry)
        self._rows.append((channel, seq, n, kind, author, entry.at, key, packed))
        return entry

    def store(self, all_at_once: bool = False) -> None:
        """Store the entries that were added; they are published when the transaction commits.

        With `all_at_once`, only the last one is published: readers, for whom it does not follow, read the log.
        """
        if not self._rows:
            return
        used = {entry.channel for entry in self._entries}
        self._tx.execute(END, ends=[(channel, *self._ends[channel]) for channel in used])
        self._tx.execute(STORE, entries=self._rows)
        for entry in self._entries[-1:] if all_at_once else self._entries:
            self._tx.after_commit(partial(hub.publish, entry))


ENDS = "select channel.name, head, n from each(:channels) as used(name text) join channel on channel.name = used.name"
STORE = """insert into entry (channel, seq, n, kind, author, at, key, data)
    select channel, seq, n, kind, author, at, key, data from each(:entries) as entry(channel text, seq bigint,
    n bigint, kind text, author bigint, at double precision, key text, data text)"""
END = """insert into channel (name, head, n) select name, head, n from each(:ends) as ended(name text, head bigint,
    n bigint) where true on conflict (name) do update set head = excluded.head, n = excluded.n"""


FRESH = """(select source.channel, source.data from ({source}) as source where not exists (select 1 from entry
    where entry.channel = source.channel and entry.author = :author and entry.key = :key))"""
NUMBER = """insert into channel (name, head, n) select fresh.channel, 1, cast(:counts as bigint) from {fresh} as fresh
    where true order by fresh.channel on conflict (name)
    do update set head = channel.head + 1, n = channel.n + :counts"""
INSERT = f"""insert into entry ({COLUMNS}) select name, head, n, :kind, :author, :at, :key, fresh.data
    from {{fresh}} as fresh join {{numbered}} as channel on channel.name = fresh.channel returning {COLUMNS}"""


def append_each(tx: db.Transaction, source: str, kind: str, *, author: int, key: str, counts: bool = False,
                **values: Any) -> list[str]:
    """Add an entry to each channel of `source`, a select of (channel, data), with as many statements for any number.

    `values` are the parameters of `source`.  A channel in which `author` used `key` before gets none.  Return the
    channels that got one.
    """
    values |= {"author": author, "key": key, "counts": int(counts), "kind": kind, "at": node.now()}
    fresh = FRESH.format(source=source)
    if db.dialect() == "sqlite":
        tx.execute(NUMBER.format(fresh=fresh), **values)
        insert = INSERT.format(fresh=fresh, numbered="channel")
    else:  # in one statement, which sees one state of what other transactions change
        insert = (f"with fresh as materialized {fresh}, numbered as ({NUMBER.format(fresh='fresh')} "
                  f"returning name, head, n) {INSERT.format(fresh='fresh', numbered='numbered')}")
    rows = tx.execute(insert, **values)
    tx.after_commit(lambda: hub.publish_each(rows, entry_of))
    return [row[0] for row in rows]


def find_duplicate(tx: db.Transaction, channel: str, author: int, key: str) -> Entry | None:
    """Return the entry that `author` already appended under this key; its effects need no repeating."""
    first = find(tx, channel, author, key)
    if first:
        tx.after_commit(lambda: hub.republish(first))
    return first


DUPLICATES = f"""select {', '.join(f'entry.{name}' for name in COLUMNS.split(', '))} from each(:keys) as used(
    channel text, author bigint, key text) join entry on entry.channel = used.channel and entry.author = used.author
    and entry.key = used.key"""


def find_duplicates(tx: db.Transaction, keys: Sequence[tuple[str, int, str]]) -> dict[tuple[str, int, str], Entry]:
    """Return the entries that were already appended under these channels, authors and keys."""
    found = {}
    for row in tx.execute(DUPLICATES, keys=keys):
        entry = entry_of(row)
        found[entry.channel, entry.author, entry.key] = entry
        tx.after_commit(partial(hub.republish, entry))
    return found


def blank(tx: db.Transaction, channel: str, seqs: Iterable[int], left: Any = None) -> None:
    """Replace the data of entries by `left`, in place; numbers, kinds, authors and times stay."""
    blanked = list(seqs)
    tx.execute("update entry set data = :data where channel = :channel and seq = any(:seqs)",
               channel=channel, seqs=blanked, data=msgspec.json.encode(left or {}).decode())
    tx.after_commit(lambda: hub.evict_frames(channel, max(blanked, default=0)))


NEXT = """insert into channel (name, head, n) values (:channel, 1, :counts) on conflict (name)
    do update set head = channel.head + 1, n = channel.n + :counts returning head, n"""
VALUES = f"insert into entry ({COLUMNS}) values (:channel, :seq, :n, :kind, :author, :at, :key, :data)"
IN_ONE = f"""with next as ({NEXT}) insert into entry ({COLUMNS})
    select :channel, head, n, :kind, :author, :at, :key, :data from next returning seq, n"""


def _insert(tx: db.Transaction, **values: Any) -> tuple[int, int]:
    """Insert an entry and return its seq and n; without holes, because the channel's row is locked until the commit."""
    if db.dialect() == "sqlite":
        [(seq, n)] = tx.execute(NEXT, channel=values["channel"], counts=values["counts"])
        tx.execute(VALUES, seq=seq, n=n, **values)
    else:
        [(seq, n)] = tx.execute(IN_ONE, **values)
    return seq, n


def find(reads: Reads, channel: str, author: int, key: str) -> Entry | None:
    """Return the entry that `author` appended here under `key`, if there is one."""
    rows = reads.execute(f"select {COLUMNS} from entry where channel = :channel and author = :author and key = :key",
                         channel=channel, author=author, key=key)
    return entry_of(rows[0]) if rows else None


def read(reads: Reads, channel: str, after: int, limit: int = PAGE_ENTRIES) -> list[Entry]:
    """Return the next entries after `after`, oldest first: at most `limit`, and at most 128 KB beyond the first."""
    rows = reads.execute(f"select {COLUMNS} from entry where channel = :channel and seq > :after "
                         "order by seq limit :limit", channel=channel, after=after, limit=limit)
    size = 0
    page: list[Entry] = []
    for row in rows:
        size += len(row[-1])
        if page and size > PAGE_BYTES:
            break
        page.append(entry_of(row))
    return page


def newest(reads: Reads, channel: str, kind: str, before: int, limit: int) -> list[Entry]:
    """Return the last `limit` entries of a kind with a seq below `before`, oldest first."""
    rows = reads.execute(f"select {COLUMNS} from entry where channel = :channel and kind = :kind and seq < :before "
                         "order by seq desc limit :limit", channel=channel, kind=kind, before=before, limit=limit)
    return [entry_of(row) for row in reversed(rows)]


def head(reads: Reads, channel: str) -> Cursor:
    """Return the cursor at the channel's newest entry; `START` for an empty channel."""
    rows = reads.execute("select seq, key from entry where channel = :channel order by seq desc limit 1",
                         channel=channel)
    return Cursor(*rows[0]) if rows else START


def last_before(reads: Reads, channel: str, at: float) -> int:
    """Return the seq of the last entry before a moment.  Times grow with the numbers, so a few reads find it."""
    low, high = 1, head(reads, channel).seq + 1
    while low < high:
        middle = (low + high) // 2
        rows = reads.execute("select at from entry where channel = :channel and seq = :seq",
                             channel=channel, seq=middle)
        low, high = (middle + 1, high) if rows and rows[0][0] < at else (low, middle)
    return low - 1


def heads(reads: Reads, channels: Sequence[str]) -> dict[str, Cursor]:
    """The cursors at the newest entries of many channels, in one look; those nobody has spoken in are left out."""
    rows = reads.execute("select name, head, key from channel join entry on channel = name and seq = head "
                         "where name = any(:channels)", channels=list(channels)) if channels else []
    return {channel: Cursor(seq, key) for channel, seq, key in rows}


def ends(reads: Reads, channels: Sequence[str]) -> list[Entry]:
    """Return the last two entries of each of many channels, the older one first."""
    rows = reads.execute(f"select {', '.join(f'entry.{name}' for name in COLUMNS.split(', '))} from channel join entry "
                         "on channel = name and seq >= head - 1 where name = any(:channels) order by channel, seq",
                         channels=list(channels)) if channels else []
    return [entry_of(row) for row in rows]


def holds(reads: Reads, channel: str, cursor: Cursor) -> bool:
    """Return whether a cursor belongs to this history: its entry is here, under that key."""
    rows = reads.execute("select key from entry where channel = :channel and seq = :seq",
                         channel=channel, seq=cursor.seq)
    return rows == [(cursor.key,)] or cursor.seq == 0


def entry_of(row: tuple[Any, ...]) -> Entry:
    """Return the entry in a row of `COLUMNS`."""
    channel, seq, n, kind, author, at, key, data = row
    return Entry(channel, seq, n, kind, author, at, key, msgspec.json.decode(data))
