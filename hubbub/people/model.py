"""People: their names, handles and roles, and the secrets that authenticate them.

A secret is 128 random bits, shown once and stored only as its SHA-256; a slower hash is not needed, since it cannot be
guessed.  Names are not unique: an id identifies a person.  Handles are unique, for signing in and for mentions.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from hubbub import short_text
from hubbub.core import access, db, log, node, windows
from hubbub.core.access import Reads, Refused, Visitor
from hubbub.core.windows import Span
from hubbub.people import names

logger = logging.getLogger(__name__)

EVERYBODY = "people:all"  # who locks it reads handles, roles, bans and settings that nobody changes meanwhile
SYSTEM = 0  # the author of what Hubbub itself writes
RANK = {"": 0, "bot": 1, "guest": 2, "member": 3, "admin": 4, "owner": 5}
NEEDED = {"guest": "error.account_gone", "member": "error.only_members", "admin": "error.only_admins",
          "owner": "error.only_owners"}
RECENT = 2.0  # seconds for which an authenticated person counts as existing without a query, even if banned elsewhere
HOUR, IDLE = 3600.0, 90 * 24 * 3600.0  # the precision of `seen`; the idle time after which a browser's sign-in ends

COLUMNS = "id, name, role, handle, status, avatar, banned"

GUESTS = """case when role <> 'guest' or password is not null then null
    when not exists (select 1 from person where role = 'owner') then 'here'
    when exists (select 1 from setting where name = 'people' and value like '{"guests"_true%') then 'everywhere'
    else 'nowhere' end"""  # from where guests are allowed; null for accounts

PersonHook = Callable[[db.Transaction, int], None]
_create_hooks: list[PersonHook] = []
_demotion_hooks: list[PersonHook] = []


class Authenticated:
    """When people last authenticated: saves a query for each of many clients that reconnect at once."""

    def __init__(self) -> None:
        self.at: dict[int, float] = {}


_recently_authenticated = node.state(Authenticated)


class Person(msgspec.Struct, frozen=True):
    """A person as everyone sees them; `avatar` is the id of a picture."""

    id: int
    name: str
    role: str
    handle: str
    status: str = ""
    avatar: str = ""
    banned: bool | msgspec.UnsetType = msgspec.UNSET


def person_of(row: tuple[Any, ...]) -> Person:
    """Return the person of a row of `COLUMNS`."""
    id, name, role, handle, status, avatar, banned = row
    return Person(id, name, role, handle, status, avatar, msgspec.UNSET if banned is None else True)


@access.rule("people")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    if f"people:{name}" != EVERYBODY or verb != "read":
        return False
    return node.monotonic() - _recently_authenticated().at.get(person, -RECENT) < RECENT or role(reads, person) != ""


def forget(person: int) -> None:
    """Forget that a person authenticated recently."""
    _recently_authenticated().at.pop(person, None)


def role(reads: Reads, person: int) -> str:
    """Return owner, admin, member, guest or bot; empty, without any rights, if the person is banned or unknown."""
    rows = reads.execute("select role from person where id = :id and banned is null", id=person)
    return str(rows[0][0]) if rows and rows[0][0] in RANK else ""


def is_at_least(reads: Reads, person: int, least: str) -> bool:
    """Return whether a person has at least this role now."""
    return RANK[role(reads, person)] >= RANK[least]


def require(reads: Reads, person: int, least: str) -> str:
    """Return a person's role; Refused if it is lower than `least`."""
    found = role(reads, person)
    if RANK[found] < RANK[least]:
        raise Refused(NEEDED[least], "denied")
    return found


def has_owner(reads: Reads) -> bool:
    """Return whether this server has an owner."""
    return bool(reads.execute("select 1 from person where role = 'owner' limit 1"))


def on_create(call: PersonHook) -> None:
    """Call with each new person's id, in the transaction that creates them."""
    if call not in _create_hooks:
        _create_hooks.append(call)


def on_demotion(call: PersonHook) -> None:
    """Call with the id of each person who is banned or becomes a guest, in the same transaction."""
    if call not in _demotion_hooks:
        _demotion_hooks.append(call)


def demote(tx: db.Transaction, person: int) -> None:
    """Call the hooks for a person who lost rights, in this transaction."""
    for call in _demotion_hooks:
        call(tx, person)


def create(tx: db.Transaction, name: str, handle: str, role: str, password: str | None = None) -> Person:
    """Create a person; Refused if the handle is taken."""
    rows = tx.execute("insert into person (name, folded, role, handle, password, since) "
                      "select :name, :folded, :role, :handle, :password, :at "
                      "where not exists (select 1 from people_group where handle = :handle) "
                      "on conflict (handle) do nothing returning id",
                      name=name, folded=short_text.fold(name), role=role, handle=handle, password=password,
                      at=node.now())
    if not rows:
        raise Refused("error.handle_taken", "conflict", handle=handle)
    person = announce(tx, rows[0][0])
    for call in _create_hooks:
        call(tx, person.id)
    return person


def guest(name: str | None = None) -> tuple[Person, str]:
    """Create a guest, and return them and the secret of their sign-in."""
    wanted = names.tidy(name) if name is not None else names.invent()
    with db.transaction(EVERYBODY) as tx:
        person = create(tx, wanted, names.free(tx, wanted), "guest")
        secret = create_sign_in(tx, person.id, "browser", until=node.now() + IDLE)
    return person, secret


def create_sign_in(tx: db.Transaction, person: int, kind: str, *, name: str = "", address: str = "",
                   scope: str = "admin", until: float | None = None, audited: bool = False) -> str:
    """Create a sign-in and return its secret; kinds are browser, token, and device, which grants no rights."""
    secret = secrets.token_urlsafe(16)
    tx.execute("insert into sign_in (token, person, since, kind, name, scope, address, seen, until, audited) "
               "values (:token, :person, :at, :kind, :name, :scope, :address, :at, :until, :audited)",
               token=hashed(secret), person=person, at=node.now(), kind=kind, name=name, scope=scope,
               address=address, until=until, audited=int(audited))
    return secret


def authenticate(secret: str, address: str = "") -> Visitor | None:
    """Return the visitor with this secret, or None if it is unknown or expired or the person is banned."""
    now = node.now()
    rows = db.execute(f"select sign_in.person, scope, seen, kind, until, audited, {GUESTS} from sign_in "
                      "join person on person.id = sign_in.person where token = :token and kind <> 'device' "
                      "and (until is null or until > :now) and banned is null", token=hashed(secret), now=now)
    if not rows:
        return None
    person, scope, seen, kind, until, audited, allowed_from = rows[0]
    authenticated = _recently_authenticated().at
    if len(authenticated) > 20_000:
        authenticated.clear()
    authenticated[person] = node.monotonic()
    if seen < now - HOUR:
        node.spawn(_record_use, hashed(secret), address, now)
    if kind == "browser" and until is not None and until > now + HOUR:
        until -= HOUR  # so that a connection is closed, and reconnects, in time to extend its sign-in
    return Visitor(person, sign_in_id(secret), scope, allowed_from is not None, until, allowed_from or "everywhere",
                   audited == 1)


def _record_use(token: str, address: str, now: float) -> None:
    """Record when and from where a sign-in was used, and extend it; runs in the background."""
    try:
        with db.transaction() as tx:
            tx.execute("update sign_in set seen = :now, address = :address, until = case when kind = 'browser' "
                       "and until is not null then :end else until end where token = :token",
                       now=now, address=address, end=now + IDLE, token=token)
    except Exception as problem:
        logger.warning("the use of a sign-in could not be recorded: %s", problem)


def sign_in_id(secret: str) -> str:
    """Return the public id of a sign-in."""
    return hashed(secret)[:16]


def hashed(secret: str) -> str:
    """Return the hash of a secret, as it is stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def directory(reads: Reads, ids: Iterable[int]) -> list[Person]:
    """Return the people with these ids, as far as they exist."""
    rows = reads.execute(f"select {COLUMNS} from person where id = any(:ids) order by id", ids=list(set(ids)))
    return [person_of(row) for row in rows]


def by_handle(reads: Reads, handle: str) -> Person | None:
    """Return the person with a handle, ignoring case, even if they are banned."""
    rows = reads.execute(f"select {COLUMNS} from person where handle = :handle", handle=handle.lower())
    return person_of(rows[0]) if rows else None


def find(reads: Reads, words: str, limit: int) -> list[Person]:
    """Return the people whose name or handle contains a text, by name; guests and banned people last.

    A bot is found only by its whole handle: there may be more of them than people.
    """
    wanted = words.strip().removeprefix("@")
    rows = reads.execute(f"select {COLUMNS} from person where id > 0 and (role <> 'bot' or handle = :handle) "
                         "and (handle like :part escape '!' or folded like :part escape '!') "
                         "order by banned is not null, role = 'guest', folded, id limit :limit",
                         part=short_text.pattern(wanted), handle=wanted.lower(), limit=limit)
    return [person_of(row) for row in rows]


def page(reads: Reads, after: int, limit: int) -> list[Person]:
    """Return everybody by id, bots and banned people too, from the one after `after` on."""
    rows = reads.execute(f"select {COLUMNS} from person where id > :after order by id limit :limit",
                         after=after, limit=limit)
    return [person_of(row) for row in rows]


@windows.projection("people", sources=())
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the people who were created or changed last."""
    entries = log.newest(reads, channel, "person", span.before, span.limit)
    return {"items": directory(reads, (entry.data["id"] for entry in entries))}


def announce(tx: db.Transaction, id: int) -> Person:
    """Append a person's current state to the channel that everyone reads, and return it."""
    [person] = directory(tx, [id])
    log.append(tx, EVERYBODY, "person", msgspec.to_builtins(person), author=id, key=secrets.token_hex(8))
    return person
