"""Notifications: entries of a person's inbox, marked as read once, on whichever device comes first.

A notification is appended in the transaction that causes it, under a key made from the cause, so that a retry of the
cause notifies nobody twice.  It is marked as read by itself or by reading its target; that is an entry too, so that
every device receives it.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from hubbub import slices
from hubbub.core import access, cursors, db, hub, log, node, strings, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.notifications import rules, urgency
from hubbub.notifications.plain import plain
from hubbub.notifications.rules import Rule
from hubbub.people import model as people

TEXT_LIMIT = 300  # characters of the text of a notification
TARGETS = 1000  # notifications that one `read` entry names
ALL = 2**53
QUIETER = ("direct", "message")  # kinds that the levels "mentions" and "hidden" leave out

Level = Literal["everything", "mentions", "nothing", "hidden", ""]
LEVELS: tuple[Level, ...] = get_args(Level)
Overlay = Callable[[Reads, int, list[dict[str, Any]]], None]
overlays: list[Overlay] = []  # add to a person's notifications what changed since
Filter = Literal["all", "unread", "mentions", "direct", "threads", "documents", "alerts", "snoozed"]

SHOWN = "(read is not null or snoozed is null)"
# What each filter of the inbox shows; "Mark all as read" marks the unread ones of it.
FILTERS: Mapping[str, str] = {
    "all": SHOWN,
    "unread": "read is null and snoozed is null",
    "mentions": f"{SHOWN} and cause = 'mention'",
    "direct": f"{SHOWN} and cause = 'direct'",
    "threads": f"{SHOWN} and conversation like '%#%'",
    "documents": f"{SHOWN} and conversation like 'doc:%'",
    "alerts": f"{SHOWN} and conversation not like 'room:%' and conversation not like 'doc:%'",
    "snoozed": "read is null and snoozed is not null",
}


class Cause(NamedTuple):
    """Why a person is notified; `target` is an entry of `channel`, and reading it marks the notification as read.

    What Hubbub itself says has the id of a string and its parameters in place of a text.
    """

    kind: str  # mention, keyword, person, priority, direct, reply, message, document, watch, alert, script
    author: int  # 0: Hubbub itself
    key: str  # the same for the same cause
    channel: str = ""
    target: int = 0
    root: int = 0  # the thread that must be read, where reading the channel is not enough
    title: str = ""
    text: str = ""
    url: str = ""
    text_id: str = ""
    params: Mapping[str, str] = MappingProxyType({})
    urgent: bool = False  # whether it rings in quiet times, too
    conversation: str = ""  # with which others the inbox shows it, see `conversation_of`
    why: Mapping[str, Any] = MappingProxyType({})  # which rule applied, beyond the kind: its word, group, …
    alias: Mapping[str, str] = MappingProxyType({})  # the name and icon under which a bot says this, if others
    more: Mapping[str, Any] = MappingProxyType({})  # what a program sent besides: tags, actions, an attachment …
    alarm: int = 0  # which one it belongs to, if it asks for an acknowledgement, see `alarms.start`


def conversation_of(cause: Cause) -> str:
    """Return the conversation that a notification belongs to: a thread, a channel, or what one author sends."""
    if cause.conversation:
        return cause.conversation
    return f"{cause.channel}#{cause.root}" if cause.root else cause.channel or f"{cause.kind}:{cause.author}"


def inbox(person: int) -> str:
    """Return the channel of a person's notifications."""
    return f"inbox:{person}"


@access.rule("inbox")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Let a person read their own inbox; nobody posts there."""
    return verb == "read" and name == str(person)


WANTED = """select 'inbox:' || person.id as channel, cast(:data as text) as data from person
    left join rule as level on level.person = person.id and level.kind = 'room' and level.channel = :about
    where person.id = any(:people) and person.id <> :author and person.banned is null
    and not coalesce(level.level, '') = any(:silent)"""


def notify(tx: db.Transaction, people: Iterable[int], cause: Cause) -> None:
    """Notify people, except the author and those with a quieter level; the same cause notifies each person once.

    What is urgent ignores levels, except for those to whom nothing by this author is.
    Takes the same number of statements for any number of people.
    """
    if cause.urgent:
        people, others = urgency.split(tx, people, cause.author)
        _notify(tx, others, cause._replace(urgent=False))
    _notify(tx, people, cause)


def _notify(tx: db.Transaction, people: Iterable[int], cause: Cause) -> None:
    data = data_of(cause)
    inboxes = log.append_each(
        tx, WANTED, "notification", author=cause.author, key=cause.key, counts=True, people=list(people),
        data=msgspec.json.encode(data).decode(), about=cause.channel,
        silent=[] if cause.urgent else ["nothing", "mentions", "hidden"] if cause.kind in QUIETER else ["nothing"])
    if not inboxes:
        return
    store(tx, [_owner(inbox) for inbox in inboxes], cause)


def data_of(cause: Cause) -> dict[str, Any]:
    """Return the data of a notification's entry."""
    text = strings.english(cause.text_id, **cause.params) if cause.text_id else plain(cause.text, TEXT_LIMIT)
    data: dict[str, Any] = {"cause": cause.kind, "channel": cause.channel, "target": cause.target, "root": cause.root,
                            "title": cause.title, "text": text, "url": cause.url}
    if cause.text_id:
        data |= {"text_id": cause.text_id, "params": dict(cause.params)}
    if cause.why:
        data["why"] = dict(cause.why)
    if cause.urgent:
        data["urgent"] = True
    if cause.alias:
        data["alias"] = dict(cause.alias)
    if cause.conversation:
        data["conversation"] = cause.conversation
    if cause.alarm:
        data |= {"alarm": cause.alarm, "acknowledged": None}
    return data | {name: value for name, value in cause.more.items() if value}


STORE = """insert into notification (person, seq, channel, target, root, urgent, cause, conversation, snoozed,
    alarm) select person.id, channel.head, :channel, :target, :root, :urgent, :cause, :conversation,
    cast(:snoozed as double precision), :alarm from person join channel on channel.name = 'inbox:' || person.id
    where person.id = any(:people)"""


def store(tx: db.Transaction, people: list[int], cause: Cause, snoozed: float | None = None) -> None:
    """Store the newest entries of these people's inboxes as unread, or as snoozed until a time."""
    tx.execute(STORE, people=people, channel=cause.channel, target=cause.target, root=cause.root, cause=cause.kind,
               urgent=int(cause.urgent), conversation=conversation_of(cause), snoozed=snoozed,
               alarm=cause.alarm)


def _owner(inbox: str) -> int:
    return int(inbox.partition(":")[2])


# What reading a channel marks as read: neither what is snoozed, nor what came back at a time that the person chose.
PASSING = "snoozed is null and returned = 0"


def mark_channel_read(tx: db.Transaction, person: int, channel: str, up_to: int) -> None:
    """Mark as read what a person was notified of in a channel up to an entry."""
    _mark_read(tx, person, f"channel = :channel and root = 0 and target <= :up_to and {PASSING}",
               channel=channel, up_to=up_to)


UNREAD_IN = f"""select reader.person, reader.channel, reader.up_to
    from each(:readers) as reader(person bigint, channel text, up_to bigint)
    join notification on notification.person = reader.person and notification.channel = reader.channel
    and notification.read is null and notification.root = 0 and notification.target <= reader.up_to and {PASSING}"""


def unread_in(tx: db.Transaction, readers: list[tuple[int, str, int]]) -> list[tuple[Any, ...]]:
    """Return those of many readers (person, channel, entry) who have something to mark as read there."""
    return list(set(tx.execute(UNREAD_IN, readers=readers))) if readers else []


def mark_thread_read(tx: db.Transaction, person: int, channel: str, root: int, up_to: int) -> None:
    """Do the same for a thread."""
    _mark_read(tx, person, f"channel = :channel and root = :root and target <= :up_to and {PASSING}",
               channel=channel, root=root, up_to=up_to)


def mark_read_channels(tx: db.Transaction, person: int) -> None:
    """Do the same for all channels, each up to the person's cursor."""
    _mark_read(tx, person, f"root = 0 and {PASSING} and target <= (select cursor.seq from cursor "
                           "where cursor.person = :person and cursor.channel = notification.channel)")


def leave(tx: db.Transaction, person: int, channel: str) -> None:
    """Mark everything about a channel that a person left as read, and delete their rules for it."""
    _mark_read(tx, person, "channel = :channel", channel=channel)
    tx.execute("update notification set alarm = 0, rang = 0 where person = :person and channel = :channel "
               "and alarm > 0", person=person, channel=channel)  # rings no more
    tx.execute("delete from rule where person = :person and channel = :channel", person=person, channel=channel)


def mark_read(person: int, seqs: Iterable[int], action: str = "") -> None:
    """Mark some notifications as read; those that were read before, or are not theirs, stay as they are.

    `action` is a name under which `undo.undo` undoes it.
    """
    with db.transaction(inbox(person)) as tx:
        mark_read_in(tx, person, seqs, action)


def mark_read_in(tx: db.Transaction, person: int, seqs: Iterable[int], action: str = "") -> None:
    """Do the same in a transaction."""
    _mark_read(tx, person, "seq = any(:seqs)", action, seqs=list(seqs))


def mark_earlier_read(person: int, seq: int) -> None:
    """Mark a notification as read, with the earlier ones about the same channel."""
    with db.transaction(inbox(person)) as tx:
        _mark_read(tx, person, "seq <= :seq and (seq = :seq or channel <> '' and channel = (select about.channel from "
                   "notification as about where about.person = :person and about.seq = :seq))", seq=seq)


def mark_all_read(person: int, up_to: int | None = None, *, conversation: str = "", show: Filter = "unread",
                  action: str = "") -> None:
    """Mark everything in the inbox as read, or what is there up to an entry: a device may not have seen the rest.

    With a conversation or a filter, only what is in it.
    """
    which = FILTERS[show] + (" and seq <= :up_to" if up_to is not None else "")
    with db.transaction(inbox(person)) as tx:
        _mark_read(tx, person, which + (" and conversation = :conversation" if conversation else ""), action,
                   up_to=up_to, conversation=conversation)


def _mark_read(tx: db.Transaction, person: int, which: str, action: str = "", **values: Any) -> None:
    unread = f"person = :person and read is null and {which}"
    tx.lock(inbox(person))  # what is being added to it now is seen below, or its writer sees what this one has read
    if not tx.execute(f"select 1 from notification where {unread} limit 1", person=person, **values):
        return  # in half the time of an update of nothing: every message asks
    if is_done(tx, person, action):
        return
    rows = tx.execute(f"update notification set read = :at where {unread} returning seq, snoozed",
                      person=person, at=node.now(), **values)
    append(tx, person, "read", [(seq, {"was_read": True} if snoozed else {}) for seq, snoozed in rows], action)


def is_done(tx: db.Transaction, person: int, action: str) -> bool:
    """Return whether an action was done before: this is a retry."""
    return bool(action) and log.find(tx, inbox(person), person, key_of(action, 0)) is not None


def key_of(action: str, nth: int) -> str:
    """Return the key of the entry of an action."""
    return f"{action}/{nth}"


def append(tx: db.Transaction, person: int, kind: str, found: Iterable[tuple[int, dict[str, Any]]],
           action: str = "") -> None:
    """Append entries about notifications (seq, data) to a locked inbox: one for each data and `TARGETS` of them."""
    groups: dict[str, list[int]] = {}
    for seq, data in sorted(found, key=lambda one: one[0]):
        groups.setdefault(msgspec.json.encode(data).decode(), []).append(seq)
    nth = 0
    for packed, targets in groups.items():
        for first in range(0, len(targets), TARGETS):
            log.append(tx, inbox(person), kind, {"targets": targets[first:first + TARGETS],
                                                 **msgspec.json.decode(packed)},
                       author=person, key=key_of(action or secrets.token_hex(8), nth), is_new=True)
            nth += 1


def set_level(person: int, channel: str, level: Level) -> None:
    """Set which messages of a channel notify a person: everything, mentions, nothing; empty for the default.

    A hidden channel is like one with the level mentions, and the sidebar shows it only while a mention is unread.
    """
    with db.transaction() as tx:
        access.check(tx, person, channel, "read")
        kind = slices.channel_kinds().get(channel.partition(":")[0])
        if kind is None or not kind.has_levels:
            raise Refused("error.no_levels", "bad_input")
        if level:
            rules.store(tx, person, Rule("room", channel, level=level))
        else:
            rules.forget(tx, person, Rule("room", channel))
        data = {"channel": channel, "level": level}
        tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "level", data))


def _level(rule: Rule) -> Level:
    if rule.level not in LEVELS:
        raise Refused("error.level_unknown", "bad_input")
    return rule.level


def levels(reads: Reads, person: int) -> dict[str, str]:
    """Return the levels that a person chose, by channel."""
    return {rule.channel: rule.level for rule in rules.stored(reads, person, "room")}


def unread(reads: Reads, person: int) -> int:
    """Return how many notifications are unread, and not snoozed."""
    [(count,)] = reads.execute("select count(*) from notification where person = :person and read is null "
                               "and snoozed is null", person=person)
    return int(count)


def is_open(reads: Reads, person: int, seq: int) -> bool:
    """Return whether a notification is unread, not snoozed, and was not withdrawn."""
    return bool(reads.execute("select 1 from notification where person = :person and seq = :seq and read is null "
                              "and snoozed is null", person=person, seq=seq))


def current_titles(reads: Reads, person: int, channels: Iterable[str]) -> dict[str, str]:
    """Return the present titles of these channels, as far as the person may read them."""
    kinds = {prefix: kind for prefix, kind in slices.channel_kinds().items() if kind.titles}
    titled = {name for name in channels if name.partition(":")[0] in kinds}
    readable = access.allowed(reads, person, titled, "read")
    found: dict[str, str] = {}
    for prefix in {name.partition(":")[0] for name in readable}:
        if titles := kinds[prefix].titles:
            found |= titles(reads, [name for name in readable if name.startswith(f"{prefix}:")])
    return found


def with_title(data: dict[str, Any], titles: Mapping[str, str]) -> dict[str, Any]:
    """Return the data of a notification with the present title of its channel instead of the one of that time."""
    return data | {"title": titles[data["channel"]]} if data.get("channel") in titles else data


@windows.projection("inbox")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return a person's notifications, oldest first, and how many of all are unread."""
    person = int(channel.partition(":")[2])
    before = min(span.before, span.after + span.limit + 1) if span.after else span.before
    entries = log.newest(reads, channel, "notification", before, span.limit)
    items = items_of(reads, person, [entry for entry in entries if entry.seq > span.after])
    met = people.directory(reads, {entry.author for entry in entries})
    return {"items": items, "unread": unread(reads, person), "complete": len(entries) < span.limit,
            "people": {str(one.id): one for one in met}}


def entries(reads: Reads, person: int, seqs: Iterable[int]) -> list[Entry]:
    """Return these entries of a person's inbox, oldest first."""
    return [log.entry_of(row) for row in reads.execute(
        f"select {log.COLUMNS} from entry where channel = :inbox and seq = any(:seqs) order by seq",
        inbox=inbox(person), seqs=list(seqs))]


def items_of(reads: Reads, person: int, entries: list[Entry]) -> list[dict[str, Any]]:
    """Return these notifications of a person as the page shows them."""
    unread_seqs = dict(reads.execute(
        "select seq, snoozed from notification where person = :person and read is null and seq = any(:seqs)",
        person=person, seqs=[entry.seq for entry in entries]))
    titles = current_titles(reads, person, (entry.data.get("channel", "") for entry in entries))
    items = [{"seq": entry.seq, "at": entry.at, "author": entry.author, "read": entry.seq not in unread_seqs,
              **with_title(entry.data, titles),
              **({"snoozed_until": until} if (until := unread_seqs.get(entry.seq)) else {})} for entry in entries]
    for call in overlays:
        call(reads, person, items)
    return items


rules.keep("room", rules.Source(
    lambda reads, person: rules.stored(reads, person, "room"),
    lambda person, rule: set_level(person, rule.channel, _level(rule)),
    lambda person, rule: set_level(person, rule.channel, "")))
