"""The recipients of a notification: mentioned people, members of a direct, followers of the thread or the room."""

from collections.abc import Iterable, Sequence

import msgspec

from hubbub.chat import rooms
from hubbub.core import db
from hubbub.core.log import Entry
from hubbub.notifications import alarms, revisions
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import handles, oncall

REASONS = ("message", "direct", "reply", "mention")  # a person is notified for the last one that applies
MOST = 2000  # people of the Lobby whom @room notifies: members before guests, the newest first

MESSAGES = "each(:messages) as message(nth bigint, channel text, room bigint, root bigint, wide bigint)"
EVERYTHING = f"""select message.nth as nth, level.person as person, 0 as reason from {MESSAGES}
    join level on level.channel = message.channel and level.level = 'everything'
    join person on person.id = level.person and person.banned is null
    join room on room.id = message.room left join member on member.room = room.id and member.person = person.id
    where {rooms.READER}"""
DIRECT = f"""select message.nth, member.person, 1 from {MESSAGES} join room on room.id = message.room
    and room.kind = 'direct' join member on member.room = room.id"""
FOLLOWERS = f"""select message.nth, follower.person, 2 from {MESSAGES}
    join follower on follower.channel = message.channel and follower.root = message.root"""
MEMBERS = f"""select message.nth, member.person, 3 from {MESSAGES} join member on member.room = message.room
    where wide = 1"""
NEWEST = f"""select message.nth, newest.id, 3 from {MESSAGES}
    join (select id from person where id > 0 and banned is null and role <> 'bot'
    order by case when role = 'guest' then 1 else 0 end, id desc limit :most) as newest on true
    where message.room = 1 and wide = 1"""
PEOPLE = """select found.nth, found.person, found.reason from ({}) as found
    join person on person.id = found.person and person.role <> 'bot'"""

NOTIFIED = f"""select notification.person from notification
    join person on person.id = notification.person and person.banned is null
    join room on room.id = :room left join member on member.room = room.id and member.person = person.id
    where notification.channel = :channel and notification.target = :seq and {rooms.READER}"""


def find(tx: db.Transaction, entries: Sequence[Entry], mentioned: Sequence[Iterable[int]]) -> list[dict[int, int]]:
    """Return the recipients of each message with the best of their `REASONS`, in one statement for any room.

    `mentioned` are the people whom each message mentions.
    """
    messages = [(nth, entry.channel, rooms.number(entry.channel), entry.data.get("thread", 0),
                 int("room" in entry.data.get("mentions", ()))) for nth, entry in enumerate(entries)]
    parts = [EVERYTHING, DIRECT]
    parts += [FOLLOWERS] if any(root for *_, root, _ in messages) else []
    parts += [MEMBERS, NEWEST] if any(wide for *_, wide in messages) else []
    found: list[dict[int, int]] = [{} for _ in entries]  # by person, the reason
    for nth, person, reason in tx.execute(PEOPLE.format(" union all ".join(parts)), messages=messages, most=MOST):
        found[nth][person] = max(reason, found[nth].get(person, 0))
    for reasons, people in zip(found, mentioned, strict=True):
        reasons.update(dict.fromkeys(people, REASONS.index("mention")))
    return found


def inboxes(entry: Entry, recipients: Iterable[int]) -> set[str]:
    """Return the channels that `notify` writes to or reads."""
    people = [*recipients]
    return {notifications.inbox(person) for person in (entry.author, *people)} if people else set()


def notify(tx: db.Transaction, entry: Entry, recipients: dict[int, int]) -> None:
    """Notify the recipients of a message once each."""
    _notify(tx, entry, entry.data["text"] or files(entry), sorted(recipients.items()))


def revise(tx: db.Transaction, target: Entry, text: str) -> None:
    """Change the text of notifications about an edited message, for those who may still read it."""
    rows = tx.execute(NOTIFIED, channel=target.channel, seq=target.seq, room=rooms.number(target.channel))
    revisions.revise(tx, [person for person, in rows], target.channel, text or files(target), target.seq)


def files(entry: Entry) -> str:
    """Return the names of a message's files, for one without a text."""
    return ", ".join(file["name"] for file in entry.data.get("files", ()))


def notify_edit(tx: db.Transaction, target: Entry, text: str, mentioned: Iterable[int]) -> None:
    """Notify people that an edit mentions, except those who were notified of the message before."""
    _notify(tx, target, text, [(person, REASONS.index("mention")) for person in mentioned])


def notify_again(tx: db.Transaction, target: Entry, text: str, key: str, urgent: bool = False) -> None:
    """Notify those who would be notified of a message if it were posted now, with this text, once for each key."""
    data = {**target.data, "text": text, "mentions": handles.resolve(tx, text), "urgent": urgent}
    mentioned = tx.execute("select person from mention where channel = :channel and seq = :seq and person > 0",
                           channel=target.channel, seq=target.seq)
    now = msgspec.structs.replace(target, data=data)
    [reasons] = find(tx, [now], [[person for person, in mentioned]])
    _notify(tx, now, text, sorted(reasons.items()), f"/{key}")


def _notify(tx: db.Transaction, entry: Entry, text: str, recipients: list[tuple[int, int]], again: str = "") -> None:
    is_alarm = isinstance(entry.data.get("urgent"), dict) and not again
    if not recipients and not is_alarm:
        return
    tx.lock(*inboxes(entry, (person for person, _ in recipients)))
    [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(entry.channel))
    cause = Cause("mention", entry.author, f"{entry.channel}/{entry.seq}{again}", entry.channel, entry.seq,
                  entry.data["thread"] if entry.kind == "reply" else 0, name, text, alias=entry.data.get("alias", {}),
                  urgent=bool(entry.data.get("urgent")))
    if is_alarm:
        lists = oncall.among(tx, entry.data.get("mentions", {}).values())
        cause = alarms.start(tx, cause, lists[0] if lists else 0)
    for reason, kind in enumerate(REASONS):
        if people := [person for person, theirs in recipients if theirs == reason]:
            notifications.notify(tx, people, cause._replace(kind=kind))
