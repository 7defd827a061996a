"""Posting what a hook received: the room, the thread, the name; rights are those of its bot, as they are now."""

from typing import Any

from hubbub import short_text
from hubbub.chat import members, messages, rooms
from hubbub.core import db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.feeds import ticks
from hubbub.feeds.ticks import Tick
from hubbub.hooks import model
from hubbub.hooks.message import Message, Rejected
from hubbub.hooks.model import Hook

NAMED = """select id from room where folded = :folded and archived is null
    and kind in ('lobby', 'public', 'announcement') order by id"""


def post(hook: Hook, message: Message, key: str, here: tuple[int, ...] = ()) -> Entry:
    """Post a message of a hook under an idempotency key."""
    channel = room(hook, message.room)
    draft = messages.Draft(here=here, alias=_alias(hook, message), attachments=_attachment(message))
    if not message.thread:
        return messages.post(hook.person, channel, message.text, key, draft)
    with db.transaction(channel) as tx:
        root = _find(tx, hook, channel, message.thread)
        entry = messages.post_in(tx, hook.person, channel, message.text, key, draft._replace(thread=root))
        if not root:
            _name(tx, hook, message.thread, entry)
        return entry


def publish(hook: Hook, symbol: str, value: float) -> None:
    """Publish a value as the creator of the hook, in a feed of the hook's own."""
    ticks.publish(hook.by, f"hook-{hook.id}", (Tick(symbol, value),), hook.name)


def room(hook: Hook, wanted: str) -> str:
    """Return the channel of a message: the room of the hook, or another open one where its creator may post."""
    name = wanted.strip().removeprefix("#")
    if hook.locked or not name:
        return hook.channel
    rows = db.execute(NAMED, folded=short_text.fold(name))
    channel = f"room:{rows[0][0]}" if rows else wanted
    if channel == hook.channel:
        return channel
    if not rows:
        raise Rejected("channel_not_found", 404)
    rooms.check(db, hook.by, channel, "post")
    if channel != rooms.LOBBY and not members.role(db, rooms.number(channel), hook.person):
        with db.transaction(channel) as tx:
            rooms.check(tx, hook.by, channel, "post")
            model.join(tx, hook.person, channel, hook.by)
    return channel


def refusal(refused: Refused, hook: Hook) -> Rejected:
    """Return a refusal of ours in the words of Slack."""
    if refused.code == "denied" and db.execute("select 1 from room where id = :id and archived is not null",
                                               id=rooms.number(hook.channel)):
        return Rejected("channel_is_archived", 410)
    known = {"not_found": ("channel_not_found", 404), "denied": ("action_prohibited", 403),
             "too_fast": ("rate_limited", 429), "busy": ("busy", 503), "not_saved": ("not_saved", 503)}
    word, status = known.get(refused.code, ("invalid_payload", 400))
    return Rejected(word, status, retry_after=refused.retry_after)


def _alias(hook: Hook, message: Message) -> dict[str, str]:
    alias = {"name": message.name if message.name != hook.name else "", "icon": message.icon or hook.icon}
    return {name: value for name, value in alias.items() if value}


def _attachment(message: Message) -> dict[str, Any]:
    return {"hook": {"tone": message.tone}} if message.tone else {}


def _find(reads: Reads, hook: Hook, channel: str, key: str) -> int:
    """Return the seq of the message that a hook posted under a key of its own; 0 if there is none."""
    rows = reads.execute("select seq from hook_message where hook = :hook and channel = :channel and key = :key",
                         hook=hook.id, channel=channel, key=key)
    return int(rows[0][0]) if rows else 0


def _name(tx: db.Transaction, hook: Hook, key: str, entry: Entry) -> None:
    """Store the key by which a hook finds a message again."""
    tx.execute("insert into hook_message (hook, channel, key, seq) values (:hook, :channel, :key, :seq) "
               "on conflict (hook, channel, key) do update set seq = :seq",
               hook=hook.id, channel=entry.channel, key=key, seq=entry.seq)


def new_key(wanted: str, random: str) -> str:
    """Return the idempotency key of a message: the sender's own, or a random one."""
    return log.server_key("hook", wanted or random)
