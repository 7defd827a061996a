"""Sign-ins of browsers: create, list and end them; the commit that ends one closes its open connections.

A `device` is a browser that signed in to an account before.  Its secret grants no rights, but exempts it from the
delays that strangers' guesses cause.  It survives a sign-out, and ends when the password changes.
"""

import re

import msgspec

from hubbub.core import bus, db, node, rights
from hubbub.core.access import Refused
from hubbub.people import audit, model

YEAR = 365 * 24 * 3600.0

BROWSERS = ("Edg|Edge", "OPR|Opera", "Firefox|Firefox", "Chrome|Chrome", "Safari|Safari")
SYSTEMS = ("Android|Android", "iPhone|iPhone", "iPad|iPad", "Windows|Windows", "Mac OS|macOS", "CrOS|ChromeOS",
           "Linux|Linux")


class SignIn(msgspec.Struct, frozen=True):
    """A browser in which a person is signed in; `last_used` is precise to the hour."""

    id: str
    name: str
    address: str
    since: float
    last_used: float
    current: bool


def disconnect(tx: db.Transaction, person: int, sign_in: str = "", spare: str = "") -> None:
    """Close open connections of a person at every node, so that they reconnect with the rights they have after `tx`.

    Those of one sign-in, or all but those of the sign-in `spare`.
    """
    rights.announce(tx, bus.Disconnected(person, sign_in, spare))


def open(tx: db.Transaction, person: int, agent: str, address: str) -> str:
    """Create a sign-in of a browser, and return its secret."""
    return model.create_sign_in(tx, person, "browser", name=browser(agent), address=address,
                                until=node.now() + model.IDLE)


def device(tx: db.Transaction, person: int) -> str:
    """Create the device of a browser, and return its secret."""
    tx.execute("delete from sign_in where kind = 'device' and until < :now", now=node.now())
    return model.create_sign_in(tx, person, "device", until=node.now() + YEAR)


def is_device(secret: str, person: int) -> bool:
    """Return whether a browser signed in to this account before."""
    return bool(secret) and bool(db.execute(
        "select 1 from sign_in where token = :token and person = :person and kind = 'device' and until > :now",
        token=model.hashed(secret), person=person, now=node.now()))


def current(person: int, own: str) -> list[SignIn]:
    """Return the browsers in which a person is signed in, most recently used first; `own` is the caller's."""
    rows = db.execute("select token, name, address, since, seen from sign_in where person = :person "
                      "and kind = 'browser' and (until is null or until > :now) order by seen desc, since desc",
                      person=person, now=node.now())
    return [SignIn(token[:16], name, address, since, seen, token[:16] == own)
            for token, name, address, since, seen in rows]


def end(person: int, id: str) -> None:
    """End one sign-in of a person; Refused if it does not exist."""
    with db.transaction() as tx:
        if not drop(tx, person, id):
            raise Refused("error.sign_in_not_found", "not_found")
        audit.note(tx, "signed_out", person, sign_in=id)


def drop(tx: db.Transaction, person: int, id: str, kind: str = "browser") -> bool:
    """Delete one sign-in or token, and return whether it existed."""
    rows = tx.execute("delete from sign_in where person = :person and kind = :kind and substr(token, 1, 16) = :id "
                      "returning token", person=person, kind=kind, id=id)
    if rows:
        disconnect(tx, person, id)
    return bool(rows)


def drop_all(tx: db.Transaction, person: int, *, spare: str = "", tokens: bool = False) -> int:
    """Delete a person's devices, sign-ins (except `spare`) and optionally tokens; return how many sign-ins ended."""
    rows = tx.execute("delete from sign_in where person = :person and substr(token, 1, 16) <> :spare "
                      "and (kind <> 'token' or :tokens = 1) returning kind",
                      person=person, spare=spare, tokens=int(tokens))
    disconnect(tx, person, spare=spare)
    return sum(kind == "browser" for kind, in rows)


def browser(agent: str) -> str:
    """Return a readable name of a browser: "Firefox on Linux"."""
    named = [next((name for sign, _, name in (pair.partition("|") for pair in pairs) if re.search(sign, agent)), "")
             for pairs in (BROWSERS, SYSTEMS)]
    return " on ".join(part for part in named if part) or agent[:40] or "a script"
