"""Outgoing webhooks of bots: their address, what triggers them, and the secret that signs their requests."""

import hashlib
import hmac
import re
import secrets
from typing import Literal

import msgspec

from hubbub import short_text
from hubbub.chat import rooms
from hubbub.core import access, db, node
from hubbub.core.access import Reads, Refused
from hubbub.hooks import bots
from hubbub.notifications import addresses
from hubbub.people import audit

Trigger = Literal["mention", "keyword", "message", "command"]
Format = Literal["form", "json"]

MOST = 50  # webhooks of all bots of one person: a message of theirs may call each of them
LONGEST = 100  # characters of keywords
COMMAND = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
OWN = {"me", "topic", "invite", "dm", "leave", "away"}  # commands of the page


class Outgoing(msgspec.Struct, frozen=True):
    """A webhook without its secret; `channel` is empty for all rooms of its bot, `waiting` counts unsent requests."""

    id: int
    bot: int
    url: str
    channel: str
    trigger: Trigger
    word: str
    about: str
    format: Format
    since: float
    dropped: int
    waiting: int
    failed: int
    last: float  # when it was called last; 0: never


COLUMNS = """outgoing.id, outgoing.person, url, coalesce('room:' || room, ''), trigger, word, about, format, since,
    dropped, (select count(*) from outgoing_call as call where call.outgoing = outgoing.id and state = 'waiting'),
    (select count(*) from outgoing_call as call where call.outgoing = outgoing.id and state = 'failed'),
    coalesce((select max(at) from outgoing_call as call where call.outgoing = outgoing.id), 0)"""


def create(by: int, bot: int, url: str, trigger: Trigger, word: str, about: str, channel: str, format: Format,
           origin: str) -> tuple[Outgoing, str]:
    """Create a webhook of one's bot, and return it and its secret."""
    addresses.check(url, node.current().config.push_private)
    wanted, secret = _word(trigger, word), secrets.token_hex(16)
    with db.transaction() as tx:
        tx.execute("select 1 from person where id = :by for update", by=by)  # they may create one for another bot
        bots.lock(tx, by, bot)
        if channel:
            rooms.check(tx, by, channel, "read")
        if tx.execute("select count(*) from outgoing join bot on bot.person = outgoing.person where created_by = :by",
                      by=by)[0][0] >= MOST:
            raise Refused("error.outgoing_limit", "too_large", limit=MOST)
        rows = tx.execute(
            "insert into outgoing (person, url, secret, origin, room, trigger, word, about, format, since) values "
            "(:bot, :url, :secret, :origin, :room, :trigger, :word, :about, :format, :at) "
            "on conflict (word) where trigger = 'command' do nothing returning id",
            bot=bot, url=url, secret=secret, origin=origin, room=rooms.number(channel) or None, trigger=trigger,
            word=wanted, about=_about(about), format=format, at=node.now())
        if not rows:
            raise Refused("error.command_taken", "conflict", name=wanted)
        audit.note(tx, "outgoing_created", by, subject=bot, outgoing=rows[0][0])
        return get(tx, rows[0][0]), secret


def get(reads: Reads, id: int) -> Outgoing:
    """Return a webhook; refuse one that does not exist like a room that does not exist."""
    rows = reads.execute(f"select {COLUMNS} from outgoing where id = :id", id=id)
    if not rows:
        raise access.not_found()
    return Outgoing(*rows[0])


def of(reads: Reads, bot: int) -> list[Outgoing]:
    """Return the webhooks of a bot, the newest first."""
    rows = reads.execute(f"select {COLUMNS} from outgoing where person = :bot order by id desc", bot=bot)
    return [Outgoing(*row) for row in rows]


def require(reads: Reads, person: int, id: int) -> Outgoing:
    """Return a webhook of one's own bot; refuse any other."""
    found = get(reads, id)
    bots.require(reads, person, found.bot)
    return found


def secret(reads: Reads, id: int) -> tuple[str, str]:
    """Return the secret of a webhook, and the address of this server that it was created at."""
    [(secret, origin)] = reads.execute("select secret, origin from outgoing where id = :id", id=id)
    return secret, origin


def token(secret: str) -> str:
    """Return the `token` in the requests, by which older programs recognise them; it cannot sign."""
    return hmac.new(secret.encode(), b"token", hashlib.sha256).hexdigest()[:24]


def change(by: int, id: int, url: str | None, about: str | None, format: Format | None) -> Outgoing:
    """Change the given fields."""
    if url is not None:
        addresses.check(url, node.current().config.push_private)
    with db.transaction() as tx:
        before = require(tx, by, id)
        bots.lock(tx, by, before.bot)
        tx.execute("update outgoing set url = coalesce(:url, url), about = coalesce(:about, about), "
                   "format = coalesce(:format, format) where id = :id", id=id, url=url, format=format,
                   about=None if about is None else _about(about))
        if url not in (None, before.url):
            audit.note(tx, "outgoing_changed", by, subject=before.bot, outgoing=id)
        return get(tx, id)


def revoke(by: int, id: int) -> None:
    """Delete a webhook with what waits to be sent."""
    with db.transaction() as tx:
        found = require(tx, by, id)
        bots.lock(tx, by, found.bot)
        _delete(tx, [id])
        audit.note(tx, "outgoing_revoked", by, subject=found.bot, outgoing=id)


def _revoke_all(tx: db.Transaction, bot: int) -> None:
    _delete(tx, [id for id, in tx.execute("select id from outgoing where person = :bot", bot=bot)])


bots.revoke_hooks.append(_revoke_all)


def _delete(tx: db.Transaction, ids: list[int]) -> None:
    tx.execute("delete from outgoing_call where outgoing = any(:ids)", ids=ids)
    tx.execute("delete from outgoing where id = any(:ids)", ids=ids)


def _word(trigger: Trigger, word: str) -> str:
    """Return the word of a trigger as it is stored: keywords with commas, or the name of a command."""
    if trigger == "command":
        name = word.strip().removeprefix("/").lower()
        if not COMMAND.fullmatch(name):
            raise Refused("error.command_invalid", "bad_input")
        if name in OWN:
            raise Refused("error.command_taken", "conflict", name=name)
        return name
    if trigger != "keyword":
        return ""
    words: list[str] = [found for part in word.split(",") if (found := short_text.clean(part)) and len(found) > 1]
    if not words or len(word) > LONGEST:
        raise Refused("error.word_invalid", "bad_input", limit=LONGEST)
    return ", ".join(words)


def _about(text: str) -> str:
    about = short_text.clean(text)
    if len(about) > LONGEST:
        raise Refused("error.about_too_long", "too_large", limit=LONGEST)
    return about

