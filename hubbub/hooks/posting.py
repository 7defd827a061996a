"""Posting what a hook received: the room, the thread, the name; rights are those of its bot, as they are now."""

from collections.abc import Sequence
from typing import NamedTuple

from hubbub import short_text
from hubbub.chat import members, messages, rooms
from hubbub.core import access, db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.feeds import ticks
from hubbub.feeds.ticks import Tick
from hubbub.hooks import cards, deliveries, model
from hubbub.hooks.deliveries import New
from hubbub.hooks.message import Message, Rejected, clean, clean_key
from hubbub.hooks.model import Hook

IGNORED = "ignored"  # what is stored as the error of a request with nothing to do
NAMED = """select id from room where folded = :folded and archived is null
    and kind in ('lobby', 'public', 'announcement') order by id"""


class Received(NamedTuple):
    """A message of a hook, and what is stored of its request."""

    post: messages.Post
    delivery: New


def post(hook: Hook, message: Message, key: str, here: tuple[int, ...], body: str) -> Entry | None:
    """Post a message of a hook under an idempotency key, and return its entry, or change its card.

    The request is stored with it.
    """
    channel = room(hook, message.room)
    message = message._replace(buttons=())  # this hook has no address to call
    draft = messages.Draft(here=here, alias=_alias(hook, message), attachments=cards.attachment(message),
                           urgent=message.is_urgent, priority=message.priority)
    if not message.thread and not message.card:
        sent = messages.checked(hook.person, channel, message.text, key, draft)
        return db.together(_post_all, channel, Received(sent, deliveries.new(hook, body))).wait()
    with db.transaction(channel) as tx:
        is_done = _post_by_key(tx, hook, channel, message, key, draft)
        deliveries.store(tx, [deliveries.new(hook, body, 200, "" if is_done else IGNORED)])
    return None


def _post_all(tx: db.Transaction, received: Sequence[Received]) -> list[Entry | Refused]:
    """Post messages of hooks, as many as wait for the same lane."""
    answers = messages.post_all(tx, [one.post for one in received])
    pairs = zip(received, answers, strict=True)
    deliveries.store(tx, [one.delivery for one, answer in pairs if not isinstance(answer, Refused)])
    return answers


def _post_by_key(tx: db.Transaction, hook: Hook, channel: str, message: Message, key: str,
                 draft: messages.Draft) -> bool:
    """Change the card of this key, or post a message that has a key or answers one; False for nothing to do."""
    if message.card and (seq := cards.find(tx, hook, channel, message.card, is_open=True)):
        cards.change(tx, hook, channel, seq, message, key)
        return True
    if not message.text or message.resolve:
        return False
    root = cards.find(tx, hook, channel, message.thread) if message.thread else 0
    entry = messages.post_in(tx, hook.person, channel, message.text, key, draft._replace(thread=root))
    for name in {message.card, "" if root else message.thread} - {""}:
        cards.name(tx, hook, name, entry)
    return True


def withdraw(hook: Hook, card: str, wanted: str, key: str) -> None:
    """Delete the message of a key, if there is one."""
    channel = room(hook, wanted)
    with db.transaction(channel) as tx:
        if seq := cards.find(tx, hook, channel, card):
            messages.delete_in(tx, hook.person, channel, seq, key)
        deliveries.store(tx, [deliveries.new(hook, "", 200, "" if seq else IGNORED)])


def test(hook: Hook, text: str, key: str) -> None:
    """Post a message as a hook does, without a request."""
    draft = messages.Draft(alias=_alias(hook, Message(text)))
    messages.post(hook.person, hook.channel, clean(text), key, draft)


def publish(hook: Hook, symbol: str, value: float) -> None:
    """Publish a value as the creator of the hook, in a feed of the hook's own."""
    ticks.publish(hook.by, f"hook-{hook.id}", (Tick(symbol, value),), hook.name)


def room(hook: Hook, wanted: str) -> str:
    """Return the channel of a message: the room of the hook, or another open one where its creator may post."""
    name = clean_key(wanted).removeprefix("#")
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


def refusal(refused: Refused, hook: Hook | None = None) -> Rejected:
    """Return a refusal of ours in the words of Slack."""
    if hook and refused.code == "denied" and db.execute("select 1 from room where id = :id and archived is not null",
                                               id=rooms.number(hook.channel)):
        return Rejected("channel_is_archived", 410)
    if hook and refused.code == "not_found" and not access.allows(db, hook.person, hook.channel, "read"):
        return Rejected("action_prohibited", 403)  # its bot was removed from the room
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
