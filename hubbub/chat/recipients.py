"""The recipients of a notification: mentioned people, members of a direct, followers of the thread or the room."""

from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.core.log import Entry
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause

REASONS = ("message", "direct", "reply", "mention")  # a person is notified for the last one that applies
MOST = 2000  # people of the Lobby whom @room notifies: members before guests, the newest first

RECIPIENTS = f"""select person, max(reason) from (
    select level.person, 0 as reason from level join person on person.id = level.person and person.banned is null
        join room on room.id = :room left join member on member.room = room.id and member.person = person.id
        where level.channel = :channel and level.level = 'everything' and {rooms.READER}
    union all select member.person, 1 from member join room on room.id = member.room and room.kind = 'direct'
        where member.room = :room
    union all select person, 2 from follower where channel = :channel and root = :root
    union all select id, 3 from person where id = any(:mentioned)
    union all select person, 3 from member where room = :room and :all = 1
    union all select id, 3 from (select id from person where id > 0 and banned is null and :all = 1 and :room = 1
        order by case when role = 'guest' then 1 else 0 end, id desc limit :most) as newest
    ) as reasons group by person order by person"""


def notify(tx: db.Transaction, entry: Entry, mentioned: Iterable[int]) -> None:
    """Notify the recipients of a message once each, with the same number of statements for any room."""
    rows = tx.execute(RECIPIENTS, channel=entry.channel, room=rooms.number(entry.channel), most=MOST,
                      root=entry.data.get("thread", 0), mentioned=list(mentioned),
                      all=int("room" in entry.data.get("mentions", ())))
    text = entry.data["text"] or ", ".join(file["name"] for file in entry.data.get("files", ()))
    _notify(tx, entry, text, rows)


def notify_edit(tx: db.Transaction, target: Entry, text: str, mentioned: Iterable[int]) -> None:
    """Notify people that an edit mentions, except those who were notified of the message before."""
    _notify(tx, target, text, [(person, REASONS.index("mention")) for person in mentioned])


def _notify(tx: db.Transaction, entry: Entry, text: str, recipients: list[tuple[int, int]]) -> None:
    if not recipients:
        return
    [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(entry.channel))
    for reason, kind in enumerate(REASONS):
        if people := [person for person, theirs in recipients if theirs == reason]:
            notifications.notify(tx, people, Cause(
                kind, entry.author, f"{entry.channel}/{entry.seq}", entry.channel, entry.seq,
                entry.data["thread"] if entry.kind == "reply" else 0, name, text))
