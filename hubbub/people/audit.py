"""The audit log: changes of people and their rights, append-only, readable by owners and admins."""

import secrets
from typing import Any

from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads
from hubbub.core.windows import Span
from hubbub.people import model

CHANNEL = "audit:all"


@access.rule("audit")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    return f"audit:{name}" == CHANNEL and verb == "read" and model.is_at_least(reads, person, "admin")


def note(tx: db.Transaction, action: str, person: int, **facts: Any) -> None:
    """Record an action of `person` (0: unknown); facts must not contain secrets or text typed by a stranger."""
    log.append(tx, CHANNEL, "audit", {"action": action, **facts}, author=person, key=secrets.token_hex(8))


@windows.projection("audit")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the newest records and the people they mention."""
    entries = log.newest(reads, channel, "audit", span.before, span.limit)
    items = [{"seq": entry.seq, "author": entry.author, "at": entry.at, **entry.data} for entry in entries]
    ids = {item["author"] for item in items} | {item["subject"] for item in items if "subject" in item}
    return {"items": items, "people": {str(person.id): person for person in model.directory(reads, ids)}}
