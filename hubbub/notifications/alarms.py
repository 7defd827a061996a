"""Alarms: urgent notifications that ring again until somebody acknowledges them, and then say by whom.

An alarm has one notification for each recipient.  While nobody acknowledges it, it rings again after a minute and then
every five; if it goes to an on-call list, the next step is asked after the minutes of the one before.  Each such event
is one transaction that a timer begins, so it happens once in the cluster.  That somebody has read it changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from hubbub.core import access, db, log, node, timers
from hubbub.core.access import Reads, Refused
from hubbub.core.timers import Timer
from hubbub.notifications import model
from hubbub.notifications.model import Cause
from hubbub.people import model as people
from hubbub.people import oncall

TIMER = "alarm"
FIRST, LATER = 60.0, 300.0  # seconds until it rings again: the first time, and each further one
MOST_RINGS = 6  # after which it stops, unless another step begins

COLUMNS = "id, author, channel, seq, cause, at, asks, step, step_at, rings, ring_at, acknowledged, acknowledged_at"

Hook = Callable[[db.Transaction, "Alarm"], None]
_hooks: list[Hook] = []


class Alarm(NamedTuple):
    """An alarm as it is stored; `asks` is the group of an on-call list, `seq` the message in `channel`."""

    id: int
    author: int
    channel: str
    seq: int
    cause: str
    at: float
    asks: int
    step: int
    step_at: float | None
    rings: int
    ring_at: float | None
    acknowledged: int | None
    acknowledged_at: float | None

    @property
    def is_open(self) -> bool:
        """Whether it still rings, or asks others."""
        return self.acknowledged is None and (self.ring_at is not None or self.step_at is not None)


class Asked(msgspec.Struct, frozen=True):
    """A step that was taken: whom it asked, nobody at the end."""

    nth: int
    at: float
    people: list[int]


class Acknowledged(msgspec.Struct, frozen=True):
    """Who acknowledged an alarm, and when."""

    person: int
    at: float


class State(msgspec.Struct, frozen=True):
    """An alarm as its sender and its recipients see it."""

    id: int
    at: float
    is_open: bool
    acknowledged: Acknowledged | None
    steps: list[Asked]


def on_acknowledged(call: Hook) -> Hook:
    """Call the decorated function in the transaction in which somebody acknowledges an alarm."""
    _hooks.append(call)
    return call


def start(tx: db.Transaction, cause: Cause, asks: int = 0) -> Cause:
    """Make what is about to be notified an alarm, once for each key; return the cause with it.

    `asks` is the group of an on-call list; the caller notifies those of its first step.
    """
    now, plan = node.now(), oncall.plan_of(tx, asks) if asks else None
    rows = tx.execute(
        "insert into alarm (author, key, channel, seq, cause, at, asks, ring_at) values (:author, :key, :channel, "
        ":seq, :cause, :now, :asks, :ring_at) on conflict (author, key) do nothing returning id", author=cause.author,
        key=cause.key, channel=cause.channel, seq=cause.target, cause=_packed(cause), now=now,
        asks=asks if plan else 0, ring_at=now + FIRST)
    if not rows:
        rows = tx.execute("select id from alarm where author = :author and key = :key",
                          author=cause.author, key=cause.key)
        return _joined(tx, rows[0][0], cause)
    alarm = _locked(tx, rows[0][0])
    assert alarm
    if plan:
        asked = _reachable(tx, alarm, 1)
        _store_step(tx, alarm.id, Asked(1, now, asked))
        alarm = alarm._replace(step=1, step_at=now + 60.0 * oncall.minutes_of_step(plan, 1) if asked else now)
    _schedule(tx, alarm)
    return _joined(tx, alarm.id, cause)


def _joined(tx: db.Transaction, id: int, cause: Cause) -> Cause:
    """Return the cause for more recipients of an alarm, with what has happened so far."""
    alarm, steps = _locked(tx, id), _steps(tx, [id]).get(id, [])
    by = alarm.acknowledged if alarm else None
    done = {"acknowledged": {"person": by, "at": alarm.acknowledged_at}} if alarm and by is not None else {}
    return cause._replace(alarm=id, more={**cause.more, "steps": msgspec.to_builtins(steps), **done})


def _packed(cause: Cause) -> str:
    fields = {name: dict(value) if isinstance(value, Mapping) else value for name, value in cause._asdict().items()}
    return msgspec.json.encode(fields).decode()


def _reachable(reads: Reads, alarm: Alarm, nth: int) -> list[int]:
    """Return whom a step asks who may read what it is about; nobody asks themselves."""
    asked = [one for one in oncall.people_of_step(reads, alarm.asks, nth) if one != alarm.author]
    return access.readers(reads, asked, alarm.channel) if alarm.channel else asked


def ring(timer: Timer) -> None:
    """Do what is due for an alarm: ring again, or ask the next step."""
    id = int(timer.key)
    rows = db.execute("select channel from alarm where id = :id", id=id)
    with db.transaction(*(channel for channel, in rows if channel)) as tx:
        timers.finish(tx, timer)
        alarm, now = _locked(tx, id), node.now()
        if alarm is None or not alarm.is_open:
            return
        if alarm.step_at is not None and alarm.step_at <= now:
            alarm = _ask_next(tx, alarm, now)
        elif alarm.ring_at is not None and alarm.ring_at <= now:
            _ring_again(tx, alarm)
            rings = alarm.rings + 1
            alarm = alarm._replace(rings=rings, ring_at=now + LATER if rings < MOST_RINGS else None)
            if not alarm.is_open:
                _store_step(tx, id, Asked(alarm.step + 1, now, []))
        _schedule(tx, alarm)


def _schedule(tx: db.Transaction, alarm: Alarm) -> None:
    tx.execute("update alarm set step = :step, step_at = :step_at, rings = :rings, ring_at = :ring_at where id = :id",
               id=alarm.id, step=alarm.step, step_at=alarm.step_at, rings=alarm.rings, ring_at=alarm.ring_at)
    if due := [at for at in (alarm.step_at, alarm.ring_at) if at is not None]:
        timers.set(tx, TIMER, str(alarm.id), min(due))


def _ask_next(tx: db.Transaction, alarm: Alarm, now: float) -> Alarm:
    """Ask the next step of the on-call list in which somebody can be reached; return the alarm as it is then."""
    plan, nth, asked = oncall.plan_of(tx, alarm.asks), alarm.step, list[int]()
    while plan and not asked and nth < oncall.steps_of(plan):
        nth += 1
        asked = _reachable(tx, alarm, nth)
    if plan is None or not asked:
        _store_step(tx, alarm.id, Asked(nth + 1, now, []))
        return alarm._replace(step=nth + 1, step_at=None, ring_at=None)
    _store_step(tx, alarm.id, Asked(nth, now, asked))
    alarm = alarm._replace(step=nth, step_at=now + 60.0 * oncall.minutes_of_step(plan, nth), rings=0,
                           ring_at=now + FIRST)
    known = {person for person, _ in _recipients(tx, alarm.id)}
    _ring_again(tx, alarm, [one for one in asked if one in known])
    new = [one for one in asked if one not in known]
    tx.lock(*map(model.inbox, new))
    stored = {name: value for name, value in msgspec.json.decode(alarm.cause).items() if name in Cause._fields}
    model.notify(tx, new, _joined(tx, alarm.id, Cause(**stored)))
    return alarm


def _store_step(tx: db.Transaction, id: int, step: Asked) -> None:
    """Store a step, and say so to those who were asked before."""
    people_asked = msgspec.json.encode(step.people).decode() if step.people else ""
    tx.execute("insert into alarm_step (alarm, nth, at, people) values (:id, :nth, :at, :people)",
               id=id, nth=step.nth, at=step.at, people=people_asked)
    _append_to_all(tx, id, "escalated", f"step/{step.nth}", {"step": msgspec.to_builtins(step)})


def _ring_again(tx: db.Transaction, alarm: Alarm, only: list[int] | None = None) -> None:
    """Have an alarm ring again on the devices of its recipients, where it is urgent."""
    some = "" if only is None else "and notification.person = any(:only)"
    key = f"rang/{alarm.id}/{alarm.step}/{alarm.rings}"
    tx.lock(*(model.inbox(person) for person, _ in _recipients(tx, alarm.id)))
    rows = log.append_each(
        tx, "select 'inbox:' || person as channel, '{\"targets\":[' || seq || ']}' as data from notification "
        f"where alarm = :alarm and urgent = 1 {some}", "rang", author=people.SYSTEM, key=key, alarm=alarm.id, only=only)
    tx.execute("update notification set rang = (select head from channel where name = 'inbox:' || person) "
               "where alarm = :alarm and 'inbox:' || person = any(:inboxes)", alarm=alarm.id, inboxes=rows)


def acknowledge(person: int, seq: int) -> State:
    """Acknowledge the alarm of a notification for all its recipients; the first one who does so is remembered."""
    rows = db.execute("select alarm from notification where person = :person and seq = :seq", person=person, seq=seq)
    return acknowledge_alarm(person, rows[0][0] if rows else 0)


def acknowledge_message(person: int, channel: str, seq: int) -> State:
    """Do the same for the alarm of a message."""
    access.check(db, person, channel, "react")
    rows = db.execute("select id from alarm where channel = :channel and seq = :seq", channel=channel, seq=seq)
    return acknowledge_alarm(person, rows[0][0] if rows else 0)


def acknowledge_alarm(person: int, id: int) -> State:
    """Acknowledge an alarm, as one of its recipients, or as somebody who may react to the message that it is about."""
    rows = db.execute("select channel from alarm where id = :id", id=id)
    with db.transaction(*(channel for channel, in rows if channel)) as tx:
        alarm = _locked(tx, id)
        mine = tx.execute("select seq from notification where person = :person and alarm = :id", person=person, id=id)
        if alarm is None or not (access.allows(tx, person, alarm.channel, "react") if alarm.channel else mine):
            raise Refused("error.alarm_not_found", "not_found")
        if alarm.acknowledged is None:
            alarm = alarm._replace(acknowledged=person, acknowledged_at=node.now())
            _store_acknowledged(tx, alarm, person)
        model.mark_read_in(tx, person, [seq for seq, in mine])
        return _state(tx, alarm)


def _store_acknowledged(tx: db.Transaction, alarm: Alarm, person: int) -> None:
    tx.execute("update alarm set acknowledged = :person, acknowledged_at = :at, step_at = null, ring_at = null, "
               "cause = '' where id = :id", id=alarm.id, person=person, at=alarm.acknowledged_at)
    tx.execute("update notification set rang = 0 where alarm = :id", id=alarm.id)
    timers.cancel(tx, TIMER, str(alarm.id))
    _append_to_all(tx, alarm.id, "acknowledged", "acknowledged", {"person": person, "at": alarm.acknowledged_at})
    for call in _hooks:
        call(tx, alarm)
    if alarm.author != people.SYSTEM and not alarm.channel:
        tx.lock(model.inbox(alarm.author))
        text = msgspec.json.decode(alarm.cause)["text"] if alarm.cause else ""
        model.notify(tx, [alarm.author], Cause("acknowledged", person, f"acknowledged/{alarm.id}", text=text))


def _append_to_all(tx: db.Transaction, id: int, kind: str, key: str, data: dict[str, Any]) -> None:
    """Append an entry about an alarm to the inboxes of all its recipients."""
    tx.lock(*(model.inbox(person) for person, _ in _recipients(tx, id)))
    log.append_each(
        tx, "select 'inbox:' || person as channel, '{\"targets\":[' || seq || '],' || substr(cast(:more as text), 2) "
        "as data from notification where alarm = :alarm", kind, author=people.SYSTEM, key=f"alarm/{id}/{key}", alarm=id,
        more=msgspec.json.encode(data).decode())


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """End the alarm of a message that is deleted; nothing of its text stays."""
    tx.execute("update alarm set step_at = null, ring_at = null, cause = '' where channel = :channel and seq = :seq",
               channel=channel, seq=seq)


def revise(tx: db.Transaction, channel: str, seq: int, text: str) -> None:
    """Change the text for those who are still to be asked about a message that was edited."""
    for id, cause in tx.execute("select id, cause from alarm where channel = :channel and seq = :seq "
                                "and cause <> ''", channel=channel, seq=seq):
        tx.execute("update alarm set cause = :cause where id = :id", id=id,
                   cause=msgspec.json.encode(msgspec.json.decode(cause) | {"text": text}).decode())


def of(person: int, id: int) -> State:
    """Return an alarm, to its author and its recipients."""
    with db.snapshot() as reads:
        alarm = _find(reads, id)
        mine = reads.execute("select 1 from notification where person = :person and alarm = :id", person=person, id=id)
        if alarm is None or not (mine or alarm.author == person):
            raise Refused("error.alarm_not_found", "not_found")
        return _state(reads, alarm)


ABOUT = """select notification.seq, alarm.id, alarm.acknowledged, alarm.acknowledged_at from notification
    join alarm on alarm.id = notification.alarm where notification.person = :person and notification.seq = any(:seqs)"""


def _overlay(reads: Reads, person: int, items: list[dict[str, Any]]) -> None:
    """Add to a person's notifications who acknowledged them, and who was asked."""
    seqs = [item["seq"] for item in items if "alarm" in item]
    if not seqs:
        return
    found = {seq: (id, who, at) for seq, id, who, at in reads.execute(ABOUT, person=person, seqs=seqs)}
    steps = _steps(reads, {id for id, *_ in found.values()})
    for item in items:
        if about := found.get(item["seq"]):
            id, who, at = about
            item["acknowledged"] = {"person": who, "at": at} if who is not None else None
            if id in steps:
                item["steps"] = msgspec.to_builtins(steps[id])


model.overlays.append(_overlay)


def acknowledged_in(reads: Reads, places: list[tuple[str, int]]) -> dict[tuple[str, int], dict[str, Any]]:
    """Return who acknowledged the alarms of these messages, as far as somebody has."""
    rows = reads.execute("select channel, seq, acknowledged, acknowledged_at from alarm where acknowledged is not null "
                         "and (channel, seq) in (select channel, seq from each(:places) as place(channel text, "
                         "seq bigint))", places=places)
    return {(channel, seq): {"person": who, "at": at} for channel, seq, who, at in rows}


def _steps(reads: Reads, ids: Iterable[int]) -> dict[int, list[Asked]]:
    found: dict[int, list[Asked]] = {}
    for id, nth, at, asked in reads.execute("select alarm, nth, at, people from alarm_step where alarm = any(:ids) "
                                            "order by alarm, nth", ids=sorted(ids)):
        found.setdefault(id, []).append(Asked(nth, at, msgspec.json.decode(asked) if asked else []))
    return found


def _recipients(reads: Reads, id: int) -> list[tuple[int, int]]:
    return [(person, seq) for person, seq in reads.execute(
        "select person, seq from notification where alarm = :id order by person", id=id)]


def _state(reads: Reads, alarm: Alarm) -> State:
    by = alarm.acknowledged
    who = Acknowledged(by, alarm.acknowledged_at or 0.0) if by is not None else None
    return State(alarm.id, alarm.at, alarm.is_open, who, _steps(reads, [alarm.id]).get(alarm.id, []))


def _find(reads: Reads, id: int) -> Alarm | None:
    rows = reads.execute(f"select {COLUMNS} from alarm where id = :id", id=id)
    return Alarm(*rows[0]) if rows else None


def _locked(tx: db.Transaction, id: int) -> Alarm | None:
    """Return an alarm, whose row stays locked until the commit."""
    rows = tx.execute(f"select {COLUMNS} from alarm where id = :id for update", id=id)
    return Alarm(*rows[0]) if rows else None
