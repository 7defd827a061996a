"""Download a backup: another process makes it, and this one passes it on, so that no other request waits."""

import logging
import os
import secrets
import sys
from collections.abc import Iterator
from typing import Any

import msgspec
from gevent import subprocess

from hubbub.core import db, leases, node
from hubbub.core.access import Refused, Visitor
from hubbub.people import accounts, audit, model

LEASE, SECONDS = "backup", 60.0
COMMAND = [sys.executable, "-m", "hubbub", "backup", "-"]
SETTINGS = ("data", "database_url", "files_url")
CHUNK = 64 * 1024

logger = logging.getLogger(__name__)


def allow(visitor: Visitor, password: str) -> str:
    """Return a ticket for one backup, within a minute; for an owner who gives their password again."""
    model.require(db, visitor.person, "owner")
    accounts.confirm(visitor, password)
    ticket = secrets.token_urlsafe(16)
    value = msgspec.json.encode([visitor.person, model.hashed(ticket), node.now() + SECONDS]).decode()
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('backup', :value) "
                   "on conflict (name) do update set value = :value", value=value)
    return ticket


def download(person: int, ticket: str) -> Iterator[bytes]:
    """Return the bytes of a backup of all data, for owners; one at a time in the whole cluster."""
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, person, "owner")
        rows = tx.execute("delete from setting where name = 'backup' returning value")
        owner, token, until = msgspec.json.decode(rows[0][0]) if rows else (0, "", 0.0)
        if (owner, token) != (person, model.hashed(ticket)) or until < node.now():
            raise Refused("error.backup_ticket", "denied")
        audit.note(tx, "backup_downloaded", person)
    if not leases.take(LEASE, SECONDS, renews=False):
        raise Refused("error.backup_runs", "conflict")
    config = node.current().config
    own = {f"HUBBUB_{name.upper()}": str(getattr(config, name)) for name in SETTINGS}
    environ = os.environ | own | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    chunks = _chunks(subprocess.Popen(COMMAND, env=environ, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE))
    next(chunks)  # until it has begun, a refusal can still be answered
    return chunks


def _chunks(run: Any) -> Iterator[bytes]:
    """Yield an empty chunk when the backup begins, then all of it; if it fails halfway, the connection breaks."""
    renew_at = node.monotonic() + SECONDS / 3
    try:
        chunk = run.stdout.read(CHUNK)
        if not chunk:
            _log(run)
            raise Refused("error.backup_failed", "busy")
        yield b""
        while chunk:
            yield chunk
            if node.monotonic() > renew_at:
                leases.take(LEASE, SECONDS)
                renew_at = node.monotonic() + SECONDS / 3
            chunk = run.stdout.read(CHUNK)
        if run.wait():
            _log(run)
            raise ConnectionError("the backup ended before it was complete")
    finally:
        if run.poll() is None:
            run.kill()
            run.wait()
        run.stdout.close()
        run.stderr.close()
        leases.release([LEASE])


def _log(run: Any) -> None:
    logger.error("a backup failed: %s", run.stderr.read().decode(errors="replace").strip())
