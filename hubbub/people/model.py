"""Who somebody is: a name, a kind, and the secrets by which they are known again.

A secret is 128 random bits, given out once and kept only as its SHA-256; nothing slower is needed, since it cannot be
guessed.  Names are not unique: a person is an id.
"""

import hashlib
import secrets
import time
import unicodedata
from collections.abc import Iterable
from typing import Any

import msgspec

from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads, Refused, Visitor
from hubbub.people import names

EVERYBODY = "people:all"
NAME_LIMIT = 40


class Person(msgspec.Struct, frozen=True):
    """Somebody as everybody may see them."""

    id: int
    name: str
    role: str


@access.rule("people")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    return f"people:{name}" == EVERYBODY and verb == "read"


def guest(name: str | None = None) -> tuple[Person, str]:
    """Take in a new guest; returns them and the secret they are known again by."""
    wanted = _name(name) if name is not None else names.invent()
    secret = secrets.token_urlsafe(16)
    with db.transaction() as tx:
        [(id,)] = tx.execute("insert into person (name, role, since) values (:name, 'guest', :at) returning id",
                             name=wanted, at=time.time())
        tx.execute("insert into sign_in (token, person, since) values (:token, :person, :at)",
                   token=_hash(secret), person=id, at=time.time())
        person = Person(id, wanted, "guest")
        _tell(tx, person)
    return person, secret


def rename(id: int, name: str) -> Person:
    """Give a person another name, which everybody hears; earlier messages show it too."""
    wanted = _name(name)
    with db.transaction() as tx:
        [(role,)] = tx.execute("update person set name = :name where id = :id returning role", name=wanted, id=id)
        person = Person(id, wanted, role)
        _tell(tx, person)
    return person


def known(secret: str) -> Visitor | None:
    """Who holds this secret, unless it ran out or they are banned."""
    rows = db.execute("select sign_in.person, scope from sign_in join person on person.id = sign_in.person "
                      "where token = :token and (until is null or until > :now) and banned is null",
                      token=_hash(secret), now=time.time())
    return Visitor(rows[0][0], sign_in_id(secret), rows[0][1]) if rows else None


def role(reads: Reads, person: int) -> str:
    """What a person is in this place; empty for nobody and for who is banned."""
    rows = reads.execute("select role from person where id = :id and banned is null", id=person)
    return rows[0][0] if rows else ""


def sign_in_id(secret: str) -> str:
    """How a sign-in is named where its secret must not be."""
    return _hash(secret)[:16]


def directory(reads: Reads, ids: Iterable[int]) -> list[Person]:
    """Those of these people who exist."""
    rows = (reads.execute("select id, name, role from person where id = :id", id=id) for id in sorted(set(ids)))
    return [Person(*row) for found in rows for row in found]


@windows.projection("people")
def newest(reads: Reads, channel: str, before: int, limit: int) -> dict[str, Any]:
    """The people who came or changed last."""
    entries = log.newest(reads, channel, "person", before, limit)
    return {"items": directory(reads, (entry.author for entry in entries))}


def _tell(tx: db.Transaction, person: Person) -> None:
    log.append(tx, EVERYBODY, "person", msgspec.to_builtins(person), author=person.id, key=secrets.token_hex(8))


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy:
        raise Refused("a name needs at least one letter", "bad_input")
    if len(tidy) > NAME_LIMIT:
        raise Refused(f"a name has at most {NAME_LIMIT} characters", "bad_input")
    if not tidy.isprintable() or all(unicodedata.category(letter)[0] in "MZ" for letter in tidy):
        raise Refused("a name may only have characters that can be seen", "bad_input")
    return tidy


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()
