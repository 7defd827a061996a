"""HTTP routes for the people who run the server: what it stores, and a backup of it."""

import time
from typing import Annotated

from flask import Response
from msgspec import Meta

from hubbub import limits
from hubbub.core import db, node
from hubbub.core.access import Visitor
from hubbub.people import audit, backups, presence, status
from hubbub.people.routes import Text, blueprint
from hubbub.web import api, headers
from hubbub.web.schema import Seq

Action = Annotated[str, Meta(pattern="^[a-z_]{0,40}$")]
Limit = Annotated[int, Meta(ge=1, le=100)]


@api.route(blueprint, "GET", "/api/status", scope="admin")
def read_status(visitor: Visitor) -> status.Status:
    """Return what the server stores and who uses it, as an admin."""
    return status.current(visitor.person, len(presence.online()))


@api.route(blueprint, "GET", "/api/audit", scope="admin", rate=limits.HEAVY)
def audit_log(visitor: Visitor, person: Text = "", action: Action = "", before: Seq = 0,
              limit: Limit = 50) -> audit.Records:
    """Return the audit log as an owner, newest first: of a person, given by handle, or of one action."""
    with db.snapshot() as reads:
        return audit.find(reads, visitor.person, person, action, before, limit)


@api.route(blueprint, "POST", "/api/backup", scope="admin", rate=limits.HEAVY)
def allow_backup(visitor: Visitor, password: Text) -> dict[str, str]:
    """Give your password as an owner; return the `ticket` for one download, within a minute."""
    return {"ticket": backups.allow(visitor, password)}


@api.route(blueprint, "GET", "/api/backup", scope="admin", rate=limits.HEAVY, returns=bytes)
def download_backup(visitor: Visitor, ticket: Text) -> Response:
    """Download a backup of all data, as an owner; `hubbub restore` reads it. Keep it as safe as a password."""
    answer = Response(backups.download(visitor.person, ticket), mimetype="application/zip")
    day = time.strftime("%Y-%m-%d", time.gmtime(node.now()))
    answer.headers["Content-Disposition"] = headers.disposition(f"hubbub-{day}.backup")
    answer.headers["Cache-Control"] = "no-store"
    return answer
