"""The audit log: changes of people and their rights, append-only, readable by owners and admins."""

import secrets
from collections.abc import Iterable
from typing import Any

import msgspec

from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.windows import Span
from hubbub.people import model

CHANNEL = "audit:all"
RECORDS = f"""select {log.COLUMNS} from entry where channel = :channel and kind = 'audit' and seq < :before
    and (:action = '' or data like :begins)
    and (:person < 0 or author = :person or data like :subject or data like :last) order by seq desc limit :limit"""


class Records(msgspec.Struct, frozen=True):
    """Records, newest first, and the people in them by id; `before` is for the next page, 0 if there is none."""

    items: list[dict[str, Any]]
    people: dict[str, model.Person]
    before: int


@access.rule("audit")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    return f"audit:{name}" == CHANNEL and verb == "read" and model.is_at_least(reads, person, "admin")


def note(tx: db.Transaction, action: str, person: int, **facts: Any) -> None:
    """Record an action of `person` (0: unknown); facts must not contain secrets or text typed by a stranger."""
    log.append(tx, CHANNEL, "audit", {"action": action, **facts}, author=person, key=secrets.token_hex(8))


@windows.projection("audit")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the newest records and the people they mention."""
    items = _items(log.newest(reads, channel, "audit", span.before, span.limit))
    return {"items": items, "people": _people(reads, items)}


def find(reads: Reads, by: int, handle: str, action: str, before: int, limit: int) -> Records:
    """Return the records of an action, and of a person: what they did, and what was done to them; for owners."""
    model.require(reads, by, "owner")
    person = model.by_handle(reads, handle.strip().removeprefix("@")) if handle.strip() else None
    if handle.strip() and person is None:
        raise Refused("error.person_not_found", "not_found")
    rows = reads.execute(
        RECORDS, channel=CHANNEL, before=before or windows.NEWEST, action=action, person=person.id if person else -1,
        begins=f'{{"action":"{action}"%', limit=limit + 1,
        subject=f'%"subject":{person.id},%' if person else "", last=f'%"subject":{person.id}}}' if person else "")
    items = _items(map(log.entry_of, rows[:limit]))
    return Records(items, _people(reads, items), items[-1]["seq"] if len(rows) > limit else 0)


def _items(entries: Iterable[log.Entry]) -> list[dict[str, Any]]:
    return [{"seq": entry.seq, "author": entry.author, "at": entry.at, **entry.data} for entry in entries]


def _people(reads: Reads, items: list[dict[str, Any]]) -> dict[str, model.Person]:
    ids = {item["author"] for item in items} | {item["subject"] for item in items if "subject" in item}
    return {str(person.id): person for person in model.directory(reads, ids)}
