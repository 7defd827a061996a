"""Sign-ins of browsers: opened by a password, listed, and ended; open connections of an ended one close after the
commit.

A `device` is a browser that signed in to an account before: a secret of its own that gives no rights, but is not slowed
by what strangers guess.  It stays when the browser signs out, and goes when the password changes.
"""

import re
from collections.abc import Callable
from functools import partial

import msgspec

from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.people import audit, model

YEAR = 365 * 24 * 3600.0

End = Callable[[int, str, str], None]  # person, sign-in or "" for all, the sign-in that is spared
_ends: list[End] = []

BROWSERS = ("Edg|Edge", "OPR|Opera", "Firefox|Firefox", "Chrome|Chrome", "Safari|Safari")
SYSTEMS = ("Android|Android", "iPhone|iPhone", "iPad|iPad", "Windows|Windows", "Mac OS|macOS", "CrOS|ChromeOS",
           "Linux|Linux")


class SignIn(msgspec.Struct, frozen=True):
    """One browser in which somebody is signed in; `seen` is kept to the hour."""

    id: str
    name: str
    address: str
    since: float
    seen: float
    own: bool


def on_end(call: End) -> None:
    """Call after the commit that ends sign-ins, so that their open connections are closed."""
    if call not in _ends:
        _ends.append(call)


def cut(tx: db.Transaction, person: int, sign_in: str = "", spare: str = "") -> None:
    """Close open connections of a person after the commit: they come in anew, with their rights as they are then."""
    for call in _ends:
        tx.after_commit(partial(call, person, sign_in, spare))


def open(tx: db.Transaction, person: int, agent: str, address: str) -> str:
    """A new sign-in of a browser; returns its secret."""
    return model.create_sign_in(tx, person, "browser", name=browser(agent), address=address,
                          until=node.now() + model.IDLE)


def device(tx: db.Transaction, person: int) -> str:
    """Know this browser again, signed in or not; returns its secret."""
    tx.execute("delete from sign_in where kind = 'device' and until < :now", now=node.now())
    return model.create_sign_in(tx, person, "device", until=node.now() + YEAR)


def is_device(secret: str, person: int) -> bool:
    """Whether a browser signed in to this account before."""
    return bool(secret) and bool(db.execute(
        "select 1 from sign_in where token = :token and person = :person and kind = 'device' and until > :now",
        token=model.hashed(secret), person=person, now=node.now()))


def current(person: int, own: str) -> list[SignIn]:
    """The browsers in which a person is signed in, the last used first; `own` is the one that asks."""
    rows = db.execute("select token, name, address, since, seen from sign_in where person = :person "
                      "and kind = 'browser' and (until is null or until > :now) order by seen desc, since desc",
                      person=person, now=node.now())
    return [SignIn(token[:16], name, address, since, seen, token[:16] == own)
            for token, name, address, since, seen in rows]


def end(person: int, id: str) -> None:
    """End one sign-in of a person; Refused if they have none like that."""
    with db.transaction() as tx:
        if not drop(tx, person, id):
            raise Refused("there is no such sign-in", "absent")
        audit.note(tx, "signed_out", person, sign_in=id)


def drop(tx: db.Transaction, person: int, id: str, kind: str = "browser") -> bool:
    """Forget one sign-in or token; whether there was one."""
    rows = tx.execute("delete from sign_in where person = :person and kind = :kind and substr(token, 1, 16) = :id "
                      "returning token", person=person, kind=kind, id=id)
    if rows:
        cut(tx, person, id)
    return bool(rows)


def drop_all(tx: db.Transaction, person: int, *, spare: str = "", tokens: bool = False) -> int:
    """Forget a person's sign-ins but `spare`, the devices they are known by, and their tokens if so said."""
    rows = tx.execute("delete from sign_in where person = :person and substr(token, 1, 16) <> :spare "
                      "and (kind <> 'token' or :tokens = 1) returning kind",
                      person=person, spare=spare, tokens=int(tokens))
    cut(tx, person, spare=spare)
    return sum(kind == "browser" for kind, in rows)


def browser(agent: str) -> str:
    """What a person calls a browser: "Firefox on Linux"."""
    named = [next((name for sign, _, name in (pair.partition("|") for pair in pairs) if re.search(sign, agent)), "")
             for pairs in (BROWSERS, SYSTEMS)]
    return " on ".join(part for part in named if part) or agent[:40] or "a script"
