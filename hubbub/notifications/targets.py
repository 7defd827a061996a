"""Where a person's notifications go besides the page: their browsers, UnifiedPush endpoints and topics of ntfy.

All are push subscriptions.  One that is no browser is added by its address, and stays until it is removed: with keys
it gets encrypted Web Push, as UnifiedPush has it; without them it is a topic of ntfy, whose server can read everything.
"""

import hashlib
from urllib.parse import urlsplit

import msgspec

from hubbub import short_text
from hubbub.core import db, log, node
from hubbub.core.access import Refused
from hubbub.notifications import addresses, model, subscriptions
from hubbub.people import model as people

NAME_LIMIT = 60
MOST = 10  # of one person


class Target(msgspec.Struct, frozen=True):
    """One place; `digest` is that of a browser's endpoint, by which it knows itself, and `failures` those in a row."""

    id: int
    kind: str  # browser, unifiedpush, ntfy
    name: str
    host: str
    digest: str
    since: float
    failures: int


LIST = f"""select id, kind, case when kind = 'browser' then coalesce((select sign_in.name from sign_in
    where sign_in.person = push_subscription.person and substr(sign_in.token, 1, 16) = push_subscription.sign_in), '')
    else name end, endpoint, since, failures from push_subscription
    where person = :person and {subscriptions.IS_VALID} order by id"""


def of(person: int) -> list[Target]:
    """Return a person's targets, the oldest first."""
    return [_target(*row) for row in db.execute(LIST, person=person, now=node.now())]


def _target(id: int, kind: str, name: str, endpoint: str, since: float, failures: int) -> Target:
    digest = hashlib.sha256(endpoint.encode()).hexdigest()[:32]
    return Target(id, kind, name, urlsplit(endpoint).hostname or "", digest, since, failures)


def add(person: int, endpoint: str, p256dh: str, auth: str, name: str, origin: str, language: str) -> Target:
    """Add an endpoint of UnifiedPush, or without `p256dh` a topic of ntfy, whose access token `auth` may be."""
    addresses.check(endpoint, node.current().config.push_private)
    if p256dh:
        subscriptions.check_keys(p256dh, auth)
    elif len(auth) > NAME_LIMIT or not auth.isascii() or not auth.replace("_", "").isalnum() and auth:
        raise Refused("error.ntfy_token", "bad_input")
    name = short_text.without_hidden(short_text.clean(name))[:NAME_LIMIT]
    with db.transaction(model.inbox(person)) as tx:
        people.require(tx, person, "member")
        if tx.execute("select 1 from push_subscription where endpoint = :endpoint", endpoint=endpoint):
            raise Refused("error.target_exists", "conflict")
        [(count,)] = tx.execute("select count(*) from push_subscription where person = :person and kind <> 'browser'",
                                person=person)
        if count >= MOST:
            raise Refused("error.too_many_targets", "conflict", limit=MOST)
        [(id,)] = tx.execute(
            "insert into push_subscription (person, sign_in, kind, name, endpoint, p256dh, auth, origin, language, "
            "since, seq) values (:person, '', :kind, :name, :endpoint, :p256dh, :auth, :origin, :language, :at, :seq) "
            "returning id", person=person, kind="unifiedpush" if p256dh else "ntfy", name=name, endpoint=endpoint,
            p256dh=p256dh, auth=auth, origin=origin, language=language, at=node.now(),
            seq=log.head(tx, model.inbox(person)).seq)
    return next(target for target in of(person) if target.id == id)


def remove(person: int, id: int) -> None:
    """Send nothing to a target any more."""
    subscriptions.remove(person, endpoint(person, id))


def endpoint(person: int, id: int) -> str:
    """Return the address of one of a person's targets."""
    rows = db.execute("select endpoint from push_subscription where person = :person and id = :id",
                      person=person, id=id)
    if not rows:
        raise Refused("error.target_not_found", "not_found")
    return str(rows[0][0])
