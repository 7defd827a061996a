"""Reading: everything at once, and where a reader was before."""

from hubbub.chat import rooms
from hubbub.core import cursors, db


def read_all(person: int) -> dict[str, int]:
    """Move the cursor of every room with something unread to its head; returns where each was."""
    before: dict[str, int] = {}
    with db.transaction() as tx:
        known = {room.channel for room in rooms.mine(tx, person)}
        rows = tx.execute(
            "select channel.name, channel.head, coalesce(cursor.seq, 0) from channel left join cursor "
            "on cursor.channel = channel.name and cursor.person = :person where channel.n > coalesce(cursor.n, 0)",
            person=person)
        for channel, head, seq in rows:
            if channel in known:
                before[channel] = seq
                cursors.move(tx, person, channel, head)
    return before
