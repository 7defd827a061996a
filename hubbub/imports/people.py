"""The people of an import: existing accounts, and accounts that nobody can sign in to until they are claimed."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from hubbub import short_text
from hubbub.core import db, node
from hubbub.core.access import Reads, Refused
from hubbub.imports.records import Person
from hubbub.imports.report import Report
from hubbub.people import model, names, profiles
from hubbub.people.model import EVERYBODY

HANDLE_CHANGED = "handles that were taken or not allowed"
NAME_CHANGED = "names that were cut"

KNOWN = """select import_person.id, person.id, person.handle, person.banned is not null, person.role from import_person
    join person on person.id = import_person.person where source = :source"""
SAME_EMAIL = """select person from import_person where email = :email and email <> ''
    and not exists (select 1 from import_person as mine where mine.source = :source
    and mine.person = import_person.person) order by person limit 1"""
REMEMBER = "insert into import_person (source, id, person, email) values (:source, :id, :person, :email)"
UNCLAIMED = """select distinct person.id, person.name, person.handle, person.role, import_person.email
    from import_person join person on person.id = import_person.person
    where person.password is null and person.banned is null and person.role in ('member', 'guest')
    and not exists (select 1 from sign_in where sign_in.person = person.id) order by person.handle"""


class Known(NamedTuple):
    """A person of an import, here."""

    id: int
    handle: str
    is_active: bool
    role: str


class Unclaimed(NamedTuple):
    """A person whose account is not claimed yet."""

    id: int
    name: str
    handle: str
    role: str
    email: str


def known(reads: Reads, source: str) -> dict[str, Known]:
    """Return the people of earlier runs, by their ids there."""
    return _by_id(reads.execute(KNOWN, source=source))


def _by_id(rows: Iterable[tuple[Any, ...]]) -> dict[str, Known]:
    return {id: Known(person, handle, not banned, role) for id, person, handle, banned, role in rows}


def unclaimed(reads: Reads) -> list[Unclaimed]:
    """Return the imported people whose accounts are not claimed yet."""
    return [Unclaimed(*row) for row in reads.execute(UNCLAIMED)]


def add(source: str, people: list[Person], accounts: Mapping[str, int], report: Report) -> tuple[dict[str, Known], int]:
    """Add those of these people who are new; return all of them by their ids there, and how many were new.

    `accounts` are existing ones, by an id, handle or e-mail address there.
    """
    with db.transaction(EVERYBODY) as tx:
        rows = tx.execute(f"{KNOWN} and import_person.id = any(:ids)", source=source, ids=[one.id for one in people])
        there, new = _by_id(rows), 0
        for person in people:
            if person.id in there:
                continue
            id = _account(tx, source, person, accounts) or _create(tx, person, report)
            tx.execute(REMEMBER, source=source, id=person.id, person=id, email=person.email)
            [found] = model.directory(tx, [id])
            there[person.id], new = Known(id, found.handle, found.banned is not True, found.role), new + 1
        return there, new


def _account(tx: db.Transaction, source: str, person: Person, accounts: Mapping[str, int]) -> int:
    """Return the existing account of a person: the named one, or that of the same e-mail in another import."""
    for name in (person.id, person.handle.lower(), person.email):
        if name and name in accounts:
            return accounts[name]
    rows = tx.execute(SAME_EMAIL, email=person.email, source=source)
    return int(rows[0][0]) if rows else 0


def _create(tx: db.Transaction, person: Person, report: Report) -> int:
    """Create an account without a password, which nobody can sign in to; a person who had left stays banned."""
    name = shown_name(person, report)
    handle = free_handle(tx, person, report)
    created = model.create(tx, name, handle, person.role)
    zone = person.zone if profiles.is_zone(person.zone) else ""
    if not person.is_active or zone:
        tx.execute("update person set banned = :banned, zone = :zone where id = :id", id=created.id,
                   banned=None if person.is_active else node.now(), zone=zone)
    if not person.is_active:
        model.announce(tx, created.id)
    return created.id


def shown_name(person: Person, report: Report) -> str:
    """Return the name of a person as it can be stored here."""
    clean = short_text.clean(short_text.without_hidden(person.name))
    name = clean[:names.NAME_LIMIT].strip()
    if name != clean:
        report.note(NAME_CHANGED, clean)
    try:
        return names.tidy(name)
    except Refused:
        return names.tidy(short_text.clean(short_text.without_hidden(person.id))[:names.NAME_LIMIT] or "Somebody")


def free_handle(reads: Reads, person: Person, report: Report) -> str:
    """Return a free handle for a person, if possible the one that they had."""
    wished = person.handle or person.name
    handle = names.free(reads, wished)
    if person.handle and handle != person.handle.lower() and person.role != "bot":
        report.note(HANDLE_CHANGED, f"{person.handle} → {handle}")
    return handle
