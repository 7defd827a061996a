"""Messages that a person saved for later; only they see which, on all their devices."""

from hubbub.chat import messages, rooms
from hubbub.core import cursors, db, hub, node
from hubbub.core.access import Reads, Refused

LIMIT = 1000  # messages that one person has saved

SAVE = """insert into saved (person, channel, seq, at, version) values (:person, :channel, :seq, :at, 1)
    on conflict (person, channel, seq) do update set at = :at, version = saved.version + 1 returning version"""
COUNT = "select count(*) from saved where person = :person and at is not null"
MINE = f"""select channel, seq, version from saved where person = :person and at is not null
    and channel in (select 'room:' || id from {rooms.READABLE} as readable) order by at desc"""


def save(person: int, channel: str, seq: int, on: bool) -> None:
    """Save a message, or remove it from the saved ones; the last call wins."""
    with db.transaction(cursors.user_channel(person)) as tx:
        rooms.check(tx, person, channel, "read")
        if on:
            messages.find(tx, channel, seq)
        at = node.now() if on else None
        [(version,)] = tx.execute(SAVE, person=person, channel=channel, seq=seq, at=at)
        if on and tx.execute(COUNT, person=person)[0][0] > LIMIT:
            raise Refused("error.too_many_saved", "too_large", limit=LIMIT)
        data = {"channel": channel, "seq": seq, "on": on, "version": version}
        tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "saved", data))


def mine(reads: Reads, person: int) -> list[tuple[str, int, int]]:
    """Return the channel, seq and version of what a person saved and may still read, the last saved first."""
    return [(channel, seq, version) for channel, seq, version in reads.execute(MINE, person=person)]
