"""Read cursors: how far a person has read a channel; unread counts follow from them, without a row per message."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from hubbub.core import db, hub
from hubbub.core.access import Reads, Refused


def user_channel(person: int) -> str:
    """Return the channel of a person's state, which only they read, on all of their devices."""
    return f"user:{person}"


def move(tx: db.Transaction, person: int, channel: str, seq: int, n: int | None = None) -> int:
    """Move a cursor to `seq`, forwards or backwards, and return its version; the last write wins.

    The signal `cursor` tells the person's other devices; a device with a higher version ignores it.  Passing the
    entry's `n` saves a query.
    """
    n = count_at(tx, channel, seq) if n is None else n
    [(version,)] = tx.execute(
        "insert into cursor (channel, person, seq, n, version) values (:channel, :person, :seq, :n, 1) "
        "on conflict (channel, person) do update set seq = :seq, n = :n, version = cursor.version + 1 "
        "returning version", channel=channel, person=person, seq=seq, n=n)
    tell(tx, person, (channel, seq, n, version))
    return int(version)


def tell(tx: db.Transaction, person: int, row: tuple[Any, ...]) -> None:
    """Send a person's devices a cursor that moved: channel, seq, n and version."""
    moved = dict(zip(("channel", "seq", "n", "version"), row, strict=True))
    tx.after_commit(partial(hub.signal, user_channel(person), "cursor", moved))


MOVE_EACH = """insert into cursor (channel, person, seq, n, version) select channel, person, seq, n, 1
    from each(:moves) as move(person bigint, channel text, seq bigint, n bigint) where true
    on conflict (channel, person) do update set seq = excluded.seq, n = excluded.n, version = cursor.version + 1
    returning person, channel, seq, n, version"""


def move_each(tx: db.Transaction, moves: Iterable[tuple[int, str, int, int]]) -> None:
    """Move cursors, given as person, channel, seq and n; of several moves of one cursor, only the last is done."""
    last = {move[:2]: move for move in moves}
    for person, *row in tx.execute(MOVE_EACH, moves=sorted(last.values())) if last else ():
        tell(tx, person, tuple(row))


def move_to_heads(tx: db.Transaction, person: int, channels: list[str]) -> None:
    """Move the cursors of many channels to their heads."""
    rows = tx.execute(
        "insert into cursor (channel, person, seq, n, version) select name, cast(:person as bigint), head, n, 1 "
        "from channel where name = any(:channels) order by name on conflict (channel, person) "
        "do update set seq = excluded.seq, n = excluded.n, version = cursor.version + 1 "
        "returning channel, seq, n, version", person=person, channels=channels)
    for row in rows:
        tell(tx, person, row)


def count_at(reads: Reads, channel: str, seq: int) -> int:
    """Return the `n` of an entry, or 0 before the first; refuse if there is none."""
    rows = reads.execute("select n from entry where channel = :channel and seq = :seq", channel=channel, seq=seq)
    if not rows and seq != 0:
        raise Refused("error.entry_not_found", "not_found")
    return rows[0][0] if rows else 0


def read_up_to(reads: Reads, person: int, channel: str) -> int:
    """Return the seq up to which `person` has read; 0 for nothing yet."""
    rows = reads.execute("select seq from cursor where channel = :channel and person = :person",
                         channel=channel, person=person)
    return int(rows[0][0]) if rows else 0


def lock(tx: db.Transaction, person: int, channel: str) -> int:
    """Return the same, which stays true until the transaction moves the cursor."""
    rows = tx.execute("select seq from cursor where channel = :channel and person = :person for update",
                      channel=channel, person=person)
    return int(rows[0][0]) if rows else 0


def count(last: str, counter: str, n: str) -> str:
    """Return SQL for how many of the numbers after `n` up to `last` still count; all three are SQL too."""
    return f"({last} - {n} - (select count(*) from uncounted where counter = {counter} and uncounted.n > {n}))"


UNREAD = count("channel.n", "channel.name", "coalesce(cursor.n, 0)")


def unread(reads: Reads, person: int, channel: str) -> int:
    """Return how many of the entries that count are unread by `person`."""
    rows = reads.execute(f"select {UNREAD} from channel left join cursor on cursor.channel = channel.name "
                         "and cursor.person = :person where channel.name = :channel", channel=channel, person=person)
    return int(rows[0][0]) if rows else 0


def uncount(tx: db.Transaction, counter: str, n: int) -> None:
    """Stop counting an entry that was deleted as unread."""
    tx.execute("insert into uncounted (counter, n) values (:counter, :n)", counter=counter, n=n)
