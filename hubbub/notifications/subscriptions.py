"""Push subscriptions: the browsers of a person that receive pushes, each until the sign-in that created it ends; and
targets of other kinds, until they are removed (`targets`).

A subscription is a consumer of its person's inbox: `seq` is its cursor.
"""

import base64
import binascii
from typing import NamedTuple

from hubbub.core import db, log, node, strings
from hubbub.core.access import Reads, Refused
from hubbub.notifications import addresses, model

MOST = 20  # of one person; one more deletes the oldest

P = 2**256 - 2**224 + 2**192 + 2**96 - 1  # the curve P-256: y² = x³ - 3x + B, modulo P
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B

SIGNED_IN = """exists (select 1 from sign_in where sign_in.person = push_subscription.person
    and substr(sign_in.token, 1, 16) = push_subscription.sign_in
    and (sign_in.until is null or sign_in.until > :now))"""
IS_VALID = f"""(push_subscription.kind = 'browser' and {SIGNED_IN} or push_subscription.kind <> 'browser' and exists
    (select 1 from person where person.id = push_subscription.person and person.banned is null))"""


class Subscription(NamedTuple):
    """One browser; `origin` is its page's address, `failures` how often pushing failed since it last worked.

    The language is the one that the person chose, or that of the browser.  `shown` is what the browser shows, in JSON:
    the newest notification of each tag.
    """

    id: int
    person: int
    endpoint: str
    p256dh: str
    auth: str
    origin: str
    seq: int
    failures: int
    language: str
    shown: str = "{}"
    kind: str = "browser"  # or unifiedpush, ntfy


CHOSEN = """select nullif(value, 'system') from preference where preference.person = push_subscription.person
    and preference.name = 'language'"""
COLUMNS = ", ".join(f"coalesce(({CHOSEN}), {name})" if name == "language" else name for name in Subscription._fields)
CURSORS = f"""select 'inbox:' || cast(person as text) as channel, cast(id as text) as reader, seq as after
    from push_subscription where {IS_VALID}"""


def add(person: int, sign_in: str, endpoint: str, p256dh: str, auth: str, origin: str = "",
        language: str = strings.ENGLISH) -> None:
    """Push a person's notifications to this browser from now on, and no longer those of a previous owner.

    Repeating it changes nothing.  Refuse an endpoint or keys that are not those of a push service.
    """
    addresses.check(endpoint, node.current().config.push_private)
    check_keys(p256dh, auth)
    with db.transaction(model.inbox(person)) as tx:
        _check_sign_in(tx, person, sign_in)
        values = {"person": person, "sign_in": sign_in, "p256dh": p256dh, "auth": auth, "origin": origin,
                  "language": language}
        columns = ", ".join(values)
        before = tx.execute(f"select seq, {columns} from push_subscription where endpoint = :endpoint",
                            endpoint=endpoint)
        if before and before[0][1:] == tuple(values.values()):
            return
        tx.execute("delete from push_subscription where endpoint = :endpoint", endpoint=endpoint)
        keeps = before and before[0][1] == person
        tx.execute(f"insert into push_subscription (endpoint, since, seq, {columns}) values "
                   f"(:endpoint, :at, :seq, :{', :'.join(values)})", endpoint=endpoint, at=node.now(),
                   seq=before[0][0] if keeps else log.head(tx, model.inbox(person)).seq, **values)
        mine = "push_subscription where person = :person and kind = 'browser'"
        tx.execute(f"delete from {mine} and id not in (select id from {mine} order by id desc limit :most)",
                   person=person, most=MOST)


def _check_sign_in(reads: Reads, person: int, sign_in: str) -> None:
    if not reads.execute("select 1 from sign_in where person = :person and substr(token, 1, 16) = :id",
                         person=person, id=sign_in):
        raise Refused("error.not_signed_in", "sign_in")


def check_keys(p256dh: str, auth: str) -> None:
    """Refuse keys that cannot be encrypted for: here the browser that sent them gets the error."""
    point, secret = _bytes(p256dh), _bytes(auth)
    x, y = int.from_bytes(point[1:33], "big"), int.from_bytes(point[33:], "big")
    on_curve = x < P and y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0
    if len(point) != 65 or point[0] != 4 or not on_curve or len(secret) != 16:
        raise Refused("error.push_keys", "bad_input")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def remove(person: int, endpoint: str) -> None:
    """Stop pushing to this browser, if it is one of the person's."""
    with db.transaction() as tx:
        tx.execute("delete from push_subscription where person = :person and endpoint = :endpoint",
                   person=person, endpoint=endpoint)


def find(reads: Reads, id: int) -> Subscription | None:
    """Return one subscription, unless it has ended."""
    rows = reads.execute(f"select {COLUMNS} from push_subscription where id = :id and {IS_VALID}",
                         id=id, now=node.now())
    return Subscription(*rows[0]) if rows else None


def of_endpoint(reads: Reads, person: int, endpoint: str) -> Subscription | None:
    """Return the subscription of one of a person's browsers, unless it has ended."""
    rows = reads.execute(f"select {COLUMNS} from push_subscription where person = :person and endpoint = :endpoint "
                         f"and {IS_VALID}", person=person, endpoint=endpoint, now=node.now())
    return Subscription(*rows[0]) if rows else None


def move(tx: db.Transaction, id: int, seq: int, reached: bool, shown: str) -> None:
    """Store up to which entry a subscription was pushed; `reached`: its push service accepted a message."""
    tx.execute("update push_subscription set seq = :seq, shown = :shown, failures = case when :reached = 1 then 0 "
               "else failures end where id = :id and seq <= :seq", id=id, seq=seq, reached=int(reached), shown=shown)


def failed(tx: db.Transaction, id: int) -> None:
    """Count a failure to push."""
    tx.execute("update push_subscription set failures = failures + 1 where id = :id", id=id)


def drop(tx: db.Transaction, id: int) -> None:
    """Delete a subscription."""
    tx.execute("delete from push_subscription where id = :id", id=id)


def delete_expired() -> None:
    """Delete the subscriptions whose sign-in ended."""
    if db.execute(f"select 1 from push_subscription where not {IS_VALID} limit 1", now=node.now()):
        with db.transaction() as tx:
            tx.execute(f"delete from push_subscription where not {IS_VALID}", now=node.now())
