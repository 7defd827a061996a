"""Accounts: claim the server, join with an invite, sign in with handle and password, and reset a password.

Passwords are hashed before the transaction and off the event loop; rights and races are decided inside it.  A guest who
claims the server or joins keeps their id, and so their messages.  Every sign-in issues a new secret, and the secret
that the browser sent becomes invalid, which prevents session fixation.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple

from hubbub import short_text
from hubbub.core import access, db, node
from hubbub.core.access import Refused, Visitor
from hubbub.people import audit, guesses, invites, model, names, passwords, settings, sign_ins
from hubbub.people.model import Person

logger = logging.getLogger(__name__)


Invited = Callable[[db.Transaction, int, int, int], None]
_invited: list[Invited] = []
_joined: list[model.PersonHook] = []


class Browser(NamedTuple):
    """The browser of a request, and what the request shows of it."""

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
    """Call `call(tx, person, room, by)` when someone joins with an invite to a room that its creator may invite to."""
    if call not in _invited:
        _invited.append(call)


def on_joined(call: model.PersonHook) -> None:
    """Call `call(tx, person)` when someone creates an account with an invite."""
    if call not in _joined:
        _joined.append(call)


def set_up(browser: Browser, secret: str | None, name: str, handle: str, password: str) -> tuple[SignInResult, str]:
    """Create the first owner, and return the sign-in and the secret of a first invite for their team.

    A secret is optional only on this machine; Refused if there is an owner already.
    """
    if secret is None and not browser.is_here:
        raise Refused("error.owner_link_needed", "sign_in")
    if secret is not None:
        invites.find(db, secret)
    if model.has_owner(db):
        raise Refused("error.already_owned", "conflict")
    name, handle, password_hash = _account(name, handle, password)
    with db.transaction(model.EVERYBODY) as tx:
        if model.has_owner(tx):
            raise Refused("error.already_owned", "conflict")
        if secret is not None and invites.take(tx, secret).role != "owner":
            raise Refused("error.link_invalid", "not_found")
        person = _create_account(tx, browser, name, handle, "owner", password_hash)
        invites.end_set_up(tx)
        audit.note(tx, "set_up", person.id, address=browser.address)
        settings.announce(tx)
        _, first = invites.issue(tx, "member", person.id, uses=100, days=7)
        return _open_sign_in(tx, person, browser), first


def join(browser: Browser, secret: str, name: str, handle: str, password: str) -> SignInResult:
    """Create an account with an invite."""
    _must_be_new(browser)
    invites.find(db, secret)
    name, handle, password_hash = _account(name, handle, password)
    with db.transaction(model.EVERYBODY) as tx:
        link = invites.take(tx, secret)
        if link.person is not None or link.role not in invites.ROLES:
            raise Refused("error.link_invalid", "not_found")
        person = _create_account(tx, browser, name, handle, link.role, password_hash)
        audit.note(tx, "joined", person.id, invite=link.id, role=link.role, address=browser.address)
        if link.room is not None:
            _add_to_room(tx, person.id, link.room, link.by)
        for call in _joined:
            call(tx, person.id)
        return _open_sign_in(tx, person, browser)


def accept(person: int, secret: str) -> str:
    """Join the room of an invite with an account of this server; return its channel."""
    with db.transaction() as tx:
        link = invites.find(tx, secret)
        if link.room is None or link.person is not None:
            raise Refused("error.already_joined", "conflict")
        invites.take(tx, secret)
        _add_to_room(tx, person, link.room, link.by)
        audit.note(tx, "accepted", person, invite=link.id, room=link.room)
        return f"room:{link.room}"


def reset(browser: Browser, secret: str, password: str) -> SignInResult:
    """Set a new password with a link for one person; all their sign-ins and tokens end."""
    link = invites.find(db, secret)
    [person] = model.directory(db, [link.person or 0])
    passwords.check(password, person.name, person.handle)
    password_hash = passwords.hashed(password)
    with db.transaction(model.EVERYBODY) as tx:
        id = invites.take(tx, secret).person
        if id is None or not model.role(tx, id):
            raise Refused("error.link_invalid", "not_found")
        tx.execute("update person set password = :password where id = :id", password=password_hash, id=id)
        sign_ins.drop_all(tx, id, tokens=True)
        audit.note(tx, "password_reset", id, address=browser.address)
        return _open_sign_in(tx, person, browser)


def sign_in(browser: Browser, handle: str, password: str) -> SignInResult:
    """Sign in with a password.  An unknown handle, no password and a ban get the same answer as a wrong password."""
    handle = handle.strip().removeprefix("@").lower()[:64]
    rows = db.execute("select id, password from person where handle = :handle and banned is null", handle=handle)
    id, password_hash = rows[0] if rows else (0, None)
    own = model.hashed(browser.device) if sign_ins.is_device(browser.device, id) else "here" if browser.is_here else ""
    places = guesses.places(handle, browser.address, own)
    guesses.begin(*places)
    if not passwords.matches(password_hash, password[:passwords.LONGEST + 1], known=bool(own)):
        node.spawn(_failed, id, browser.address)  # after the answer, whose time would reveal which handles exist
        raise Refused("error.wrong_password", "denied")
    with db.transaction() as tx:
        if not tx.execute("select 1 from person where id = :id and banned is null and password = :password for update",
                          id=id, password=password_hash):
            raise Refused("error.wrong_password", "denied")
        if browser.visitor is not None:
            sign_ins.drop(tx, browser.visitor.person, browser.visitor.sign_in)
        audit.note(tx, "signed_in", id, address=browser.address)
        result = _open_sign_in(tx, model.directory(tx, [id])[0], browser)
    guesses.succeeded(*places)
    return result


def _failed(id: int, address: str) -> None:
    """Record a failed sign-in in the audit log of person `id`; one with an unknown handle (0) is only logged."""
    logger.info("a sign-in from %s failed%s", address, "" if id else ": unknown handle")
    if not id:
        return
    try:
        with db.transaction() as tx:
            audit.note(tx, "sign_in_failed", 0, subject=id, address=address)
    except Exception as problem:
        logger.warning("a failed sign-in could not be recorded: %s", problem)


def confirm(visitor: Visitor, password: str, refusal: str = "error.confirm_password_wrong") -> tuple[str, str, str]:
    """Check the password of a person who is signed in; return their name and handle, and its hash."""
    [(name, handle, password_hash)] = db.execute("select name, handle, password from person where id = :id",
                                                 id=visitor.person)
    if password_hash is None:
        raise Refused("error.no_password", "denied")
    places = guesses.places(handle, "", f"password {visitor.sign_in}")
    guesses.begin(*places)
    if not passwords.matches(password_hash, password[:passwords.LONGEST + 1], known=True):
        raise Refused(refusal, "denied")
    guesses.succeeded(*places)
    return name, handle, password_hash


def change_password(visitor: Visitor, old: str, new: str) -> tuple[int, str]:
    """Change the password and end the other sign-ins; return how many ended, and the secret of this device.

    Tokens stay valid: each is listed and can be revoked.
    """
    name, handle, old_hash = confirm(visitor, old, "error.old_password_wrong")
    passwords.check(new, name, handle)
    new_hash = passwords.hashed(new, known=True)
    with db.transaction() as tx:
        if not tx.execute("update person set password = :new where id = :id and password = :old returning id",
                          new=new_hash, id=visitor.person, old=old_hash):
            raise Refused("error.password_changed", "denied")
        tx.execute("delete from invite where person = :id", id=visitor.person)
        ended = sign_ins.drop_all(tx, visitor.person, spare=visitor.sign_in)
        audit.note(tx, "password_changed", visitor.person)
        return ended, sign_ins.device(tx, visitor.person)


def _account(name: str, handle: str, password: str) -> tuple[str, str, str]:
    """Return name, handle and the hash of the password; Refused, before the slow hashing, if one is not valid."""
    name, handle = names.tidy(name), names.handle(handle)
    passwords.check(password, name, handle)
    return name, handle, passwords.hashed(password)


def _must_be_new(browser: Browser) -> None:
    if browser.visitor is not None and not _is_mere_guest(db, browser.visitor.person):
        raise Refused("error.already_signed_in", "conflict")


def _is_mere_guest(reads: access.Reads, person: int) -> bool:
    return reads.execute("select 1 from person where id = :id and role = 'guest' and password is null "
                         "and banned is null", id=person) != []


def _create_account(tx: db.Transaction, browser: Browser, name: str, handle: str, role: str, password: str) -> Person:
    """Turn the guest of this browser into an account, or create a new person."""
    visitor = browser.visitor
    if visitor is None or not _is_mere_guest(tx, visitor.person):
        return model.create(tx, name, handle, role, password)
    if not tx.execute("update person set name = :name, folded = :folded, handle = :handle, role = :role, "
                      "password = :password where id = :id and not exists (select 1 from person other "
                      "where other.handle = :handle and other.id <> :id) and not exists "
                      "(select 1 from people_group where handle = :handle) returning id",
                      id=visitor.person, name=name, folded=short_text.fold(name), handle=handle, role=role,
                      password=password):
        raise Refused("error.handle_taken", "conflict", handle=handle)
    sign_ins.drop_all(tx, visitor.person, tokens=True)
    return model.announce(tx, visitor.person)


def _add_to_room(tx: db.Transaction, person: int, room: int, by: int) -> None:
    """Add a person to the room of the invite, if its creator may still invite there."""
    tx.lock(f"room:{room}")
    try:
        access.check(tx, by, f"room:{room}", "invite")
    except Refused:
        return
    for call in _invited:
        call(tx, person, room, by)


def _open_sign_in(tx: db.Transaction, person: Person, browser: Browser) -> SignInResult:
    tx.execute("delete from sign_in where token = :token and kind = 'device' and person = :person",
               token=model.hashed(browser.device), person=person.id)
    secret = sign_ins.open(tx, person.id, browser.agent, browser.address)
    return SignInResult(person, secret, sign_ins.device(tx, person.id))
