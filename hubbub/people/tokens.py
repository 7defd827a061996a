"""Bearer tokens of scripts, with a name, a scope and an optional expiry; shown once, and revocable."""

import msgspec

from hubbub.core import db, node
from hubbub.core.access import SCOPES, Reads, Refused
from hubbub.people import audit, model, names, sign_ins

MOST = 50  # tokens of one person


class Token(msgspec.Struct, frozen=True):
    """A token without its secret; `until` is null if it does not expire, `audited` says that it is for an assistant."""

    id: str
    name: str
    scope: str
    since: float
    last_used: float
    until: float | None
    audited: bool


def make(person: int, name: str, scope: str, days: int | None, audited: bool = False) -> tuple[Token, str]:
    """Create a token, and return it and its secret; Refused to guests without an account."""
    with db.transaction() as tx:
        if not tx.execute("select 1 from person where id = :id and password is not null and banned is null for update",
                          id=person):
            raise Refused("error.no_tokens_for_guests", "denied")
        return create(tx, person, name, scope, days, audited, by=person)


def create(tx: db.Transaction, person: int, name: str, scope: str, days: int | None, audited: bool,
           by: int) -> tuple[Token, str]:
    """Do the same for a person whose row is locked, such as a bot of `by`."""
    if scope not in SCOPES:
        raise Refused("error.scope_unknown", "bad_input")
    if audited and scope == "admin":  # which could make tokens that are not audited
        raise Refused("error.assistant_scope", "bad_input")
    wanted, until = names.tidy(name), node.now() + days * 24 * 3600.0 if days else None
    [(count,)] = tx.execute("select count(*) from sign_in where person = :person and kind = 'token'", person=person)
    if count >= MOST:
        raise Refused("error.token_limit", "conflict", limit=MOST)
    secret = model.create_sign_in(tx, person, "token", name=wanted, scope=scope, until=until, audited=audited)
    id = model.sign_in_id(secret)
    bot = {"subject": person} if by != person else {}
    audit.note(tx, "token_created", by, token=id, scope=scope, days=days, audited=audited, **bot)
    return next(token for token in current(tx, person) if token.id == id), secret


def current(reads: Reads, person: int) -> list[Token]:
    """Return a person's tokens, newest first, including expired ones."""
    rows = reads.execute("select token, name, scope, since, seen, until, audited from sign_in where person = :person "
                         "and kind = 'token' order by since desc", person=person)
    return [Token(token[:16], name, scope, since, seen, until, audited == 1)
            for token, name, scope, since, seen, until, audited in rows]


def revoke(person: int, id: str) -> None:
    """Revoke a token; Refused if the person has no such token."""
    with db.transaction() as tx:
        drop(tx, person, id, by=person)


def drop(tx: db.Transaction, person: int, id: str, by: int) -> None:
    """Do the same in a transaction, for the person or for a bot of `by`."""
    if not sign_ins.drop(tx, person, id, "token"):
        raise Refused("error.token_not_found", "not_found")
    audit.note(tx, "token_revoked", by, token=id, **({"subject": person} if by != person else {}))
