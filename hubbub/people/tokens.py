"""Bearer tokens: what a script is known by.  Named, scoped, perhaps with an end; shown once, and revocable."""


import msgspec

from hubbub.core import db, node
from hubbub.core.access import SCOPES, Reads, Refused
from hubbub.people import audit, model, names, sign_ins

MOST = 50  # tokens of one person


class Token(msgspec.Struct, frozen=True):
    """One token, without its secret; `until` is null where it has no end."""

    id: str
    name: str
    scope: str
    since: float
    seen: float
    until: float | None


def make(person: int, name: str, scope: str, days: int | None) -> tuple[Token, str]:
    """A new token and its secret, for who came with rights for everything; Refused to guests without an account."""
    if scope not in SCOPES:
        raise Refused("a token's scope is read, write or admin", "bad_input")
    wanted, until = names.tidy(name), node.now() + days * 24 * 3600.0 if days else None
    with db.transaction() as tx:
        if not tx.execute("select 1 from person where id = :id and password is not null and banned is null",
                          id=person):
            raise Refused("guests have no tokens: join by an invite first", "denied")
        [(count,)] = tx.execute("select count(*) from sign_in where person = :person and kind = 'token'",
                                person=person)
        if count >= MOST:
            raise Refused(f"you have {MOST} tokens: revoke one first", "taken")
        secret = model.create_sign_in(tx, person, "token", name=wanted, scope=scope, until=until)
        id = model.sign_in_id(secret)
        audit.note(tx, "token_made", person, token=id, scope=scope, days=days)
        return next(token for token in current(tx, person) if token.id == id), secret


def current(reads: Reads, person: int) -> list[Token]:
    """A person's tokens, the newest first, also those that ran out."""
    rows = reads.execute("select token, name, scope, since, seen, until from sign_in where person = :person "
                         "and kind = 'token' order by since desc", person=person)
    return [Token(token[:16], *rest) for token, *rest in rows]


def revoke(person: int, id: str) -> None:
    """Make a token void; Refused if the person has none like that."""
    with db.transaction() as tx:
        if not sign_ins.drop(tx, person, id, "token"):
            raise Refused("there is no such token", "absent")
        audit.note(tx, "token_revoked", person, token=id)
