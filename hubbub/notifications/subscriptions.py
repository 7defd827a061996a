"""Push subscriptions: the browsers of a person that are told while no page is open; each ends with its sign-in."""

import base64
import binascii
import time

import msgspec

from hubbub.core import db, log
from hubbub.core.access import Reads, Refused
from hubbub.notifications import model, outgoing

MOST = 20  # browsers of one person


class Subscription(msgspec.Struct, frozen=True):
    """One browser: where it is pushed to, its keys, and the entry of the inbox up to which it was served."""

    id: int
    person: int
    endpoint: str
    p256dh: str
    auth: str
    seq: int
    failures: int


def add(person: int, sign_in: str, endpoint: str, p256dh: str, auth: str) -> None:
    """Push to a browser from now on; one that somebody else used before is this person's now."""
    outgoing.check(endpoint)
    if _length(p256dh) != 65 or _length(auth) != 16:
        raise Refused("these are no keys of a browser", "bad_input")
    with db.transaction() as tx:
        tx.execute("delete from push_subscription where endpoint = :endpoint", endpoint=endpoint)
        tx.execute("delete from push_subscription where person = :person and id not in (select id from "
                   "push_subscription where person = :person order by since desc limit :most)",
                   person=person, most=MOST - 1)
        tx.execute("insert into push_subscription (person, sign_in, endpoint, p256dh, auth, since, seq) "
                   "values (:person, :sign_in, :endpoint, :p256dh, :auth, :at, :seq)",
                   person=person, sign_in=sign_in, endpoint=endpoint, p256dh=p256dh, auth=auth, at=time.time(),
                   seq=log.head(tx, model.inbox(person)).seq)


def _length(encoded: str) -> int:
    try:
        return len(base64.urlsafe_b64decode(encoded.encode() + b"=" * (-len(encoded) % 4)))
    except (binascii.Error, ValueError):
        return 0


def remove(person: int, endpoint: str) -> None:
    """Push to a browser no more."""
    with db.transaction() as tx:
        tx.execute("delete from push_subscription where person = :person and endpoint = :endpoint",
                   person=person, endpoint=endpoint)


def drop(id: int) -> None:
    """Forget a subscription that its service no longer knows."""
    with db.transaction() as tx:
        tx.execute("delete from push_subscription where id = :id", id=id)


def of(person: int) -> list[Subscription]:
    """The subscriptions of a person whose sign-ins still hold."""
    rows = db.execute(f"{COLUMNS} {VALID} where push_subscription.person = :person order by push_subscription.id",
                      person=person, now=time.time())
    return [Subscription(*row) for row in rows]


COLUMNS = """select push_subscription.id, push_subscription.person, endpoint, p256dh, auth, seq, failures
    from push_subscription"""
VALID = """join sign_in on substr(sign_in.token, 1, 16) = push_subscription.sign_in
    and sign_in.person = push_subscription.person and (sign_in.until is null or sign_in.until > :now)"""


def behind(reads: Reads) -> list[int]:
    """The people who were told something that one of their browsers was not."""
    rows = reads.execute("select distinct person from push_subscription join channel "
                         "on channel.name = 'inbox:' || person where channel.head > seq order by person")
    return [person for person, in rows]


def serve(id: int, seq: int, failures: int = 0) -> None:
    """Note how far a subscription was served, and how often in a row it could not be."""
    with db.transaction() as tx:
        tx.execute("update push_subscription set seq = :seq, failures = :failures where id = :id",
                   id=id, seq=seq, failures=failures)
