"""On-call lists: a group with steps, which are asked one after the other until somebody acknowledges.

A mention of such a group reaches the people of its first step as they are now, instead of everybody in it.  The people
of a step may take turns, a week each; anybody on the list may take over the first step for a while.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Meta

from hubbub.core import db, node
from hubbub.core.access import Reads, Refused
from hubbub.people import audit, groups, model, profiles

MOST_STEPS, MOST_IN_STEP, MOST_OVERRIDES = 10, 50, 50
ROUNDS = 3  # times that a list is asked from the start, if its end is "again"
WEEK = timedelta(days=7)
YEAR = 366 * 24 * 3600.0

End = Literal["stop", "again", "everybody"]


class Rotation(msgspec.Struct, frozen=True):
    """Turns of a week: the weekday (0 is Monday), the time and the time zone of each hand-over."""

    weekday: Annotated[int, Meta(ge=0, le=6)]
    time: Annotated[str, Meta(pattern=r"\A([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
    zone: Annotated[str, Meta(max_length=50)]
    since: float = 0.0  # a moment in the turn of the first one; set when the list is saved


class Step(msgspec.Struct, frozen=True):
    """The people whom a step asks, and for how long; a group is its id below zero.

    In a rotation, it is one at a time; the turn of somebody who is banned is that of the next one.
    """

    who: Annotated[list[int], Meta(min_length=1, max_length=MOST_IN_STEP)]
    minutes: Annotated[int, Meta(ge=1, le=1440)] = 5
    rotation: Rotation | None = None


class Plan(msgspec.Struct, frozen=True):
    """The steps of a list, and what follows the last one without an acknowledgement."""

    steps: Annotated[list[Step], Meta(min_length=1, max_length=MOST_STEPS)]
    end: End = "again"


class Override(msgspec.Struct, frozen=True):
    """A time in which a person takes over the first step."""

    id: int
    person: int
    since: float
    until: float


class OnCall(msgspec.Struct, frozen=True):
    """A list as the page shows it: who is on call now, until when if that is known, and its plan."""

    group: int
    handle: str
    name: str
    now: list[int]
    plan: Plan
    overrides: list[Override]
    until: float | None = None


def plan_of(reads: Reads, group: int) -> Plan | None:
    """Return the plan of a group, if it is an on-call list."""
    rows = reads.execute("select plan from oncall where group_id = :id", id=group)
    return msgspec.json.decode(rows[0][0], type=Plan) if rows else None


def among(reads: Reads, ids: Iterable[int]) -> list[int]:
    """Return the on-call lists among the ids that a text mentions."""
    wanted = [-id for id in ids if id < 0]
    rows = reads.execute("select group_id from oncall where group_id = any(:wanted) order by group_id",
                         wanted=wanted) if wanted else []
    return [id for id, in rows]


def mentioned(reads: Reads, ids: Iterable[int]) -> list[int]:
    """Return the people whom the groups among mentioned ids mean, each once: of an on-call list, those on call now."""
    found = list(ids)
    lists = among(reads, found)
    people = {one for group in lists for one in people_of_step(reads, group, 1)}
    return sorted(people | {*groups.mentioned(reads, (id for id in found if -id not in lists))})


def people_of_step(reads: Reads, group: int, nth: int) -> list[int]:
    """Return whom a list asks in its step `nth`, counted from 1 over all its rounds; nobody after the last."""
    plan, now = plan_of(reads, group), node.now()
    if plan is None:
        return []
    if nth > steps_of(plan):
        return []
    if nth > len(plan.steps) and plan.end == "everybody":
        return _people(reads, [*(one for step in plan.steps for one in step.who), -group])
    step = plan.steps[(nth - 1) % len(plan.steps)]
    if step is plan.steps[0] and (override := _current_override(reads, group, now)):
        return [override.person]
    found = _people(reads, step.who)
    return found if not step.rotation else [one for one in _from_now(step, now).who if one in found][:1]


def minutes_of_step(plan: Plan, nth: int) -> int:
    """Return for how many minutes the step `nth` waits for an acknowledgement."""
    return plan.steps[(nth - 1) % len(plan.steps)].minutes


def steps_of(plan: Plan) -> int:
    """Return the number of the last step, over all rounds."""
    return len(plan.steps) * ROUNDS if plan.end == "again" else len(plan.steps) + (plan.end == "everybody")


def turn(step: Step, now: float) -> tuple[int, float]:
    """Return whose turn it is in a rotation, and until when."""
    assert step.rotation
    zone = ZoneInfo(step.rotation.zone)
    first, local = (_hand_over_before(step.rotation, moment, zone) for moment in (step.rotation.since, now))
    nth = round((local - first) / WEEK)
    return step.who[nth % len(step.who)], (local + WEEK).replace(tzinfo=zone).timestamp()


def _hand_over_before(rotation: Rotation, moment: float, zone: ZoneInfo) -> datetime:
    """Return the last hand-over up to a moment, in local time without a zone: its weeks are equally long."""
    local = datetime.fromtimestamp(moment, zone).replace(tzinfo=None)
    hour, minute = map(int, rotation.time.split(":"))
    day = local - timedelta(days=(local.weekday() - rotation.weekday) % 7)
    found = day.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return found if found <= local else found - WEEK


def everything(reads: Reads) -> list[OnCall]:
    """Return all lists, with who is on call now."""
    plans = dict(reads.execute("select group_id, plan from oncall"))
    return [_shown(reads, group, msgspec.json.decode(plans[group.id], type=Plan))
            for group in groups.everything(reads) if group.id in plans]


def save(by: int, group: int, plan: Plan) -> OnCall:
    """Make a group an on-call list, or change it.  In a rotation, the first of a step has the turn of now."""
    now = node.now()
    steps = [msgspec.structs.replace(step, rotation=step.rotation and _checked(step.rotation, now))
             for step in plan.steps]
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, by, "admin")
        found = _group(tx, group)
        who = {one for step in steps for one in step.who}
        _check_who(tx, who, {one for step in steps if step.rotation for one in step.who})
        stored = msgspec.structs.replace(plan, steps=steps)
        tx.execute("insert into oncall (group_id, plan) values (:id, :plan) "
                   "on conflict (group_id) do update set plan = excluded.plan",
                   id=group, plan=msgspec.json.encode(stored).decode())
        audit.note(tx, "oncall_changed", by, group=group, handle=found.handle)
        return _shown(tx, found, stored)


def delete(by: int, group: int) -> None:
    """Make an on-call list an ordinary group again."""
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, by, "admin")
        found = _group(tx, group)
        forget(tx, group)
        audit.note(tx, "oncall_deleted", by, group=group, handle=found.handle)


def forget(tx: db.Transaction, group: int) -> None:
    """Delete what is stored of a list."""
    tx.execute("delete from oncall where group_id = :id", id=group)
    tx.execute("delete from oncall_override where group_id = :id", id=group)


def take_over(by: int, group: int, until: float, person: int = 0, since: float = 0.0) -> OnCall:
    """Have a person (or yourself) on call first until a moment, perhaps from a later one on.

    People on the list may take over; admins may choose anybody on it.
    """
    now, person = node.now(), person or by
    since = max(since, now)
    if not since < until <= now + YEAR:
        raise Refused("error.oncall_time", "bad_input")
    with db.transaction(model.EVERYBODY) as tx:
        found, plan = _group(tx, group), _plan(tx, group)
        model.require(tx, by, "member" if person == by else "admin")
        if person not in _people(tx, [-group, *(one for step in plan.steps for one in step.who)]):
            raise Refused("error.oncall_not_on_list", "denied")
        tx.execute("delete from oncall_override where group_id = :group and until <= :now", group=group, now=now)
        [(count,)] = tx.execute("select count(*) from oncall_override where group_id = :group", group=group)
        if count >= MOST_OVERRIDES:
            raise Refused("error.oncall_overrides", "too_large", limit=MOST_OVERRIDES)
        tx.execute("insert into oncall_override (group_id, person, since, until) "
                   "values (:group, :person, :since, :until)", group=group, person=person, since=since, until=until)
        audit.note(tx, "oncall_taken_over", by, group=group, handle=found.handle, instead=person)
        return _shown(tx, found, plan)


def give_back(by: int, id: int) -> OnCall:
    """End a time in which a person takes over: that person, or an admin."""
    with db.transaction(model.EVERYBODY) as tx:
        rows = tx.execute("delete from oncall_override where id = :id returning group_id, person", id=id)
        if not rows:
            raise Refused("error.oncall_not_found", "not_found")
        group, person = rows[0]
        model.require(tx, by, "member" if person == by else "admin")
        return _shown(tx, _group(tx, group), _plan(tx, group))


def _shown(reads: Reads, group: groups.Group, plan: Plan) -> OnCall:
    now, first = node.now(), plan.steps[0]
    override = _current_override(reads, group.id, now)
    until = override.until if override else turn(first, now)[1] if first.rotation else None
    steps = [_from_now(step, now) for step in plan.steps]
    return OnCall(group.id, group.handle, group.name, people_of_step(reads, group.id, 1),
                  msgspec.structs.replace(plan, steps=steps), _overrides(reads, group.id, now), until)


def _from_now(step: Step, now: float) -> Step:
    """Return a step whose first one has the turn of now."""
    if not step.rotation:
        return step
    nth = step.who.index(turn(step, now)[0])
    return msgspec.structs.replace(step, who=step.who[nth:] + step.who[:nth])


def _overrides(reads: Reads, group: int, now: float) -> list[Override]:
    rows = reads.execute("select id, person, since, until from oncall_override where group_id = :group "
                         "and until > :now and exists (select 1 from person where person.id = oncall_override.person "
                         "and banned is null) order by since, id", group=group, now=now)
    return [Override(*row) for row in rows]


def _current_override(reads: Reads, group: int, now: float) -> Override | None:
    """Return who takes over now: the last one who said so."""
    return max((one for one in _overrides(reads, group, now) if one.since <= now), key=lambda one: one.id, default=None)


def _people(reads: Reads, who: Iterable[int]) -> list[int]:
    """Return the people among ids of people and groups, without those who are banned, in the order of their ids."""
    wanted = list(who)
    rows = reads.execute("select id from person where id = any(:ids) and id > 0 and banned is null",
                         ids=[one for one in wanted if one > 0])
    return sorted({id for id, in rows} | {*groups.mentioned(reads, wanted)})


def _checked(rotation: Rotation, now: float) -> Rotation:
    if not profiles.is_zone(rotation.zone):
        raise Refused("error.zone_unknown", "bad_input")
    return msgspec.structs.replace(rotation, since=now)


def _check_who(tx: db.Transaction, who: set[int], rotating: set[int]) -> None:
    """Refuse unknown people and groups, and groups in a rotation."""
    people = tx.execute("select id from person where id = any(:ids) and id > 0 and role <> 'bot'", ids=list(who))
    known = {id for id, in people} | {-group.id for group in groups.everything(tx)}
    if who - known or any(one < 0 for one in rotating):
        raise Refused("error.person_not_found", "not_found")


def _group(reads: Reads, id: int) -> groups.Group:
    if found := next((group for group in groups.everything(reads) if group.id == id), None):
        return found
    raise Refused("error.group_not_found", "not_found")


def _plan(reads: Reads, group: int) -> Plan:
    if plan := plan_of(reads, group):
        return plan
    raise Refused("error.oncall_not_found", "not_found")
