"""The people whom messages notify, and why: mentions, rules, directs, threads and rooms that they follow.

Whom a message may be for is looked up in one statement for any number of messages and people.  `still_wanted` then
says, in the transaction that notifies, who of them may still read it and has not done so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from hubbub.chat import rooms
from hubbub.core import db, log
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications import alarms, matching, revisions
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import groups, oncall
from hubbub.people.handles import EVERYBODY

REASONS = ("message", "direct", "reply", "priority", "person", "keyword", "mention")  # the last one that applies counts
LINE = REASONS.index("mention")
ALWAYS = 2**53  # the number of a message that nobody has read
INSIDE = ("priority", "person", "keyword")  # reasons that count in the person's own rooms only
MOST = 20_000  # people of the Lobby whom @room notifies: members before guests, the newest first

MESSAGES = "each(:messages) as message(nth bigint, channel text, room bigint, root bigint, wide bigint)"
EVERYTHING = f"""select message.nth as nth, rule.person as person, 0 as reason from {MESSAGES}
    join rule on rule.kind = 'room' and rule.channel = message.channel and rule.level = 'everything'"""
DIRECT = f"""select message.nth, member.person, 1 from {MESSAGES} join room on room.id = message.room
    and room.kind = 'direct' join member on member.room = room.id"""
FOLLOWERS = f"""select message.nth, follower.person, 2 from {MESSAGES}
    join follower on follower.channel = message.channel and follower.root = message.root"""
MEMBERS = f"""select message.nth, member.person, {LINE} from {MESSAGES} join member on member.room = message.room
    where wide = 1"""
NEWEST = f"""select message.nth, newest.id, {LINE} from {MESSAGES}
    join (select id from person where id > 0 and banned is null and role <> 'bot'
    order by case when role = 'guest' then 1 else 0 end, id desc limit {MOST}) as newest on true
    where message.room = 1 and wide = 1"""

NOW = f"""select {', '.join(f'entry.{name}' for name in log.COLUMNS.split(', '))}, message.text, person.role = 'bot'
    from entry join person on person.id = entry.author
    left join message on message.channel = entry.channel and message.seq = entry.seq
    where entry.channel = :channel and entry.seq = any(:seqs) and entry.kind in ('message', 'reply')
    and message.deleted is null order by entry.seq"""
WANTED = f"""select wanted.nth, person.id
    from each(:wanted) as wanted(nth bigint, person bigint, seq bigint, root bigint, thread bigint, author bigint,
    reason bigint, inside bigint)
    join person on person.id = wanted.person and person.banned is null and person.role <> 'bot'
    join room on room.id = :room left join member on member.room = room.id and member.person = person.id
    where {rooms.READER} and person.id <> wanted.author
    and (wanted.inside = 0 or member.person is not null or room.kind = 'lobby')
    and (wanted.reason = {LINE} or wanted.thread = 0 or not exists (select 1 from rule where rule.person = person.id
    and rule.kind = 'thread' and rule.channel = :channel and rule.root = wanted.thread and rule.level = 'muted'))
    and coalesce(case when wanted.root = 0 then (select cursor.seq from cursor where cursor.channel = :channel
    and cursor.person = person.id) else (select follower.seq from follower where follower.channel = :channel
    and follower.root = wanted.root and follower.person = person.id) end, 0) < wanted.seq"""
NOTIFIED = f"""select notification.person from notification
    join person on person.id = notification.person and person.banned is null
    join room on room.id = :room left join member on member.room = room.id and member.person = person.id
    where notification.channel = :channel and notification.target = :seq and {rooms.READER}"""


class Message(NamedTuple):
    """A message as it is now: its text, whom it mentions, and whether a bot wrote it."""

    entry: Entry
    text: str
    mentioned: tuple[int, ...]  # 0 for @room
    by_bot: bool

    @property
    def is_alarm(self) -> bool:
        """Whether it asks for an acknowledgement, which having read it is not."""
        return isinstance(self.entry.data.get("urgent"), dict)

    @property
    def priority(self) -> int:
        """The priority that a program gave it, 1 to 5; 0 for what a person wrote."""
        usual = 5 if self.entry.data.get("urgent") else matching.NORMAL
        return int(self.entry.data.get("priority", usual if self.by_bot else 0))

    @property
    def root(self) -> int:
        """The thread that must be read, where reading the room is not enough."""
        return int(self.entry.data["thread"]) if self.entry.kind == "reply" else 0


class Recipient(NamedTuple):
    """A person whom a message notifies: the nth of some, with the index of the reason and what explains it."""

    nth: int
    person: int
    reason: int
    why: tuple[tuple[str, Any], ...] = ()


def load(reads: Reads, channel: str, seqs: Sequence[int]) -> list[Message]:
    """Return the messages with these numbers as they are now, without deleted ones."""
    if not seqs:
        return []
    mentioned: dict[int, list[int]] = {}
    for seq, person in reads.execute("select seq, person from mention where channel = :channel and seq = any(:seqs) "
                                     "order by seq, person", channel=channel, seqs=list(seqs)):
        mentioned.setdefault(seq, []).append(person)
    found = []
    for *row, text, by_bot in reads.execute(NOW, channel=channel, seqs=list(seqs)):
        entry = log.entry_of(tuple(row))
        if "text" in entry.data:
            found.append(Message(entry, entry.data["text"] if text is None else text,
                                 tuple(mentioned.get(entry.seq, ())), bool(by_bot)))
    return found


def lookup(messages: Sequence[Message]) -> tuple[str, dict[str, Any]]:
    """Return a statement, with its values, for those whom rooms, directs and threads notify, packed for `combine`."""
    rows = [(nth, one.entry.channel, rooms.number(one.entry.channel), int(one.entry.data.get("thread", 0)),
             int(EVERYBODY in one.mentioned)) for nth, one in enumerate(messages)]
    parts = [EVERYTHING, DIRECT]
    parts += [FOLLOWERS] if any(root for *_, root, _ in rows) else []
    parts += [MEMBERS, NEWEST] if any(wide for *_, wide in rows) else []
    found = " union all ".join(parts)
    return f"select {db.packed('nth', 'person', 'reason')} from ({found}) as found", {"messages": rows}


def combine(reads: Reads, messages: Sequence[Message], rows: Sequence[tuple[str | None]]) -> list[Recipient]:
    """Return each recipient once, with the best reason: of what `lookup` found, mentions, and rules for messages."""
    matcher = matching.matcher()
    best: dict[tuple[int, int], Recipient] = {}
    for nth, person, reason in msgspec.json.decode(rows[0][0] or "[]"):
        if reason >= best.get((nth, person), (0, 0, -1))[2]:
            best[nth, person] = Recipient(nth, person, reason, ROOM if reason == LINE else ())
    for nth, one in enumerate(messages):
        for person, match in matcher.match(one.text, one.entry.author, one.priority).items():
            reason = REASONS.index(match.kind)
            if reason > best.get((nth, person), (0, 0, -1))[2]:
                best[nth, person] = Recipient(nth, person, reason, ((match.kind, match.detail),))
        best |= {(nth, person): Recipient(nth, person, LINE, why) for person, why in _mentions(reads, one).items()}
    return sorted(best.values())


ROOM = (("room", True),)


def _mentions(reads: Reads, message: Message) -> dict[int, tuple[tuple[str, Any], ...]]:
    """Return the people whom a message mentions, each with the group or @here if that is why."""
    people = [person for person in message.mentioned if person != EVERYBODY]
    named: Mapping[str, int] = message.entry.data.get("mentions", {})
    by_group = {person: (("group", handle),) for handle, id in named.items() if people and id < 0
                for person in groups.members(reads, -id)}
    here = (("here", True),) if "here" in named else ()
    own = set(named.values())
    return {person: () if person in own else by_group.get(person, here) for person in people}


def still_wanted(tx: db.Transaction, channel: str, messages: Sequence[Message],
                 recipients: Sequence[Recipient]) -> list[Recipient]:
    """Return those who may read the message and have not read it, or its alarm, once their inboxes are locked."""
    tx.lock(*(notifications.inbox(one.person) for one in recipients))
    where = [(ALWAYS if one.is_alarm else one.entry.seq, one.root, one.entry.data.get("thread", 0), one.entry.author)
             for one in messages]
    rows = [(nth, person, *where[nth], reason, int(REASONS[reason] in INSIDE)) for nth, person, reason, _ in recipients]
    kept = set(tx.execute(WANTED, wanted=rows, room=rooms.number(channel), channel=channel))
    return [one for one in recipients if (one.nth, one.person) in kept]


def notify(tx: db.Transaction, messages: Sequence[Message], recipients: Sequence[Recipient], again: str = "",
           urgent: bool = False) -> None:
    """Notify the recipients of messages of one room, each once."""
    if not recipients:
        return
    [(name,)] = tx.execute("select name from room where id = :room",
                           room=rooms.number(messages[0].entry.channel))
    causes: dict[tuple[int, int, tuple[tuple[str, Any], ...]], list[int]] = {}
    for nth, person, reason, why in recipients:
        causes.setdefault((nth, reason, why), []).append(person)
    cause_of = {nth: _cause(tx, messages[nth], name, again, urgent) for nth, *_ in causes}
    for (nth, reason, why), people in causes.items():
        notifications.notify(tx, people, cause_of[nth]._replace(kind=REASONS[reason], why=dict(why)))


def _cause(tx: db.Transaction, message: Message, room: str, again: str = "", urgent: bool = False) -> Cause:
    entry = message.entry
    cause = Cause("mention", entry.author, f"{entry.channel}/{entry.seq}{again}", entry.channel, entry.seq,
                  message.root, room, message.text or files(entry), alias=entry.data.get("alias", {}),
                  urgent=urgent or bool(entry.data.get("urgent")))
    if not message.is_alarm or again:
        return cause
    lists = oncall.among(tx, entry.data.get("mentions", {}).values())
    return alarms.start(tx, cause, lists[0] if lists else 0)


def start_alarms(tx: db.Transaction, messages: Sequence[Message]) -> None:
    """Start the alarms of messages, whoever is notified of them."""
    for one in messages:
        if one.is_alarm:
            [(name,)] = tx.execute("select name from room where id = :room", room=rooms.number(one.entry.channel))
            _cause(tx, one, name)


def notify_again(tx: db.Transaction, target: Entry, text: str, key: str, urgent: bool = False) -> None:
    """Notify those who would be notified of a message if it were posted now, with this text, once for each key."""
    messages = [one._replace(text=text) for one in load(tx, target.channel, [target.seq])]
    if messages:
        sql, values = lookup(messages)
        found = combine(tx, messages, tx.execute(sql, **values))
        unread = [one._replace(entry=msgspec.structs.replace(one.entry, seq=ALWAYS)) for one in messages]
        notify(tx, messages, still_wanted(tx, target.channel, unread, found), f"/{key}", urgent)


def revise(tx: db.Transaction, target: Entry, text: str) -> None:
    """Change the text of notifications about an edited message, for those who may still read it."""
    rows = tx.execute(NOTIFIED, channel=target.channel, seq=target.seq, room=rooms.number(target.channel))
    revisions.revise(tx, [person for person, in rows], target.channel, text or files(target), target.seq)


def files(entry: Entry) -> str:
    """Return the names of a message's files, for one without a text."""
    return ", ".join(file["name"] for file in entry.data.get("files", ()))
