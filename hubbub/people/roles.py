"""Roles, bans and password resets, which owners and admins can do.

Only owners can change an owner or create one, an owner cannot be banned, and the last one cannot step down.  A new role
counts at once, also on open connections, and ends no sign-in.  Only the tokens with the scope admin of a person who
becomes an admin or an owner end: a script that was trusted with a member's rights never gets an admin's.
"""

from hubbub.core import db, follow, node
from hubbub.core.access import Refused
from hubbub.people import audit, invites, model, sign_ins
from hubbub.people.model import RANK, Person

ROLES = ("owner", "admin", "member", "guest")


def change(by: int, person: int, role: str) -> Person:
    """Change a person's role."""
    if role not in ROLES:
        raise Refused("error.role_unknown", "bad_input")
    with db.transaction(model.EVERYBODY) as tx:
        before, mine = _check_rights(tx, by, person)
        if role == "owner" and mine != "owner":
            raise Refused("error.only_owner_makes_owner", "denied")
        if before == role:
            return model.directory(tx, [person])[0]
        if before == "owner" and _is_last_owner(tx):
            raise Refused("error.last_owner", "denied")
        if before == "guest" and not _has_password(tx, person):
            raise Refused("error.guest_has_no_account", "denied")
        tx.execute("update person set role = :role where id = :id", role=role, id=person)
        _revoke(tx, person, before, role)
        if role == "guest":
            model.demote(tx, person)
        audit.note(tx, "role_changed", by, subject=person, role=role, previous_role=before)
        return model.announce(tx, person)


def ban(by: int, person: int) -> Person:
    """Ban a person: their sign-ins, tokens and links end at once; their messages stay."""
    with db.transaction(model.EVERYBODY) as tx:
        before, _ = _check_rights(tx, by, person)
        if before == "owner":
            raise Refused("error.owner_banned", "denied")
        if by == person:
            raise Refused("error.self_banned", "denied")
        tx.execute("update person set banned = :at where id = :id and banned is null", at=node.now(), id=person)
        tx.after_commit(lambda: model.forget(person))
        sign_ins.drop_all(tx, person, tokens=True)
        invites.delete_of(tx, person)
        model.demote(tx, person)
        audit.note(tx, "banned", by, subject=person)
        return model.announce(tx, person)


def unban(by: int, person: int) -> Person:
    """Lift a ban."""
    with db.transaction(model.EVERYBODY) as tx:
        _check_rights(tx, by, person)
        tx.execute("update person set banned = null where id = :id", id=person)
        audit.note(tx, "unbanned", by, subject=person)
        return model.announce(tx, person)


def reset(by: int, person: int) -> str:
    """Return the secret of a link to reset a person's password."""
    with db.transaction(model.EVERYBODY) as tx:
        role, _ = _check_rights(tx, by, person)
        if role == "guest" and not _has_password(tx, person) or not model.role(tx, person):
            raise Refused("error.nothing_to_reset", "denied")
        return invites.for_password(tx, person, by)


def _check_rights(tx: db.Transaction, by: int, person: int) -> tuple[str, str]:
    """Return the roles of `person` and of `by`; Refused if `by` may not change `person`."""
    mine = model.require(tx, by, "admin")
    rows = tx.execute("select role from person where id = :id and id > 0 and role <> 'bot'",
                      id=person)
    if not rows:
        raise Refused("error.person_not_found", "not_found")
    if rows[0][0] == "owner" and mine != "owner":
        raise Refused("error.owner_protected", "denied")
    return rows[0][0], mine


def _is_last_owner(tx: db.Transaction) -> bool:
    return tx.execute("select count(*) from person where role = 'owner' and banned is null") == [(1,)]


def _has_password(tx: db.Transaction, person: int) -> bool:
    return tx.execute("select 1 from person where id = :id and password is not null", id=person) != []


def _revoke(tx: db.Transaction, person: int, before: str, role: str) -> None:
    """End the admin tokens of a person who gained admin rights, or delete the links made by one who has none.

    Links to reset their password, which were made for the role before, are deleted in both cases.
    """
    tx.execute("delete from invite where person = :person", person=person)
    if RANK[role] > RANK[before] and role in ("admin", "owner"):
        for token, in tx.execute("delete from sign_in where person = :person and kind = 'token' and scope = 'admin' "
                                 "returning substr(token, 1, 16)", person=person):
            sign_ins.disconnect(tx, person, token)
    elif RANK[role] < RANK["admin"]:
        invites.delete_of(tx, person)
    follow.recheck(tx, person)
