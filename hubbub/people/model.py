"""Who somebody is: a person with a name, a handle and a role, and the secrets by which they are known again.

A secret is 128 random bits, given out once and kept only as its SHA-256; nothing slower is needed, since it cannot be
guessed.  Names are not unique: a person is an id.  A handle is unique: one signs in by it and is mentioned by it.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from hubbub.core import access, db, log, node, windows
from hubbub.core.access import Reads, Refused, Visitor
from hubbub.core.windows import Span
from hubbub.people import names

logger = logging.getLogger(__name__)

EVERYBODY = "people:all"
SYSTEM = 0  # the author of what Hubbub itself writes
RANK = {"": 0, "guest": 1, "member": 2, "admin": 3, "owner": 4}
LATELY = 30.0  # seconds in which whoever was let in is somebody here without another look; a ban ends it at once
HOUR, IDLE = 3600.0, 90 * 24 * 3600.0  # how exactly `seen` is kept; after how long unused a browser's sign-in ends

COLUMNS = "id, name, role, handle, status, avatar, banned"

PersonHook = Callable[[db.Transaction, int], None]
_create_hooks: list[PersonHook] = []
_demotion_hooks: list[PersonHook] = []


class Authenticated:
    """When people were last let in by their secret: spares clients that return together a query each."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}


_recently_authenticated = node.state(Authenticated)


class Person(msgspec.Struct, frozen=True):
    """Somebody as everybody may see them; `avatar` is the id of a picture, `gone` says that they are banned."""

    id: int
    name: str
    role: str
    handle: str
    status: str = ""
    avatar: str = ""
    gone: bool | msgspec.UnsetType = msgspec.UNSET


def person_of(row: tuple[Any, ...]) -> Person:
    """The person in a row of `COLUMNS`."""
    id, name, role, handle, status, avatar, banned = row
    return Person(id, name, role, handle, status, avatar, msgspec.UNSET if banned is None else True)


@access.rule("people")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    if f"people:{name}" != EVERYBODY or verb != "read":
        return False
    return node.monotonic() - _recently_authenticated().at.get(person, -LATELY) < LATELY or role(reads, person) != ""


def out(person: int) -> None:
    """They are let in no more."""
    _recently_authenticated().at.pop(person, None)


def role(reads: Reads, person: int) -> str:
    """owner, admin, member or guest as of now; empty for who is banned or not there: they may nothing."""
    rows = reads.execute("select role from person where id = :id and banned is null", id=person)
    return str(rows[0][0]) if rows and rows[0][0] in RANK else ""


def is_at_least(reads: Reads, person: int, least: str) -> bool:
    """Whether they are a guest, member, admin or owner now, or more than that."""
    return RANK[role(reads, person)] >= RANK[least]


def require(reads: Reads, person: int, least: str) -> str:
    """Their role now; Refused if it is less than `least`."""
    found = role(reads, person)
    if RANK[found] < RANK[least]:
        raise Refused(f"only {'an owner' if least == 'owner' else f'{least}s'} may do that", "denied")
    return found


def has_owner(reads: Reads) -> bool:
    """Whether somebody has set this place up."""
    return bool(reads.execute("select 1 from person where role = 'owner' limit 1"))


def on_create(call: PersonHook) -> None:
    """Call with each new person's id, in the transaction that makes them."""
    if call not in _create_hooks:
        _create_hooks.append(call)


def on_demotion(call: PersonHook) -> None:
    """Call with the id of each person who was banned or became a guest, in the transaction that says so."""
    if call not in _demotion_hooks:
        _demotion_hooks.append(call)


def demote(tx: db.Transaction, person: int) -> None:
    """Let the others know in this transaction that a person may less now."""
    for call in _demotion_hooks:
        call(tx, person)


def create(tx: db.Transaction, name: str, handle: str, role: str, password: str | None = None) -> Person:
    """Make a person; Refused if somebody has the handle."""
    rows = tx.execute("insert into person (name, role, handle, password, since) "
                      "values (:name, :role, :handle, :password, :at) on conflict (handle) do nothing returning id",
                      name=name, role=role, handle=handle, password=password, at=node.now())
    if not rows:
        raise Refused(f"@{handle} is taken: choose another handle", "taken")
    person = announce(tx, rows[0][0])
    for call in _create_hooks:
        call(tx, person.id)
    return person


def guest(name: str | None = None) -> tuple[Person, str]:
    """Take in a new guest; returns them and the secret they are known again by."""
    wanted = names.tidy(name) if name is not None else names.invent()
    with db.transaction() as tx:
        person = create(tx, wanted, names.free(tx, wanted), "guest")
        secret = create_sign_in(tx, person.id, "browser")
    return person, secret


def create_sign_in(tx: db.Transaction, person: int, kind: str, *, name: str = "", address: str = "",
                   scope: str = "admin", until: float | None = None) -> str:
    """A new secret that `person` is known by; kinds are browser, token, and device, which gives no rights."""
    secret = secrets.token_urlsafe(16)
    tx.execute("insert into sign_in (token, person, since, kind, name, scope, address, seen, until) "
               "values (:token, :person, :at, :kind, :name, :scope, :address, :at, :until)",
               token=hashed(secret), person=person, at=node.now(), kind=kind, name=name, scope=scope,
               address=address, until=until)
    return secret


def authenticate(secret: str, address: str = "") -> Visitor | None:
    """Who holds this secret, unless it ran out or they are banned."""
    now = node.now()
    rows = db.execute("select sign_in.person, scope, seen, role from sign_in join person on person.id = sign_in.person "
                      "where token = :token and kind <> 'device' and (until is null or until > :now) "
                      "and banned is null", token=hashed(secret), now=now)
    if not rows:
        return None
    person, scope, seen, role = rows[0]
    authenticated = _recently_authenticated().at
    if len(authenticated) > 20_000:
        authenticated.clear()
    authenticated[person] = node.monotonic()
    if seen < now - HOUR:
        node.spawn(_seen, hashed(secret), address, now)
    return Visitor(person, sign_in_id(secret), scope, role == "guest")


def _seen(token: str, address: str, now: float) -> None:
    """Keep when and from where a sign-in was used, and put off its end; nobody waits for that."""
    try:
        with db.transaction() as tx:
            tx.execute("update sign_in set seen = :now, address = :address, until = case when kind = 'browser' "
                       "and until is not null then :end else until end where token = :token",
                       now=now, address=address, end=now + IDLE, token=token)
    except Exception as problem:
        logger.warning("when a sign-in was used could not be kept: %s", problem)


def sign_in_id(secret: str) -> str:
    """How a sign-in is named where its secret must not be."""
    return hashed(secret)[:16]


def hashed(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def directory(reads: Reads, ids: Iterable[int]) -> list[Person]:
    """Those of these people who exist."""
    rows = reads.execute(f"select {COLUMNS} from person where id = any(:ids) order by id", ids=list(set(ids)))
    return [person_of(row) for row in rows]


def by_handle(reads: Reads, handle: str) -> Person | None:
    """Who has this handle, in whatever case it is written; also a banned person."""
    rows = reads.execute(f"select {COLUMNS} from person where handle = :handle", handle=handle.lower())
    return person_of(rows[0]) if rows else None


def find(reads: Reads, words: str, limit: int) -> list[Person]:
    """The people whose name or handle holds these words, by name; guests and banned people last."""
    typed = "%" + words.strip().removeprefix("@").replace("~", "~~").replace("%", "~%").replace("_", "~_") + "%"
    rows = reads.execute(f"select {COLUMNS} from person where id > 0 and (handle like :part escape '~' "
                         "or lower(name) like :part escape '~' or name like :typed escape '~') "
                         "order by banned is not null, role = 'guest', lower(name), id limit :limit",
                         part=typed.lower(), typed=typed, limit=limit)
    return [person_of(row) for row in rows]


@windows.projection("people", sources=())
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """The people who came or changed last."""
    entries = log.newest(reads, channel, "person", span.before, span.limit)
    return {"items": directory(reads, (entry.data["id"] for entry in entries))}


def announce(tx: db.Transaction, id: int) -> Person:
    """Tell everybody how a person is now."""
    [person] = directory(tx, [id])
    log.append(tx, EVERYBODY, "person", msgspec.to_builtins(person), author=id, key=secrets.token_hex(8))
    return person
