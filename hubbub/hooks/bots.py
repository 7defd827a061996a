"""Bots: accounts for programs, which nobody can sign in to and which act with tokens.

A bot is managed by the person who created it, and ends with their account.  On the server it has fewer rights than a
guest, and it reads and posts only in rooms to which those who manage them added it, and in the Lobby.
"""

from collections.abc import Callable

import msgspec

from hubbub import short_text
from hubbub.chat import members, rooms
from hubbub.core import access, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.people import audit, names, sign_ins, tokens
from hubbub.people import model as people
from hubbub.people.tokens import Token

MOST = 50  # bots of one person
SCOPES = ("read", "write")


class Bot(msgspec.Struct, frozen=True):
    """A bot; `id` is its person, `rooms` are those of its rooms that the caller may read, `tokens` counts them."""

    id: int
    name: str
    handle: str
    by: int
    since: float
    tokens: int
    rooms: list[str]


COLUMNS = """person.id, person.name, person.handle, bot.created_by, bot.since,
    (select count(*) from sign_in where sign_in.person = bot.person and kind = 'token')"""
revoke_hooks: list[Callable[[db.Transaction, int], None]] = []  # called with a bot that ends


def create(by: int, name: str) -> Bot:
    """Create a bot; it is in no room except the Lobby."""
    wanted = names.tidy(name)
    with db.transaction(people.EVERYBODY) as tx:
        people.require(tx, by, "member")
        if tx.execute("select count(*) from bot where created_by = :by", by=by)[0][0] >= MOST:
            raise Refused("error.bot_limit", "too_large", limit=MOST)
        bot = people.create(tx, wanted, names.free(tx, wanted), "bot")
        tx.execute("insert into bot (person, created_by, since) values (:bot, :by, :at)",
                   bot=bot.id, by=by, at=node.now())
        audit.note(tx, "bot_created", by, subject=bot.id)
        return get(tx, by, bot.id)


def get(reads: Reads, person: int, id: int) -> Bot:
    """Return a bot as a person sees it; refuse one that does not exist."""
    rows = reads.execute(f"select {COLUMNS} from bot join person on person.id = bot.person where bot.person = :id",
                         id=id)
    if not rows:
        raise access.not_found()
    return Bot(*(*rows[0], _rooms(reads, person, [id]).get(id, [])))


def mine(reads: Reads, person: int) -> list[Bot]:
    """Return the bots that a person created, the newest first; those of everybody for owners and admins."""
    sees_all = int(people.is_at_least(reads, person, "admin"))
    rows = reads.execute(f"select {COLUMNS} from bot join person on person.id = bot.person "
                         "where created_by = :person or :all = 1 order by bot.person desc", person=person, all=sees_all)
    found = _rooms(reads, person, [row[0] for row in rows])
    return [Bot(*(*row, found.get(row[0], []))) for row in rows]


def _rooms(reads: Reads, person: int, bots: list[int]) -> dict[int, list[str]]:
    """Return the rooms of bots that a person may read."""
    rows = reads.execute("select person, room from member where person = any(:bots) order by room", bots=bots)
    readable = {*access.allowed(reads, person, {f"room:{room}" for _, room in rows}, "read")}
    found: dict[int, list[str]] = {}
    for bot, room in rows:
        if f"room:{room}" in readable:
            found.setdefault(bot, []).append(f"room:{room}")
    return found


def require(reads: Reads, person: int, id: int) -> Bot:
    """Return a bot that a person created; refuse any other, even to owners and admins, who may only revoke it."""
    bot = get(reads, person, id)
    if bot.by != person:
        raise access.not_found()
    return bot


def lock(tx: db.Transaction, person: int, id: int) -> Bot:
    """Return the same, its row locked, so that it is not revoked meanwhile."""
    tx.execute("select 1 from bot where person = :id for update", id=id)
    return require(tx, person, id)


def rename(by: int, id: int, name: str) -> Bot:
    """Rename a bot; earlier messages show the new name too."""
    wanted = names.tidy(name)
    with db.transaction(people.EVERYBODY) as tx:
        lock(tx, by, id)
        tx.execute("update person set name = :name, folded = :folded where id = :id",
                   name=wanted, folded=short_text.fold(wanted), id=id)
        people.announce(tx, id)
        return get(tx, by, id)


def revoke(by: int, id: int) -> None:
    """Delete a bot: its tokens end at once, it leaves its rooms, and its messages stay."""
    with db.transaction(people.EVERYBODY) as tx:
        tx.execute("select 1 from bot where person = :id for update", id=id)
        if get(tx, by, id).by != by and not people.is_at_least(tx, by, "admin"):
            raise access.not_found()
        _revoke(tx, by, id)


@people.on_demotion
def _revoke_all(tx: db.Transaction, person: int) -> None:
    """Delete the bots of a person who was banned or became a guest."""
    for id, in tx.execute("select person from bot where created_by = :person order by person", person=person):
        _revoke(tx, person, id)


def _revoke(tx: db.Transaction, by: int, id: int) -> None:
    for call in revoke_hooks:
        call(tx, id)
    tx.execute("delete from bot where person = :id", id=id)
    sign_ins.drop_all(tx, id, tokens=True)
    rows = tx.execute("select room from member where person = :id order by room", id=id)
    tx.lock(*(f"room:{room}" for room, in rows))
    for room, in rows:
        members.remove(tx, f"room:{room}", id, by=by, key=log.server_key("revoked", id))
    audit.note(tx, "bot_revoked", by, subject=id)


def create_token(by: int, id: int, name: str, scope: str, days: int | None, audited: bool) -> tuple[Token, str]:
    """Create a token of a bot, and return it and its secret."""
    if scope not in SCOPES:
        raise Refused("error.bot_scope", "bad_input")
    with db.transaction() as tx:
        lock(tx, by, id)
        return tokens.create(tx, id, name, scope, days, audited, by=by)


def revoke_token(by: int, id: int, token: str) -> None:
    """Revoke a token of a bot."""
    with db.transaction() as tx:
        lock(tx, by, id)
        tokens.drop(tx, id, token, by=by)


def places(reads: Reads, bot: int) -> list[str]:
    """Return the channels that a bot reads: its rooms and the Lobby."""
    rows = reads.execute("select room from member where person = :bot order by room", bot=bot)
    return [rooms.LOBBY, *(f"room:{room}" for room, in rows)]
