"""How far a person has read, in one room or in all, and which unread messages mention them."""

from hubbub.chat import rooms
from hubbub.core import access, cursors, db, hub, log
from hubbub.core.access import Reads
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
    where channel.n > coalesce(cursor.n, 0) or exists (select 1 from mention where mention.channel = channel.name
    and mention.person in (:person, 0) and mention.seq > coalesce(cursor.seq, 0))"""


def up_to(person: int, channel: str, seq: int) -> int:
    """Set how far a person has read, also backwards; the last call wins.  Return the cursor's version.

    When it goes back, their devices get the mentions after it again, since they dropped those that were read.
    """
    with db.transaction() as tx:
        access.check(tx, person, channel, "read")
        before = cursors.read_up_to(tx, person, channel)
        version = cursors.move(tx, person, channel, seq)
        notifications.mark_channel_read(tx, person, channel, seq)
        if seq < before:
            rows = tx.execute(MENTIONS_IN, person=person, channel=channel, limit=MENTIONS)
            data = {"channel": channel, "seqs": sorted({seq for _, seq in rows}),
                    "head": log.head(tx, channel).seq}
            tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "mentions", data))
        return version


def unread_mentions(reads: Reads, person: int) -> dict[str, list[int]]:
    """Return the unread messages of others that mention the person or their whole room, by channel."""
    found: dict[str, set[int]] = {}
    for channel, seq in reads.execute(NEWEST_MENTIONS, person=person, limit=MENTIONS):
        found.setdefault(channel, set()).add(seq)
    return {channel: sorted(seqs) for channel, seqs in sorted(found.items())}


def read_all(person: int) -> dict[str, int]:
    """Move the cursor of every room with something unread to its head; return where each was."""
    with db.transaction() as tx:
        rows = tx.execute(UNREAD, person=person)
        cursors.move_to_heads(tx, person, [channel for channel, _ in rows])
        notifications.mark_read_channels(tx, person)
    return dict(rows)
