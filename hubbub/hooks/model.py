"""Incoming webhooks: who may manage them, and the bots that write their messages.

A hook belongs to a room and is managed by those who manage the room.  A request to its address posts as its bot, an
account that nobody can sign in to.  The bot is a member of the room, so removing it from the room stops the hook.
"""

import secrets
from typing import Any

import msgspec

from hubbub import short_text
from hubbub.chat import emoji, members, rooms
from hubbub.core import access, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.hooks import templates
from hubbub.people import audit, names
from hubbub.people import model as people

MOST = 50  # hooks of one room


class Hook(msgspec.Struct, frozen=True):
    """A hook without its secret; `person` is its bot, `received` counts its requests."""

    id: int
    channel: str
    person: int
    name: str
    icon: str
    locked: bool
    by: int
    since: float
    received: int
    template: str
    last: float  # when it was used last; 0: never
    failed: bool  # whether its last request was refused


COLUMNS = """hook.id, hook.room, hook.person, hook.name, icon, locked, hook.created_by, hook.since, received, template,
    coalesce((select at from hook_delivery where hook_delivery.hook = hook.id and n = received), 0),
    coalesce((select status >= 400 from hook_delivery where hook_delivery.hook = hook.id and n = received), false)"""


def _hook(row: tuple[Any, ...]) -> Hook:
    id, room, person, name, icon, locked, by, since, received, template, last, failed = row
    return Hook(id, f"room:{room}", person, name, icon, bool(locked), by, since, received, template, last,
                bool(failed))


def create(by: int, channel: str, name: str, icon: str, locked: bool) -> tuple[Hook, str]:
    """Create a hook for a room, and return it and its secret."""
    wanted, room = names.tidy(name), rooms.number(channel)
    with db.transaction(people.EVERYBODY) as tx:
        tx.lock(channel)
        rooms.check(tx, by, channel, "manage")
        if rooms.view(tx, by, room).kind == "direct":
            raise Refused("error.direct_has_no_settings", "bad_input")
        if tx.execute("select count(*) from hook where room = :room", room=room)[0][0] >= MOST:
            raise Refused("error.hook_limit", "too_large", limit=MOST)
        bot = people.create(tx, wanted, names.free(tx, wanted), "bot")
        secret = secrets.token_urlsafe(16)
        [(id,)] = tx.execute("insert into hook (secret, room, person, name, icon, locked, created_by, since) values "
                             "(:secret, :room, :person, :name, :icon, :locked, :by, :at) returning id",
                             secret=people.hashed(secret), room=room, person=bot.id, name=wanted, icon=_icon(icon),
                             locked=int(locked), by=by, at=node.now())
        join(tx, bot.id, channel, by)
        audit.note(tx, "hook_created", by, hook=id, room=room)
        return get(tx, id), secret


def join(tx: db.Transaction, bot: int, channel: str, by: int) -> None:
    """Add a bot to a room that is locked, unless it is there or everybody is."""
    room = rooms.number(channel)
    if channel != rooms.LOBBY and not members.role(tx, room, bot):
        members.add(tx, room, bot, "member", by=by, key=log.server_key("hook", bot, node.now()))


def get(reads: Reads, id: int) -> Hook:
    """Return a hook; refuse one that does not exist like a room that does not exist."""
    rows = reads.execute(f"select {COLUMNS} from hook where id = :id", id=id)
    if not rows:
        raise access.not_found()
    return _hook(rows[0])


def find(secret: str) -> Hook | None:
    """Return the hook with this secret."""
    rows = db.execute(f"select {COLUMNS} from hook where secret = :secret", secret=people.hashed(secret))
    return _hook(rows[0]) if rows else None


def mine(reads: Reads, person: int) -> list[Hook]:
    """Return the hooks of the rooms that a person manages, the newest first."""
    found = [_hook(row) for row in reads.execute(f"select {COLUMNS} from hook order by id desc")]
    managed = set(access.allowed(reads, person, {hook.channel for hook in found}, "manage"))
    return [hook for hook in found if hook.channel in managed]


def require(reads: Reads, person: int, id: int) -> Hook:
    """Return a hook that a person may manage; refuse any other."""
    hook = get(reads, id)
    rooms.check(reads, person, hook.channel, "manage")
    return hook


def change(by: int, id: int, name: str | None, icon: str | None, locked: bool | None, template: str | None) -> Hook:
    """Change the given fields; earlier messages show the new name too."""
    wanted = names.tidy(name) if name is not None else None
    with db.transaction(people.EVERYBODY) as tx:
        hook = _locked(tx, by, id)
        tx.execute("update hook set name = coalesce(:name, name), icon = coalesce(:icon, icon), "
                   "locked = coalesce(:locked, locked), template = coalesce(:template, template) where id = :id",
                   id=id, name=wanted, template=None if template is None else templates.checked(template),
                   icon=None if icon is None else _icon(icon), locked=None if locked is None else int(locked))
        if wanted is not None and wanted != hook.name:
            tx.execute("update person set name = :name, folded = :folded where id = :person",
                       name=wanted, folded=short_text.fold(wanted), person=hook.person)
            people.announce(tx, hook.person)
        if locked not in (None, hook.locked):
            audit.note(tx, "hook_changed", by, hook=id, room=rooms.number(hook.channel), locked=locked)
        return get(tx, id)


def revoke(by: int, id: int) -> None:
    """Delete a hook: its address ends at once, its bot leaves, and its messages stay."""
    with db.transaction(people.EVERYBODY) as tx:
        hook = _locked(tx, by, id)
        for table in ("hook_delivery", "hook_message"):
            tx.execute(f"delete from {table} where hook = :id", id=id)
        tx.execute("delete from hook where id = :id", id=id)
        rows = tx.execute("select room from member where person = :bot order by room", bot=hook.person)
        tx.lock(*(f"room:{room}" for room, in rows))
        for room, in rows:
            members.remove(tx, f"room:{room}", hook.person, by=by, key=log.server_key("revoked", id))
        audit.note(tx, "hook_revoked", by, hook=id, room=rooms.number(hook.channel))


def _locked(tx: db.Transaction, by: int, id: int) -> Hook:
    """Return a hook that a person may manage, its room and its row locked."""
    tx.lock(get(tx, id).channel)
    tx.execute("select 1 from hook where id = :id for update", id=id)
    return require(tx, by, id)


def _icon(text: str) -> str:
    found = emoji.canonical(text)
    if text and not found:
        raise Refused("error.not_an_emoji", "bad_input")
    return found
