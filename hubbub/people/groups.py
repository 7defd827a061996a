"""Groups of people with a handle of their own, such as `@oncall`, which admins manage and everybody can mention.

A group's handle is in the namespace of people's handles.  Among the mentions of a text, `-3` stands for the
group 3, so that nobody takes it for a person.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from hubbub.core import db, node
from hubbub.core.access import Reads, Refused
from hubbub.people import audit, model, names

MOST_MEMBERS = 500  # people in one group: the message that mentions it names them all
MOST_GROUPS = 500

MEMBERS = """select distinct group_member.person from group_member
    join person on person.id = group_member.person and person.banned is null
    where group_member.group_id = any(:groups) order by group_member.person"""
LIST = """select people_group.id, people_group.handle, people_group.name, group_member.person from people_group
    left join group_member on group_member.group_id = people_group.id
    and exists (select 1 from person where person.id = group_member.person and person.banned is null) {}
    order by people_group.name, people_group.id, group_member.person"""


class Group(msgspec.Struct, frozen=True):
    """A group of people; `members` are in the order of their ids, without those who are banned."""

    id: int
    handle: str
    name: str
    members: list[int]


def members(reads: Reads, group_id: int) -> list[int]:
    """Return the people in a group, except those who are banned."""
    return members_of_all(reads, [group_id])


def members_of_all(reads: Reads, groups: Iterable[int]) -> list[int]:
    """Return the people in any of these groups, each once."""
    wanted = list(groups)
    return [person for person, in reads.execute(MEMBERS, groups=wanted)] if wanted else []


def mentioned(reads: Reads, ids: Iterable[int]) -> list[int]:
    """Return the people in the groups among the ids that a text mentions, each once."""
    return members_of_all(reads, [-id for id in ids if id < 0])


def by_handle(reads: Reads, handle: str) -> Group | None:
    """Return the group with a handle, ignoring case."""
    return _first(_list(reads, "where people_group.handle = :handle", handle=handle.lower()))


def everything(reads: Reads) -> list[Group]:
    """Return all groups by name."""
    return _list(reads, "")


def create(by: int, handle: str, name: str, people: list[int]) -> Group:
    """Create a group; Refused unless `by` is an admin, and if a person or a group has the handle."""
    wanted, title = names.handle(handle), names.tidy(name)
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, by, "admin")
        if tx.execute("select count(*) from people_group")[0][0] >= MOST_GROUPS:
            raise Refused("error.group_limit", "too_large", limit=MOST_GROUPS)
        _check_free(tx, wanted)
        [(id,)] = tx.execute("insert into people_group (handle, name, since) values (:handle, :name, :now) "
                             "returning id", handle=wanted, name=title, now=node.now())
        _set_members(tx, id, people)
        audit.note(tx, "group_created", by, group=id, handle=wanted)
        return _get(tx, id)


def change(by: int, id: int, handle: str | None = None, name: str | None = None,
           people: list[int] | None = None) -> Group:
    """Change the given fields of a group."""
    wanted = names.handle(handle) if handle is not None else None
    title = names.tidy(name) if name is not None else None
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, by, "admin")
        before = _get(tx, id)
        if wanted is not None and wanted != before.handle:
            _check_free(tx, wanted)
        tx.execute("update people_group set handle = coalesce(:handle, handle), name = coalesce(:name, name) "
                   "where id = :id", handle=wanted, name=title, id=id)
        if people is not None:
            _set_members(tx, id, people)
        audit.note(tx, "group_changed", by, group=id, handle=wanted or before.handle)
        return _get(tx, id)


def delete(by: int, id: int) -> None:
    """Delete a group, unless an on-call list asks it; messages that mention it stay as they are."""
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, by, "admin")
        group = _get(tx, id)
        if asking := _lists_that_ask(tx, id):
            raise Refused("error.group_is_asked", "conflict", lists=", ".join(f"@{handle}" for handle in asking))
        for table in ("oncall_override", "oncall", "group_member"):
            tx.execute(f"delete from {table} where group_id = :id", id=id)
        tx.execute("delete from people_group where id = :id", id=id)
        audit.note(tx, "group_deleted", by, group=id, handle=group.handle)


def _lists_that_ask(tx: db.Transaction, id: int) -> list[str]:
    """Return the handles of the other on-call lists with a step that asks a group."""
    rows = tx.execute("select handle, plan from oncall join people_group on people_group.id = oncall.group_id "
                      "where oncall.group_id <> :id order by handle", id=id)
    return [handle for handle, plan in rows if any(-id in step["who"] for step in msgspec.json.decode(plan)["steps"])]


def _check_free(tx: db.Transaction, handle: str) -> None:
    if names.is_taken(tx, handle):
        raise Refused("error.handle_taken", "conflict", handle=handle)


def _set_members(tx: db.Transaction, id: int, people: list[int]) -> None:
    if len(people) > MOST_MEMBERS:
        raise Refused("error.group_too_large", "too_large", limit=MOST_MEMBERS)
    found = tx.execute("select count(*) from person where id = any(:people) and id > 0 and role <> 'bot'",
                       people=list(set(people)))
    if found != [(len(set(people)),)]:
        raise Refused("error.person_not_found", "not_found")
    tx.execute("delete from group_member where group_id = :id", id=id)
    tx.execute("insert into group_member (group_id, person) select :id, id from person where id = any(:people)",
               id=id, people=list(set(people)))


def _get(reads: Reads, id: int) -> Group:
    group = _first(_list(reads, "where people_group.id = :id", id=id))
    if group is None:
        raise Refused("error.group_not_found", "not_found")
    return group


def _first(groups: list[Group]) -> Group | None:
    return groups[0] if groups else None


def _list(reads: Reads, where: str, **values: Any) -> list[Group]:
    found: dict[int, Group] = {}
    for id, handle, name, person in reads.execute(LIST.format(where), **values):
        group = found.setdefault(id, Group(id, handle, name, []))
        if person is not None:
            group.members.append(person)
    return list(found.values())
