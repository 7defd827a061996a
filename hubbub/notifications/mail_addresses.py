"""The e-mail address of a person, and what is mailed to it: nothing until the link in a first mail was opened.

Links contain a signature instead of a stored secret.  The one that confirms is valid for a day and one address; the one
that unsubscribes, for as long as the address is the same.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any, Literal, NamedTuple

import msgspec

from hubbub.core import db, log, node, strings
from hubbub.core.access import Reads, Refused
from hubbub.notifications import mail, model
from hubbub.people import model as people
from hubbub.people import settings

DAY = 24 * 3600.0  # seconds that a link to confirm is valid
PAUSE = 60.0  # seconds between two mails with such a link

Mode = Literal["off", "urgent", "mentions", "everything"]
Purpose = Literal["confirm", "unsubscribe"]


class MailAddress(NamedTuple):
    """An address; nothing is sent to one that is not confirmed or has a problem, nor before `retry_at`."""

    person: int
    address: str
    origin: str
    language: str
    asked: float
    confirmed: float | None
    mode: Mode
    minutes: int
    seq: int
    retry_at: float
    failures: int
    problem: str


class State(msgspec.Struct, frozen=True):
    """What the settings show; `available` is whether this server sends e-mail."""

    available: bool
    address: str = ""
    confirmed: bool = False
    mode: str = "mentions"
    minutes: int = 15
    failures: int = 0
    problem: str = ""


CHOSEN = """coalesce((select nullif(value, 'system') from preference where preference.person = mail_address.person
    and preference.name = 'language'), language)"""
COLUMNS = ", ".join(CHOSEN if name == "language" else name for name in MailAddress._fields)


def find(reads: Reads, person: int) -> MailAddress | None:
    """Return the address of a person."""
    rows = reads.execute(f"select {COLUMNS} from mail_address where person = :person", person=person)
    return MailAddress(*rows[0]) if rows else None


def state(person: int) -> State:
    """Return what the settings of a person show."""
    one = find(db, person)
    if one is None:
        return State(mail.is_on())
    return State(mail.is_on(), one.address, one.confirmed is not None, one.mode, one.minutes, one.failures,
                 one.problem)


def enter(person: int, address: str, origin: str, language: str) -> None:
    """Store a person's address, and send it a mail with the link that confirms it; at most one each minute."""
    address, now = mail.check_address(address), node.now()
    if not mail.is_on():
        raise Refused("error.mail_off", "conflict")
    with db.transaction(model.inbox(person)) as tx:
        people.require(tx, person, "member")
        before = tx.execute("select asked from mail_address where person = :person for update", person=person)
        if before and 0 <= now - before[0][0] < PAUSE:
            raise Refused("error.mail_asked", "too_fast", retry_after=PAUSE - (now - before[0][0]))
        tx.execute("insert into mail_address (person, address, origin, language, asked, seq) "
                   "values (:person, :address, :origin, :language, :now, :seq) "
                   "on conflict (person) do update set address = :address, origin = :origin, language = :language, "
                   "asked = :now, confirmed = null, failures = 0, problem = ''",
                   person=person, address=address, origin=origin, language=language, now=now,
                   seq=log.head(tx, model.inbox(person)).seq)
    if one := find(db, person):
        _send(one, "notifications.mail.confirm.subject", "notifications.mail.confirm.text", link(one, "confirm"))


def test(person: int) -> None:
    """Send a mail to a person's address now; its arrival is proof that what was wrong with it is over."""
    one = find(db, person)
    if one is None or one.confirmed is None:
        raise Refused("error.mail_unconfirmed", "conflict")
    _send(one, "notifications.check.title", "notifications.mail.test", f"{one.origin}settings/notifications")
    change(person, one.address, problem="", failures=0, retry_at=0.0)


def _send(one: MailAddress, subject: str, text: str, url: str) -> None:
    name = settings.current(db).name
    try:
        mail.send(one.address, strings.translate(one.language, subject, name=name),
                  strings.translate(one.language, text, name=name, url=url))
    except mail.Rejected as problem:
        change(one.person, one.address, problem=str(problem))
        raise Refused("error.mail_rejected", "conflict", answer=str(problem)) from None
    except mail.Later:
        raise Refused("error.mail_later", "busy") from None


def choose(person: int, mode: Mode, minutes: int) -> None:
    """Choose what is mailed, and after how many minutes."""
    change(person, mode=mode, minutes=minutes, retry_at=0.0)


def remove(person: int) -> None:
    """Forget a person's address."""
    with db.transaction() as tx:
        tx.execute("delete from mail_address where person = :person", person=person)


def change(person: int, only: str = "", **values: Any) -> None:
    """Change some columns of a person's address; with `only`, nothing if they have entered another one meanwhile."""
    with db.transaction() as tx:
        columns = ", ".join(f"{name} = :{name}" for name in values)
        tx.execute(f"update mail_address set {columns} where person = :person and (:only = '' or address = :only)",
                   person=person, only=only, **values)


def link(one: MailAddress, purpose: Purpose) -> str:
    """Return the address of the page that confirms or unsubscribes."""
    return f"{one.origin}mail/{purpose}/{one.person}/{_signature(one, purpose)}"


def by_link(person: int, purpose: Purpose, signature: str) -> MailAddress:
    """Return the address that a link is about; Refused if it is not valid, or not any more."""
    one = find(db, person)
    is_late = one and purpose == "confirm" and not 0 <= node.now() - one.asked < DAY
    if one is None or is_late or not hmac.compare_digest(signature.encode(), _signature(one, purpose).encode()):
        raise Refused("error.mail_link", "not_found")
    return one


def follow(person: int, purpose: Purpose, signature: str) -> None:
    """Do what a link is for; doing it twice changes nothing."""
    one = by_link(person, purpose, signature)
    if purpose == "unsubscribe":
        change(person, one.address, mode="off")
    elif one.confirmed is None:
        change(person, one.address, confirmed=node.now(), seq=log.head(db, model.inbox(person)).seq)


def _signature(one: MailAddress, purpose: Purpose) -> str:
    about = f"{purpose}/{one.person}/{one.address}" + (f"/{one.asked}" if purpose == "confirm" else "")
    digest = hmac.digest(_key().encode(), about.encode(), hashlib.sha256)[:18]
    return base64.urlsafe_b64encode(digest).decode()


def _key() -> str:
    """Return the key of signatures in links; it is created when it is first needed."""
    if found := db.execute("select value from setting where name = 'mail_links'"):
        return str(found[0][0])
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('mail_links', :value) on conflict (name) do nothing",
                   value=secrets.token_urlsafe(32))
        return str(tx.execute("select value from setting where name = 'mail_links'")[0][0])
