"""Posting what a hook received: the room, the thread, the name; rights are those of its bot, as they are now."""

from hubbub import short_text
from hubbub.chat import members, messages, rooms
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.feeds import ticks
from hubbub.feeds.ticks import Tick
from hubbub.hooks import cards, model
from hubbub.hooks.message import Message, Rejected
from hubbub.hooks.model import Hook

NAMED = """select id from room where folded = :folded and archived is null
    and kind in ('lobby', 'public', 'announcement') order by id"""


def post(hook: Hook, message: Message, key: str, here: tuple[int, ...] = ()) -> Entry | None:
    """Post a message of a hook under an idempotency key, or change its card; None if there was nothing to do."""
    channel = room(hook, message.room)
    draft = messages.Draft(here=here, alias=_alias(hook, message), attachments=cards.attachment(message))
    if not message.thread and not message.card:
        return messages.post(hook.person, channel, message.text, key, draft)
    with db.transaction(channel) as tx:
        if message.card and (seq := cards.find(tx, hook, channel, message.card, is_open=True)):
            return cards.change(tx, hook, channel, seq, message, key)
        if not message.text or message.resolve:
            return None
        root = cards.find(tx, hook, channel, message.thread) if message.thread else 0
        entry = messages.post_in(tx, hook.person, channel, message.text, key, draft._replace(thread=root))
        for name in {message.card, "" if root else message.thread} - {""}:
            cards.name(tx, hook, name, entry)
        return entry


def withdraw(hook: Hook, card: str, wanted: str, key: str) -> Entry | None:
    """Delete the message of a key; None if there is none."""
    channel = room(hook, wanted)
    with db.transaction(channel) as tx:
        seq = cards.find(tx, hook, channel, card)
        return messages.delete_in(tx, hook.person, channel, seq, key) if seq else None


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


def new_key(wanted: str, random: str) -> str:
    """Return the idempotency key of a message: the sender's own, or a random one."""
    return log.server_key("hook", wanted or random)
