"""Accounts: setting the place up, joining by a link, signing in by handle and password, and a new password.

Passwords are hashed before the transaction, off the loop; what is decided by rights or by who was first is decided
inside it.  A guest who sets up or joins becomes the account, so what they said stays theirs.  Whoever comes in gets a
new secret, and the one that the browser came with ends, so that nobody can have prepared it.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from hubbub.core import access, db, node
from hubbub.core.access import Refused, Visitor
from hubbub.people import audit, guesses, invites, model, names, passwords, settings, sign_ins
from hubbub.people.model import Person

logger = logging.getLogger(__name__)

WRONG = "the handle or the password is wrong"
OWNED = "this place has an owner already"

Invited = Callable[[db.Transaction, int, int, int], None]
_invited: list[Invited] = []


class Browser(NamedTuple):
    """Where somebody comes in: what their request shows."""

    visitor: Visitor | None = None
    device: str = ""
    address: str = ""
    agent: str = ""
    is_here: bool = False


class SignInResult(NamedTuple):
    """The person who signed in, the secret of the sign-in, and that of the device."""

    person: Person
    secret: str
    device: str


def on_invited(call: Invited) -> None:
    """Call `call(tx, person, room, by)` where an invite also leads into a room that its maker may invite to."""
    if call not in _invited:
        _invited.append(call)


def set_up(browser: Browser, secret: str | None, name: str, handle: str, password: str) -> tuple[SignInResult, str]:
    """Make the first owner, and the secret of a first invite for their team.

    Without a secret only on this machine; Refused where there is an owner already.
    """
    if secret is None and not browser.is_here:
        raise Refused("this needs the link that Hubbub printed where it was started", "sign_in")
    if secret is not None:
        invites.find(db, secret)
    if model.has_owner(db):
        raise Refused(OWNED, "taken")
    name, handle, kept = _account(name, handle, password)
    with db.transaction() as tx:
        if model.has_owner(tx):
            raise Refused(OWNED, "taken")
        if secret is not None and invites.take(tx, secret).role != "owner":
            raise Refused(invites.UNKNOWN, "absent")
        person = _become(tx, browser, name, handle, "owner", kept)
        tx.execute("delete from invite where role = 'owner'")
        audit.note(tx, "set_up", person.id, address=browser.address)
        settings.announce(tx)
        _, first = invites.issue(tx, "member", person.id, uses=100, days=7)
        return _come_in(tx, person, browser), first


def join(browser: Browser, secret: str, name: str, handle: str, password: str) -> SignInResult:
    """Make an account by an invite."""
    _must_be_new(browser)
    invites.find(db, secret)
    name, handle, kept = _account(name, handle, password)
    with db.transaction() as tx:
        link = invites.take(tx, secret)
        if link.person is not None or link.role not in invites.ROLES:
            raise Refused(invites.UNKNOWN, "absent")
        person = _become(tx, browser, name, handle, link.role, kept)
        audit.note(tx, "joined", person.id, invite=link.id, role=link.role, address=browser.address)
        if link.room is not None:
            _lead_into(tx, person.id, link.room, link.by)
        return _come_in(tx, person, browser)


def reset(browser: Browser, secret: str, password: str) -> SignInResult:
    """Take a new password by a link made for one person; all their sign-ins and tokens end."""
    link = invites.find(db, secret)
    [person] = model.directory(db, [link.person or 0])
    passwords.check(password, person.name, person.handle)
    kept = passwords.hashed(password)
    with db.transaction() as tx:
        id = invites.take(tx, secret).person
        if id is None or not model.role(tx, id):
            raise Refused(invites.UNKNOWN, "absent")
        tx.execute("update person set password = :password where id = :id", password=kept, id=id)
        sign_ins.drop_all(tx, id, tokens=True)
        audit.note(tx, "password_reset", id, address=browser.address)
        return _come_in(tx, person, browser)


def sign_in(browser: Browser, handle: str, password: str) -> SignInResult:
    """Come in by a password.  Who does not exist, has no password or is banned is answered like a wrong password."""
    handle = handle.strip().removeprefix("@").lower()[:64]
    rows = db.execute("select id, password from person where handle = :handle and banned is null", handle=handle)
    id, kept = rows[0] if rows else (0, None)
    own = model.hashed(browser.device) if sign_ins.is_device(browser.device, id) else "here" if browser.is_here else ""
    where = guesses.places(handle, browser.address, own)
    guesses.begin(*where)
    fits = passwords.fits(kept, password[:passwords.LONGEST + 1], known=bool(own))
    if not fits:
        node.spawn(_failed, id, browser.address)  # after the answer, which would tell by its time who exists
        raise Refused(WRONG, "denied")
    with db.transaction() as tx:
        if not tx.execute("select 1 from person where id = :id and banned is null and password = :kept",
                          id=id, kept=kept):
            raise Refused(WRONG, "denied")
        if browser.visitor is not None:
            sign_ins.drop(tx, browser.visitor.person, browser.visitor.sign_in)
        audit.note(tx, "signed_in", id, address=browser.address)
        entry = _come_in(tx, model.directory(tx, [id])[0], browser)
    guesses.right(*where)
    return entry


def _failed(id: int, address: str) -> None:
    """Keep that somebody tried to be `id`, as often as guesses are let through; unknown handles go to the log only."""
    logger.info("a sign-in from %s failed%s", address, "" if id else ": nobody has that handle")
    if not id:
        return
    try:
        with db.transaction() as tx:
            audit.note(tx, "sign_in_failed", 0, about=id, address=address)
    except Exception as problem:
        logger.warning("a failed sign-in could not be kept: %s", problem)


def change_password(visitor: Visitor, old: str, new: str) -> tuple[int, str]:
    """Take another password; the other sign-ins end.  Returns how many did, and the secret of this device.

    Tokens stay: each is listed, and can be revoked.
    """
    [(name, handle, kept)] = db.execute("select name, handle, password from person where id = :id", id=visitor.person)
    if kept is None:
        raise Refused("you have no password yet: join by an invite to get an account", "denied")
    where = guesses.places(handle, "", f"password {visitor.sign_in}")
    guesses.begin(*where)
    if not passwords.fits(kept, old[:passwords.LONGEST + 1], known=True):
        raise Refused("the old password is wrong", "denied")
    guesses.right(*where)
    passwords.check(new, name, handle)
    fresh = passwords.hashed(new, known=True)
    with db.transaction() as tx:
        if not tx.execute("update person set password = :new where id = :id and password = :kept returning id",
                          new=fresh, id=visitor.person, kept=kept):
            raise Refused("your password was changed meanwhile", "denied")
        tx.execute("delete from invite where person = :id", id=visitor.person)
        ended = sign_ins.drop_all(tx, visitor.person, spare=visitor.sign_in)
        audit.note(tx, "password_changed", visitor.person)
        return ended, sign_ins.device(tx, visitor.person)


def _account(name: str, handle: str, password: str) -> tuple[str, str, str]:
    """Name, handle and the hash of the password, all good; Refused before anything slow is done."""
    name, handle = names.tidy(name), names.handle(handle)
    passwords.check(password, name, handle)
    return name, handle, passwords.hashed(password)


def _must_be_new(browser: Browser) -> None:
    if browser.visitor is not None and not _is_mere_guest(db, browser.visitor.person):
        raise Refused("you are signed in already: sign out first", "taken")


def _is_mere_guest(reads: access.Reads, person: int) -> bool:
    return reads.execute("select 1 from person where id = :id and role = 'guest' and password is null "
                         "and banned is null", id=person) != []


def _become(tx: db.Transaction, browser: Browser, name: str, handle: str, role: str, password: str) -> Person:
    """The guest of this browser as an account, or a new person."""
    visitor = browser.visitor
    if visitor is None or not _is_mere_guest(tx, visitor.person):
        return model.create(tx, name, handle, role, password)
    if not tx.execute("update person set name = :name, handle = :handle, role = :role, password = :password "
                      "where id = :id and not exists (select 1 from person other where other.handle = :handle "
                      "and other.id <> :id) returning id",
                      id=visitor.person, name=name, handle=handle, role=role, password=password):
        raise Refused(f"@{handle} is taken: choose another handle", "taken")
    sign_ins.drop_all(tx, visitor.person, tokens=True)
    return model.announce(tx, visitor.person)


def _lead_into(tx: db.Transaction, person: int, room: int, by: int) -> None:
    """Into the room of the invite, if its maker may still invite there."""
    try:
        access.check(tx, by, f"room:{room}", "invite")
    except Refused:
        return
    for call in _invited:
        call(tx, person, room, by)


def _come_in(tx: db.Transaction, person: Person, browser: Browser) -> SignInResult:
    tx.execute("delete from sign_in where token = :token and kind = 'device' and person = :person",
               token=model.hashed(browser.device), person=person.id)
    secret = sign_ins.open(tx, person.id, browser.agent, browser.address)
    return SignInResult(person, secret, sign_ins.device(tx, person.id))
