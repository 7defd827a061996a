"""How far a person has read, in one room or in all, and which unread messages mention them."""

from hubbub import slices
from hubbub.chat import rooms
from hubbub.core import access, cursors, db, hub, log
from hubbub.core.access import Reads, Refused
from hubbub.notifications import model as notifications

MENTIONS = 1000

UNREAD_MENTIONS = f"""select mention.channel, mention.seq from {rooms.JOINED} as held
    join mention on mention.channel = held.name and mention.person in (:person, 0)
    and mention.seq > coalesce((select cursor.seq from cursor where cursor.channel = held.name
    and cursor.person = :person), 0) where :person <> (select entry.author from entry
    where entry.channel = mention.channel and entry.seq = mention.seq)"""
NEWEST_MENTIONS = f"{UNREAD_MENTIONS} order by mention.seq desc limit :limit"
MENTIONS_IN = f"{UNREAD_MENTIONS} and held.name = :channel order by mention.seq desc limit :limit"
UNREAD = f"""select channel.name, coalesce(cursor.seq, 0) from {rooms.JOINED} as held
    join channel on channel.name = held.name
    left join cursor on cursor.channel = channel.name and cursor.person = :person
    where {cursors.UNREAD} > 0 or exists (select 1 from mention where mention.channel = channel.name
    and mention.person in (:person, 0) and mention.seq > coalesce(cursor.seq, 0))"""
MINE = f"""(select held.name as counter, coalesce(cursor.n, 0) as n from {rooms.JOINED} as held
    left join cursor on cursor.channel = held.name and cursor.person = :person union all
    select follower.channel || '/' || follower.root, follower.n from follower where follower.person = :person)"""
RUNS = """select counter, min(n), max(n) from (select uncounted.counter, uncounted.n, uncounted.n
    - row_number() over (partition by uncounted.counter order by uncounted.n) as run from {read} as mine
    join uncounted on uncounted.counter = mine.counter and uncounted.n > mine.n) as numbered
    group by counter, run order by counter, run"""
UNCOUNTED, UNCOUNTED_IN = RUNS.format(read=MINE), RUNS.format(read="(select :counter as counter, :n as n)")


def up_to(person: int, channel: str, seq: int) -> int:
    """Set how far a person has read, also backwards; the last call wins.  Return the cursor's version.

    When it goes back, their devices get the mentions and deletions after it again, since they may not have them.
    """
    with db.transaction() as tx:
        access.check(tx, person, channel, "read")
        kind = slices.channel_kinds().get(channel.partition(":")[0])
        if kind is None or not kind.has_levels:
            raise Refused("error.no_read_mark", "bad_input")
        before = cursors.lock(tx, person, channel)
        version = cursors.move(tx, person, channel, seq)
        notifications.mark_channel_read(tx, person, channel, seq)
        if seq < before:
            rows = tx.execute(MENTIONS_IN, person=person, channel=channel, limit=MENTIONS)
            data = {"channel": channel, "seqs": sorted({seq for _, seq in rows}),
                    "uncounted": uncounted_in(tx, channel, cursors.count_at(tx, channel, seq)),
                    "head": log.head(tx, channel).seq}
            tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "mentions", data))
        return version


def unread_mentions(reads: Reads, person: int) -> dict[str, list[int]]:
    """Return the unread messages of others that mention the person or their whole room, by channel."""
    found: dict[str, set[int]] = {}
    for channel, seq in reads.execute(NEWEST_MENTIONS, person=person, limit=MENTIONS):
        found.setdefault(channel, set()).add(seq)
    return {channel: sorted(seqs) for channel, seqs in sorted(found.items())}


def uncounted(reads: Reads, person: int) -> dict[str, list[tuple[int, int]]]:
    """Return the numbers that do not count any more after the person's cursors, as runs, by room and thread."""
    found: dict[str, list[tuple[int, int]]] = {}
    for counter, first, last in reads.execute(UNCOUNTED, person=person):
        found.setdefault(counter, []).append((first, last))
    return found


def uncounted_in(reads: Reads, counter: str, n: int) -> list[tuple[int, int]]:
    """Return the numbers of one counter after `n` that do not count any more, as runs."""
    return [(first, last) for _, first, last in reads.execute(UNCOUNTED_IN, counter=counter, n=n)]


def read_all(person: int) -> dict[str, int]:
    """Move the cursor of every room with something unread to its head; return where each was."""
    with db.transaction() as tx:
        rows = tx.execute(UNREAD, person=person)
        cursors.move_to_heads(tx, person, [channel for channel, _ in rows])
        notifications.mark_read_channels(tx, person)
    return dict(rows)
