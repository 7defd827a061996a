"""The recipients of a notification: mentioned people, members of a direct, followers of the thread or the room."""

from collections.abc import Iterable

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.core.log import Entry
from hubbub.notifications import model as notifications
from hubbub.notifications import revisions
from hubbub.notifications.model import Cause

REASONS = ("message", "direct", "reply", "mention")  # a person is notified for the last one that applies
MOST = 2000  # people of the Lobby whom @room notifies: members before guests, the newest first

EVERYTHING = f"""select level.person, 0 as reason from level
    join person on person.id = level.person and person.banned is null
    join room on room.id = :room left join member on member.room = room.id and member.person = person.id
    where level.channel = :channel and level.level = 'everything' and {rooms.READER}"""
DIRECT = """select member.person, 1 from room join member on member.room = room.id
    where room.id = :room and room.kind = 'direct'"""
FOLLOWERS = "select person, 2 from follower where channel = :channel and root = :root"
MENTIONED = "select id, 3 from person where id = any(:mentioned)"
MEMBERS = "select person, 3 from member where room = :room"
NEWEST = """select id, 3 from (select id from person where id > 0 and banned is null and :room = 1
    order by case when role = 'guest' then 1 else 0 end, id desc limit :most) as newest"""

NOTIFIED = f"""select notification.person from notification
    join person on person.id = notification.person and person.banned is null
    join room on room.id = :room left join member on member.room = room.id and member.person = person.id
    where notification.channel = :channel and notification.target = :seq and {rooms.READER}"""


def notify(tx: db.Transaction, entry: Entry, mentioned: Iterable[int]) -> None:
    """Notify the recipients of a message once each, with the same number of statements for any room."""
    root, people = entry.data.get("thread", 0), list(mentioned)
    parts = [EVERYTHING, DIRECT]
    parts += [FOLLOWERS] if root else []
    parts += [MENTIONED] if people else []
    parts += [MEMBERS, NEWEST] if "room" in entry.data.get("mentions", ()) else []
    rows = tx.execute(f"select person, max(reason) from ({' union all '.join(parts)}) as reasons "
                      "group by person order by person", channel=entry.channel, room=rooms.number(entry.channel),
                      root=root, mentioned=people, most=MOST)
    _notify(tx, entry, entry.data["text"] or _files(entry), rows)


def revise(tx: db.Transaction, target: Entry, text: str) -> None:
    """Change the text of notifications about an edited message, for those who may still read it."""
    rows = tx.execute(NOTIFIED, channel=target.channel, seq=target.seq, room=rooms.number(target.channel))
    revisions.revise(tx, [person for person, in rows], target.channel, text or _files(target), target.seq)


def _files(entry: Entry) -> str:
    return ", ".join(file["name"] for file in entry.data.get("files", ()))


def notify_edit(tx: db.Transaction, target: Entry, text: str, mentioned: Iterable[int]) -> None:
    """Notify people that an edit mentions, except those who were notified of the message before."""
    _notify(tx, target, text, [(person, REASONS.index("mention")) for person in mentioned])


def _notify(tx: db.Transaction, entry: Entry, text: str, recipients: list[tuple[int, int]]) -> None:
    if not recipients:
        return
    tx.lock(*map(notifications.inbox, (entry.author, *(person for person, _ in recipients))))
    [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(entry.channel))
    for reason, kind in enumerate(REASONS):
        if people := [person for person, theirs in recipients if theirs == reason]:
            notifications.notify(tx, people, Cause(
                kind, entry.author, f"{entry.channel}/{entry.seq}", entry.channel, entry.seq,
                entry.data["thread"] if entry.kind == "reply" else 0, name, text))
