"""Links with a secret: the set-up link of the first owner, invites, and password resets.

Only the hash of a secret is stored, except of the set-up link until it is used.  A link has its secret after the `#`,
so that it never appears in a log.  A single statement takes a use, so when twenty people use the last one at the same
time, one of them succeeds.
"""

import secrets
from typing import NamedTuple

import msgspec

from hubbub.core import access, db, node
from hubbub.core.access import Reads, Refused
from hubbub.people import audit, model

DAY = 24 * 3600.0
ROLES = ("guest", "member", "admin")


class Invite(msgspec.Struct, frozen=True):
    """An open invite: its role and room, the uses left, its expiry and its creator."""

    id: int
    role: str
    room: int | None
    uses: int
    until: float | None
    by: int
    since: float


class Use(NamedTuple):
    """The purpose of a link."""

    id: int
    role: str
    room: int | None
    person: int | None
    by: int


def make(person: int, role: str, room: int | None, uses: int, days: int) -> tuple[Invite, str]:
    """Create an invite, and return it and its secret; Refused without the right to invite, also to `room`."""
    if role not in ROLES:
        raise Refused("error.invite_role_unknown", "bad_input")
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, person, "admin")
        if room is not None:
            access.check(tx, person, f"room:{room}", "invite")
        id, secret = issue(tx, role, person, uses=uses, days=days, room=room)
        audit.note(tx, "invited", person, invite=id, role=role, room=room, uses=uses, days=days)
        return next(invite for invite in _open(tx) if invite.id == id), secret


def issue(tx: db.Transaction, role: str, created_by: int, *, uses: int = 1, days: float = 1, room: int | None = None,
          person: int | None = None) -> tuple[int, str]:
    """Create a link without checking the creator's rights; return its id and its secret."""
    secret = secrets.token_urlsafe(16)
    now = node.now()
    [(id,)] = tx.execute("insert into invite (secret, role, room, person, uses, until, created_by, since) "
                         "values (:secret, :role, :room, :person, :uses, :until, :created_by, :now) returning id",
                         secret=model.hashed(secret), role=role, room=room, person=person, uses=uses,
                         until=now + days * DAY, created_by=created_by, now=now)
    return id, secret


def for_owner() -> str:
    """Return the secret of the set-up link, the same at each start and node until it is used; "" if there is an owner.

    It is stored as it is, since every node prints it: without an owner there is nothing yet that it could open.
    """
    with db.transaction(model.EVERYBODY) as tx:
        if model.has_owner(tx):
            return ""
        tx.execute("insert into setting (name, value) values ('set_up_link', :secret) on conflict (name) do nothing",
                   secret=secrets.token_urlsafe(16))
        [(secret,)] = tx.execute("select value from setting where name = 'set_up_link'")
        tx.execute("delete from invite where role = 'owner' and person is null and secret <> :secret",
                   secret=model.hashed(secret))
        tx.execute("insert into invite (secret, role, uses, created_by, since) values (:secret, 'owner', 1, 0, :now) "
                   "on conflict (secret) do nothing", secret=model.hashed(secret), now=node.now())
        return str(secret)


def end_set_up(tx: db.Transaction) -> None:
    """Void the set-up link: there is an owner."""
    tx.execute("delete from invite where role = 'owner'")
    tx.execute("delete from setting where name = 'set_up_link'")


def for_password(tx: db.Transaction, person: int, created_by: int) -> str:
    """Return the secret of a link to reset a person's password, valid for a day; earlier ones become invalid."""
    tx.execute("delete from invite where person = :person", person=person)
    audit.note(tx, "reset_link", created_by, subject=person)
    return issue(tx, "", created_by, person=person)[1]


def for_claim(tx: db.Transaction, person: int, days: int) -> str:
    """Return the secret of a link by which a person takes over an account that has no password yet."""
    tx.execute("delete from invite where person = :person", person=person)
    audit.note(tx, "claim_link", 0, subject=person)
    return issue(tx, "", 0, days=days, person=person)[1]


def find(reads: Reads, secret: str) -> Use:
    """Return the purpose of a link; Refused if it is not valid any more."""
    rows = reads.execute("select id, role, room, person, created_by from invite "
                         "where secret = :secret and uses > 0 and (until is null or until > :now)",
                         secret=model.hashed(secret), now=node.now())
    if not rows:
        raise Refused("error.link_invalid", "not_found")
    return Use(*rows[0])


def unclaimed(reads: Reads, use: Use) -> model.Person | None:
    """Return the person of a link if they have no password yet, since another program's import created them."""
    rows = reads.execute("select id from person where id = :id and password is null", id=use.person or 0)
    return model.directory(reads, [rows[0][0]])[0] if rows and use.person else None


def take(tx: db.Transaction, secret: str) -> Use:
    """Take one use of a link; Refused if it is not valid any more."""
    rows = tx.execute("update invite set uses = uses - 1 where secret = :secret and uses > 0 "
                      "and (until is null or until > :now) returning id, role, room, person, created_by",
                      secret=model.hashed(secret), now=node.now())
    if not rows:
        raise Refused("error.link_invalid", "not_found")
    return Use(*rows[0])


def current(person: int) -> list[Invite]:
    """Return the open invites, newest first; Refused unless the person is an owner or admin."""
    model.require(db, person, "admin")
    return _open(db)


def _open(reads: Reads) -> list[Invite]:
    rows = reads.execute("select id, role, room, uses, until, created_by, since from invite where uses > 0 "
                         "and created_by > 0 and person is null and (until is null or until > :now) "
                         "order by id desc", now=node.now())
    return [Invite(*row) for row in rows]


def revoke(person: int, id: int) -> None:
    """Revoke an invite; Refused unless the person is an owner or admin."""
    with db.transaction() as tx:
        model.require(tx, person, "admin")
        if not tx.execute("delete from invite where id = :id and created_by > 0 and person is null "
                          "returning id", id=id):
            raise Refused("error.invite_not_found", "not_found")
        audit.note(tx, "invite_revoked", person, invite=id)


def delete_of(tx: db.Transaction, person: int) -> None:
    """Delete the links that a person made, and links to reset their password."""
    tx.execute("delete from invite where created_by = :person or person = :person", person=person)


def room_name(reads: Reads, room: int | None) -> str | None:
    """Return the name of an invite's room."""
    rows = reads.execute("select name from room where id = :id", id=room) if room is not None else []
    return rows[0][0] if rows else None
