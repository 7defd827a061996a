"""Publications: notifications from programs, which go to people, rooms and topics, now or later, and can be changed.

A publication is the row; what people see of it is an entry in each inbox, about the channel `note:<id>`, besides an
entry in each topic and a message in each room.  Its author finds it by the id, or by the name that they gave it (its
sequence): publishing again under this name changes it everywhere.
"""

import secrets
import string
from typing import Any, NamedTuple

import msgspec

from hubbub.core import access, db, log, node, timers
from hubbub.core.access import Reads, Refused
from hubbub.files import uploads
from hubbub.hooks import mrkdwn, ntfy
from hubbub.hooks.message import URGENT
from hubbub.notifications import alarms, revisions, urgency
from hubbub.notifications import model as notifications
from hubbub.notifications.alarms import Alarm
from hubbub.notifications.model import Cause
from hubbub.people import model as people
from hubbub.people import oncall
from hubbub.publishing import in_rooms, targets, topics
from hubbub.publishing.message import Message, Options
from hubbub.publishing.targets import Targets

TIMER = "publication"
KIND = "published"  # of inbox items and of entries of topics
LETTERS = string.ascii_letters + string.digits
DELAYED = 1000  # publications of one author that may wait
COLUMNS = "id, author, topics, sequence, at, due, withdrawn, problem, revision, data"


class Publication(NamedTuple):
    """A row of the table; `due` is null once it is published, `problem` the id of a string."""

    id: str
    author: int
    topics: str
    sequence: str
    at: float
    due: float | None
    withdrawn: float | None
    problem: str
    revision: int
    data: str

    @property
    def message(self) -> Message:
        """What is shown."""
        return msgspec.json.decode(self.data, type=Message)

    @property
    def channel(self) -> str:
        """What the notifications in inboxes are about."""
        return f"note:{self.id}"


@access.rule("note")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Return whether a person may read the files of a publication, or acknowledge it, which only recipients may."""
    if verb == "read":
        return bool(readers(reads, [person], name))
    return verb == "react" and bool(_notified(reads, [person], name))


@access.rule_for_readers("note")
def readers(reads: Reads, asked: list[int], name: str) -> list[int]:
    """Let the author, the recipients, those whom it may still ask, and the readers of its rooms and topics read it."""
    one = by_id(reads, name)
    if one is None:
        return []
    found = {one.author, *_notified(reads, asked, name), *_still_to_ask(reads, one)}
    for channel, _ in _parts(reads, name):
        found.update(access.readers(reads, [person for person in asked if person not in found], channel))
    return [person for person in asked if person in found]


def _notified(reads: Reads, asked: list[int], id: str) -> list[int]:
    return [person for person, in reads.execute("select distinct person from notification where channel = :channel "
                                                "and person = any(:asked)", channel=f"note:{id}", asked=asked)]


def _still_to_ask(reads: Reads, one: Publication) -> set[int]:
    """Return the people in any step of the on-call lists that a publication asks."""
    found: set[int] = set()
    for group, in reads.execute("select asks from alarm where channel = :channel and asks > 0", channel=one.channel):
        plan = oncall.plan_of(reads, group)
        steps = min(oncall.steps_of(plan), len(plan.steps) + 1) if plan else 0
        found.update(*(oncall.people_of_step(reads, group, nth + 1) for nth in range(steps)))
    return found


@alarms.on_acknowledged
def _tell_author(tx: db.Transaction, alarm: Alarm) -> None:
    """Notify the author of a publication that somebody acknowledged it."""
    if not alarm.channel.startswith("note:") or alarm.author == people.SYSTEM or alarm.acknowledged is None:
        return
    one = by_id(tx, alarm.channel.removeprefix("note:"))
    if one is not None:
        tx.lock(notifications.inbox(alarm.author))
        notifications.notify(tx, [alarm.author], Cause("acknowledged", alarm.acknowledged, f"acknowledged/{alarm.id}",
                                                       text=one.message.title or one.message.message))


def by_id(reads: Reads, id: str) -> Publication | None:
    """Return the publication of an id."""
    rows = reads.execute(f"select {COLUMNS} from publication where id = :id", id=id)
    return Publication(*rows[0]) if rows else None


def of_author(reads: Reads, author: int, id: str) -> Publication:
    """Return a publication of an author by its id, or by the name that they gave it last."""
    rows = reads.execute(f"select {COLUMNS} from publication where author = :author and (id = :id or sequence = :id) "
                         "order by withdrawn is not null, at desc limit 1", author=author, id=id)
    if not rows:
        raise Refused("error.publication_not_found", "not_found")
    return Publication(*rows[0])


def publish(author: int, to: str, message: Message, options: Options = Options()) -> Publication:  # noqa: B008
    """Publish a notification, or change the one of the same sequence; a repeated request changes nothing."""
    wanted = ",".join(targets.names(to))
    with db.transaction(f"publications:{author}") as tx:
        before = _named(tx, author, wanted, options.sequence) if options.sequence else None
        if before:
            return _change(tx, before, message, options)
        found = targets.resolve(tx, author, wanted, options.may_create)
        id = "".join(secrets.choice(LETTERS) for _ in range(12))
        if options.due is not None:
            _check_delayed(tx, author)
        if not found.is_one_room or options.due is not None:
            _take_file(tx, author, id, message)
        tx.execute("insert into publication (id, author, topics, sequence, at, due, problem, revision, data) values "
                   "(:id, :author, :topics, :sequence, :at, :due, '', 0, :data)", id=id, author=author, topics=wanted,
                   sequence=options.sequence or id, at=node.now(), due=options.due, data=_packed(message))
        one = _get(tx, id)
        if options.due is None:
            deliver(tx, one, is_new=True)
        else:
            timers.set(tx, TIMER, id, options.due)
        return one


def deliver(tx: db.Transaction, one: Publication, is_new: bool = False) -> None:
    """Bring a publication to everybody whom its author may notify now; its new topics exist since it was published."""
    message, found = one.message, targets.resolve(tx, one.author, one.topics, may_create=False)
    for topic in found.topics:
        _append(tx, one, topic.channel, KIND)
    for channel in found.rooms:
        is_here = found.is_one_room and is_new
        _add_part(tx, one, channel, in_rooms.post(tx, one.author, channel, one.id, message, is_here))
    _notify(tx, one, message, found)


def _notify(tx: db.Transaction, one: Publication, message: Message, found: Targets) -> None:
    recipients = found.people | topics.subscribers(tx, [topic.id for topic in found.topics], message.priority)
    tx.lock(*(notifications.inbox(person) for person in recipients))
    key = f"published:{one.id}" + (f"/{one.revision}" if one.revision else "")
    title = message.title or ", ".join(topic.name for topic in found.topics)
    text = message.message if message.markdown else mrkdwn.plain(message.message)
    asks = message.acknowledge or bool(found.oncall)
    cause = Cause(KIND, one.author, key, one.channel, 1, title=title, text=text, url=message.click,
                  urgent=message.priority == URGENT or asks, more=shown(one, message, title, found),
                  conversation=found.topics[0].channel if len(found.topics) == 1 else f"{KIND}:{one.author}")
    if cause.urgent and recipients:
        urgency.check(tx, one.author)
    if asks:
        cause = alarms.start(tx, cause, found.oncall[0] if found.oncall else 0)
    notifications.notify(tx, recipients - {one.author}, cause)
    if one.author in recipients:  # a notification to yourself has no author
        notifications.notify(tx, [one.author], cause._replace(author=people.SYSTEM))


def shown(one: Publication, message: Message, title: str, found: Targets) -> dict[str, Any]:
    """Return what an inbox shows besides the text; the addresses of `http` actions stay on the server."""
    emoji, words = ntfy.sorted_tags(list(message.tags))
    buttons = [{"action": action.action, "label": action.label, "clear": action.clear,
                **({"url": action.url} if action.action == "view" else {})} for action in message.actions]
    file = msgspec.to_builtins(message.attachment) if message.attachment else {}
    whole = message.message if message.markdown or len(message.message) > notifications.TEXT_LIMIT \
        or "\n" in message.message else ""
    topic = found.topics[0].name if len(found.topics) == 1 else ""
    return {"publication": one.id, "revision": one.revision, "topic": topic, "title": title, "url": message.click,
            "priority": message.priority, "tags": words, "emoji": " ".join(emoji), "actions": buttons,
            "attachment": file, "icon": message.icon, "body": whole, "markdown": message.markdown}


def _change(tx: db.Transaction, one: Publication, message: Message, options: Options) -> Publication:
    """Change a publication everywhere; where it is in the inbox, in place, and silently unless `notify`."""
    due = one.due if one.due is None else options.due
    if options.due is not None and one.due is None:
        raise Refused("error.publish_delay_change", "conflict")
    if message == one.message and due == one.due and not options.notify:
        return one
    _take_file(tx, one.author, one.id, message)
    tx.execute("update publication set data = :data, due = :due, problem = '', revision = revision + 1 where id = :id",
               id=one.id, data=_packed(message), due=due)
    changed = _get(tx, one.id)
    if due is not None:
        timers.set(tx, TIMER, one.id, due)
    elif one.due is not None:
        timers.cancel(tx, TIMER, one.id)
        deliver(tx, changed)
    else:
        _spread(tx, changed, message, options.notify)
    return changed


def _spread(tx: db.Transaction, one: Publication, message: Message, again: bool) -> None:
    found = targets.resolve(tx, one.author, one.topics, may_create=False)
    for channel, seq in _parts(tx, one.id):
        if channel.startswith("topic:"):
            _append(tx, one, channel, KIND)
        else:
            in_rooms.change(tx, one.author, channel, seq, f"{one.id}/{one.revision}", message)
    if again:
        revisions.withdraw(tx, one.channel, 1)
        _notify(tx, one, message, found)
        return
    title = message.title or ", ".join(topic.name for topic in found.topics)
    text = message.message if message.markdown else mrkdwn.plain(message.message)
    alarms.revise(tx, one.channel, 1, text)
    revisions.replace(tx, one.channel, 1, text, shown(one, message, title, found))


def withdraw(author: int, to: str, id: str) -> Publication:
    """Remove a publication everywhere, or cancel it before it is due; it may be one that is withdrawn already."""
    with db.transaction(f"publications:{author}") as tx:
        one = _mine(tx, author, to, id)
        if one.withdrawn is not None:
            return one
        tx.execute("update publication set withdrawn = :at, due = null, data = :data where id = :id", id=one.id,
                   at=node.now(), data=_packed(Message("")))
        timers.cancel(tx, TIMER, one.id)
        for channel, seq in _parts(tx, one.id):
            if channel.startswith("topic:"):
                tx.lock(channel)
                log.blank(tx, channel, _revisions(tx, one, channel), {"id": one.id, "deleted": True})
                _append(tx, one, channel, "withdrawn")
            else:
                in_rooms.delete(tx, one.author, channel, seq, one.id)
        alarms.forget(tx, one.channel, 1)
        revisions.withdraw(tx, one.channel, 1)
        uploads.detach(tx, one.channel, 1)
        return _get(tx, one.id)


def _revisions(tx: db.Transaction, one: Publication, channel: str) -> list[int]:
    rows = tx.execute("select seq from entry where channel = :channel and kind = :kind and author = :author "
                      "and (key = :id or key like :later)", channel=channel, kind=KIND, author=one.author, id=one.id,
                      later=f"{one.id}/%")
    return [seq for seq, in rows]


def clear(author: int, to: str, id: str) -> Publication:
    """Mark a publication as read in all inboxes."""
    with db.transaction(f"publications:{author}") as tx:
        one = _mine(tx, author, to, id)
        revisions.mark_read(tx, one.channel, 1)
        for channel, _ in _parts(tx, one.id):
            if channel.startswith("topic:"):
                _append(tx, one, channel, "cleared")
        return one


def _mine(tx: db.Transaction, author: int, to: str, id: str) -> Publication:
    named = _named(tx, author, ",".join(targets.names(to)), id) if to else None
    return named or of_author(tx, author, id)


def _named(tx: db.Transaction, author: int, to: str, sequence: str) -> Publication | None:
    rows = tx.execute(f"select {COLUMNS} from publication where author = :author and topics = :topics "
                      "and sequence = :sequence and withdrawn is null", author=author, topics=to, sequence=sequence)
    return Publication(*rows[0]) if rows else None


def _get(reads: Reads, id: str) -> Publication:
    found = by_id(reads, id)
    if found is None:
        raise Refused("error.publication_not_found", "not_found")
    return found


def _append(tx: db.Transaction, one: Publication, channel: str, kind: str) -> None:
    """Add an entry to a topic, for those who follow it with one of ntfy's clients."""
    key = one.id if kind == KIND and not one.revision else f"{one.id}/{kind}/{one.revision}"
    data = {"id": one.id, "sequence": one.sequence, "revision": one.revision,
            **(msgspec.to_builtins(one.message) if kind == KIND else {})}
    tx.lock(channel)
    if first := log.find_duplicate(tx, channel, one.author, key):
        _add_part(tx, one, channel, first.seq)
        return
    entry = log.append(tx, channel, kind, data, author=one.author, key=key, is_new=True)
    _add_part(tx, one, channel, entry.seq)


def _add_part(tx: db.Transaction, one: Publication, channel: str, seq: int) -> None:
    tx.execute("insert into publication_part (publication, channel, seq) values (:id, :channel, :seq) "
               "on conflict (publication, channel) do nothing", id=one.id, channel=channel, seq=seq)


def _parts(reads: Reads, id: str) -> list[tuple[Any, ...]]:
    return reads.execute("select channel, seq from publication_part where publication = :id order by channel", id=id)


def _check_delayed(tx: db.Transaction, author: int) -> None:
    [(waiting,)] = tx.execute("select count(*) from publication where author = :author and due is not null",
                              author=author)
    if waiting >= DELAYED:
        raise Refused("error.publish_delayed_limit", "too_large", limit=DELAYED)


def _take_file(tx: db.Transaction, author: int, id: str, message: Message) -> None:
    """Make an uploaded file, which belongs to nothing yet, that of a publication."""
    if message.attachment is not None and message.attachment.id:
        channel = f"note:{id}"
        uploads.choose(tx, author, channel, [message.attachment.id])
        uploads.attach(tx, 1, [message.attachment.id])


def _packed(message: Message) -> str:
    return msgspec.json.encode(message).decode()
