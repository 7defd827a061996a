"""Roles, bans, and links for a forgotten password: what owners and admins may do to others.

Nobody below an owner touches an owner or makes one, an owner is banned by nobody, and the last one cannot step down.
A change closes the person's open connections after the commit, and they come in anew with what they may then.  Who
becomes an admin or an owner signs in anew, and their tokens for everything end: a sign-in that was left open in some
browser with a member's rights never turns into an admin's.
"""


from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.people import audit, invites, model, sign_ins
from hubbub.people.model import RANK, Person

ROLES = ("owner", "admin", "member", "guest")


def change(by: int, person: int, role: str) -> Person:
    """Give somebody another role."""
    if role not in ROLES:
        raise Refused("a role is owner, admin, member or guest", "bad_input")
    with db.transaction() as tx:
        before, mine = _before(tx, by, person)
        if role == "owner" and mine != "owner":
            raise Refused("only an owner can make somebody an owner", "denied")
        if before == role:
            return model.directory(tx, [person])[0]
        if before == "owner" and _is_last_owner(tx):
            raise Refused("the last owner cannot step down: make somebody else an owner first", "denied")
        if before == "guest" and not _has_password(tx, person):
            raise Refused("they came in without an account: send them an invite, which makes them one", "denied")
        tx.execute("update person set role = :role where id = :id", role=role, id=person)
        _settle(tx, person, before, role)
        if role == "guest":
            model.demote(tx, person)
        audit.note(tx, "role", by, about=person, role=role, was=before)
        return model.announce(tx, person)


def ban(by: int, person: int) -> Person:
    """Put somebody out: their sign-ins, tokens and links end now; what they said stays."""
    with db.transaction() as tx:
        before, _ = _before(tx, by, person)
        if before == "owner":
            raise Refused("an owner cannot be banned", "denied")
        if by == person:
            raise Refused("you cannot ban yourself", "denied")
        tx.execute("update person set banned = :at where id = :id and banned is null", at=node.now(), id=person)
        tx.after_commit(lambda: model.out(person))
        sign_ins.drop_all(tx, person, tokens=True)
        invites.drop_made_by(tx, person)
        model.demote(tx, person)
        audit.note(tx, "banned", by, about=person)
        return model.announce(tx, person)


def unban(by: int, person: int) -> Person:
    """Let somebody sign in again."""
    with db.transaction() as tx:
        _before(tx, by, person)
        tx.execute("update person set banned = null where id = :id", id=person)
        audit.note(tx, "unbanned", by, about=person)
        return model.announce(tx, person)


def reset(by: int, person: int) -> str:
    """The secret of a link by which somebody takes a new password."""
    with db.transaction() as tx:
        _before(tx, by, person)
        if not _has_password(tx, person) or not model.role(tx, person):
            raise Refused("they have no password that could be forgotten", "denied")
        return invites.for_password(tx, person, by)


def _before(tx: db.Transaction, by: int, person: int) -> tuple[str, str]:
    """The role that `person` has, and that of `by`; Refused if `by` may not touch them."""
    mine = model.require(tx, by, "admin")
    rows = tx.execute("select role from person where id = :id and id > 0", id=person)
    if not rows:
        raise Refused("there is no such person", "absent")
    if rows[0][0] == "owner" and mine != "owner":
        raise Refused("only an owner may do that to an owner", "denied")
    return rows[0][0], mine


def _is_last_owner(tx: db.Transaction) -> bool:
    return tx.execute("select count(*) from person where role = 'owner' and banned is null") == [(1,)]


def _has_password(tx: db.Transaction, person: int) -> bool:
    return tx.execute("select 1 from person where id = :id and password is not null", id=person) != []


def _settle(tx: db.Transaction, person: int, before: str, role: str) -> None:
    """What else a new role means: a rise asks for a new sign-in, a fall takes back what was handed out.

    A link to their password that was made for what they were before is void either way.
    """
    tx.execute("delete from invite where person = :person", person=person)
    if RANK[role] > RANK[before] and role in ("admin", "owner"):
        tx.execute("delete from sign_in where person = :person and (kind = 'browser' or kind = 'token' "
                   "and scope = 'admin')", person=person)
    elif RANK[role] < RANK["admin"]:
        invites.drop_made_by(tx, person)
    sign_ins.cut(tx, person)
