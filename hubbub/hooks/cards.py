"""Status cards: a message with a key, by which its hook changes it in place until it is resolved or withdrawn.

Everything here runs in a transaction that has locked the room, which is what two requests with one key wait for.
"""

from typing import Any

import msgspec

from hubbub.chat import attachments, messages, recipients
from hubbub.core import db, log, node
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.hooks.message import Message
from hubbub.hooks.model import Hook


def attachment(message: Message) -> dict[str, Any]:
    """Return the attachment of a message: its tone, its buttons, and whether it is an open or a resolved card."""
    state = {"state": "resolved" if message.resolve else "open"} if message.card else {}
    tone = message.tone or ("good" if message.resolve else "")
    buttons = {"buttons": list(message.buttons)} if message.buttons else {}
    return {"hook": {**({"tone": tone} if tone else {}), **state, **buttons}} if tone or state or buttons else {}


def shown(reads: Reads, target: Entry) -> dict[str, Any]:
    """Return the attachment of a message as it is now."""
    rows = reads.execute("select shown from hook_card where channel = :channel and seq = :seq",
                         channel=target.channel, seq=target.seq)
    found: dict[str, Any] = msgspec.json.decode(rows[0][0]) if rows else target.data.get("hook", {})
    return found


def find(reads: Reads, hook: Hook, channel: str, key: str, is_open: bool = False) -> int:
    """Return the seq of the message that a hook posted under a key; 0 if there is none."""
    rows = reads.execute("select seq, resolved from hook_message where hook = :hook and channel = :channel "
                         "and key = :key", hook=hook.id, channel=channel, key=key)
    return int(rows[0][0]) if rows and not (is_open and rows[0][1] is not None) else 0


def name(tx: db.Transaction, hook: Hook, key: str, entry: Entry) -> None:
    """Store the key by which a hook finds a message again."""
    tx.execute("insert into hook_message (hook, channel, key, seq) values (:hook, :channel, :key, :seq) "
               "on conflict (hook, channel, key) do update set seq = :seq, resolved = null",
               hook=hook.id, channel=entry.channel, key=key, seq=entry.seq)


def change(tx: db.Transaction, hook: Hook, channel: str, seq: int, message: Message, key: str) -> Entry:
    """Change a card: its text, which keeps the earlier ones in its history, its tone, whether it is resolved."""
    target = messages.find(tx, channel, seq)
    before = messages.text_of(tx, target)
    text = message.text or before
    if text != before:
        messages.edit_in(tx, hook.person, channel, seq, text, key)
    if message.resolve:
        tx.execute("update hook_message set resolved = :at where hook = :hook and channel = :channel and key = :card",
                   at=node.now(), hook=hook.id, channel=channel, card=message.card)
    show(tx, hook.person, target, attachment(message)["hook"], key)
    if message.notify:
        recipients.notify_again(tx, target, text, key, message.is_urgent)
    return target


def show(tx: db.Transaction, person: int, target: Entry, wanted: dict[str, Any], key: str) -> None:
    """Store and announce how a message of a person's looks, if that changed."""
    if wanted == shown(tx, target):
        return
    tx.execute("insert into hook_card (channel, seq, shown) values (:channel, :seq, :shown) "
               "on conflict (channel, seq) do update set shown = :shown",
               channel=target.channel, seq=target.seq, shown=msgspec.json.encode(wanted).decode())
    log.append(tx, target.channel, "hook_changed", {"target": target.seq, "hook": wanted}, author=person,
               key=f"{key}/shown")


def overlay(reads: Reads, items: attachments.Items) -> None:
    """Show cards as they are now."""
    for channel, seq, shown in attachments.select(reads, items, "channel, seq, shown", "hook_card"):
        items[channel, seq]["hook"] = msgspec.json.decode(shown)


def forget(tx: db.Transaction, channel: str, seq: int) -> None:
    """Delete the key of a message that is deleted: the next request with this key posts a new one."""
    for table in ("hook_message", "hook_card"):
        tx.execute(f"delete from {table} where channel = :channel and seq = :seq", channel=channel, seq=seq)


attachments.register("hook", attachments.Attachment(overlay, words=lambda hook: "", forget=forget))
