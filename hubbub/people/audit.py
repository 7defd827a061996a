"""What happened to people and their rights: who, what, when, from where; appended only, read by owners and admins."""

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


def note(tx: db.Transaction, what: str, person: int, **facts: Any) -> None:
    """Keep that `person` (0: somebody unknown) did `what`; facts hold no secret and nothing typed by a stranger."""
    log.append(tx, CHANNEL, "noted", {"what": what, **facts}, author=person, key=secrets.token_hex(8))


@windows.projection("audit")
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """What happened last, and the people in it."""
    entries = log.newest(reads, channel, "noted", span.before, span.limit)
    items = [{"seq": entry.seq, "author": entry.author, "at": entry.at, **entry.data} for entry in entries]
    met = {item["author"] for item in items} | {item["about"] for item in items if "about" in item}
    return {"items": items, "people": {str(one.id): one for one in model.directory(reads, met)}}
