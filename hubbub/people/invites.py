"""Links that let somebody in: the set-up link of the first owner, invites, and links for a new password.

All are one kind of secret, of which only the hash is kept; it stands behind the `#` of the address, so it reaches no
log.  A use is taken by one statement, so twenty who use the last one at once are one success.
"""

import secrets
from typing import NamedTuple

import msgspec

from hubbub.core import access, db, node
from hubbub.core.access import Reads, Refused
from hubbub.people import audit, model

DAY = 24 * 3600.0
ROLES = ("guest", "member", "admin")
UNKNOWN = "this link is not good any more: ask for a new one"


class Invite(msgspec.Struct, frozen=True):
    """A link that is open: who made it, what it gives, how often and until when."""

    id: int
    role: str
    room: int | None
    uses: int
    until: float | None
    by: int
    since: float


class Use(NamedTuple):
    """What a link is good for."""

    id: int
    role: str
    room: int | None
    person: int | None
    by: int


def make(person: int, role: str, room: int | None, uses: int, days: int) -> tuple[Invite, str]:
    """A new invite and its secret; Refused but for owners and admins, who must be able to invite to `room`."""
    if role not in ROLES:
        raise Refused("one can be invited as guest, member or admin", "bad_input")
    with db.transaction() as tx:
        model.require(tx, person, "admin")
        if room is not None:
            access.check(tx, person, f"room:{room}", "invite")
        id, secret = issue(tx, role, person, uses=uses, days=days, room=room)
        audit.note(tx, "invited", person, invite=id, role=role, room=room, uses=uses, days=days)
        return next(invite for invite in _open(tx) if invite.id == id), secret


def issue(tx: db.Transaction, role: str, maker: int, *, uses: int = 1, days: float = 1, room: int | None = None,
          person: int | None = None) -> tuple[int, str]:
    """A link whose maker has the right to it; returns its id and its secret."""
    secret = secrets.token_urlsafe(16)
    now = node.now()
    [(id,)] = tx.execute("insert into invite (secret, role, room, person, uses, until, maker, since) "
                         "values (:secret, :role, :room, :person, :uses, :until, :maker, :now) returning id",
                         secret=model.hashed(secret), role=role, room=room, person=person, uses=uses,
                         until=now + days * DAY, maker=maker, now=now)
    return id, secret


def for_owner() -> str:
    """A set-up link's secret, or "" where there is an owner; those made before are no good any more."""
    with db.transaction() as tx:
        tx.execute("delete from invite where role = 'owner' and person is null")
        return "" if model.has_owner(tx) else issue(tx, "owner", 0, days=3650)[1]


def for_password(tx: db.Transaction, person: int, maker: int) -> str:
    """The secret of a link, good for a day, by which `person` takes a new password; those made before are not."""
    tx.execute("delete from invite where person = :person", person=person)
    audit.note(tx, "reset_link", maker, about=person)
    return issue(tx, "", maker, person=person)[1]


def find(reads: Reads, secret: str) -> Use:
    """What a link is good for now; Refused if for nothing."""
    rows = reads.execute("select id, role, room, person, maker from invite "
                         "where secret = :secret and uses > 0 and (until is null or until > :now)",
                         secret=model.hashed(secret), now=node.now())
    if not rows:
        raise Refused(UNKNOWN, "absent")
    return Use(*rows[0])


def take(tx: db.Transaction, secret: str) -> Use:
    """Use a link once; Refused if it is used up."""
    rows = tx.execute("update invite set uses = uses - 1 where secret = :secret and uses > 0 "
                      "and (until is null or until > :now) returning id, role, room, person, maker",
                      secret=model.hashed(secret), now=node.now())
    if not rows:
        raise Refused(UNKNOWN, "absent")
    return Use(*rows[0])


def current(person: int) -> list[Invite]:
    """The invites that are open, the newest first; Refused but for owners and admins."""
    model.require(db, person, "admin")
    return _open(db)


def _open(reads: Reads) -> list[Invite]:
    rows = reads.execute("select id, role, room, uses, until, maker, since from invite where uses > 0 and maker > 0 "
                         "and person is null and (until is null or until > :now) order by id desc", now=node.now())
    return [Invite(*row) for row in rows]


def revoke(person: int, id: int) -> None:
    """Make an invite void; Refused but for owners and admins."""
    with db.transaction() as tx:
        model.require(tx, person, "admin")
        if not tx.execute("delete from invite where id = :id and maker > 0 and person is null returning id", id=id):
            raise Refused("there is no such invite", "absent")
        audit.note(tx, "invite_revoked", person, invite=id)


def drop_made_by(tx: db.Transaction, person: int) -> None:
    """Make void what somebody handed out who may not hand it out any more, and links to a password of theirs."""
    tx.execute("delete from invite where maker = :person or person = :person", person=person)


def room_name(reads: Reads, room: int | None) -> str | None:
    """What the room of an invite is called."""
    rows = reads.execute("select name from room where id = :id", id=room) if room is not None else []
    return rows[0][0] if rows else None
