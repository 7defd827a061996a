"""Post what webhooks reply, once, as their bot; also later, by the `response_url` of a call."""

import hmac
from typing import Any

from hubbub.chat import messages
from hubbub.core import access, db, log
from hubbub.core.access import Reads, Refused
from hubbub.hooks import cards
from hubbub.hooks.message import Message, Rejected
from hubbub.hooks.outgoing import calls, model, response
from hubbub.hooks.outgoing.calls import Call
from hubbub.hooks.outgoing.request import reply_secret
from hubbub.hooks.outgoing.response import Reply
from hubbub.hooks.slack_api import ids
from hubbub.people import model as people

MOST = 5  # replies to one call by its `response_url`


def post(tx: db.Transaction, hook: model.Outgoing, call: Call, reply: Reply, key: str) -> None:
    """Do what a response asks for, in a transaction that has locked the room; a repeated key does nothing again.

    The response to a test is not posted.
    """
    if call.kind == "test":
        return
    key = log.server_key("reply", key)
    if reply.deletes and call.kind == "button":
        messages.delete_in(tx, hook.bot, call.channel, call.message, key)
        return
    if reply.message is None:
        return
    message = reply.message._replace(text=ids.mentions(tx, hook.bot, reply.message.text))
    if reply.replaces and call.kind == "button":
        _replace(tx, hook, call, message, key)
    elif reply.only_to_person:
        response.show(tx, call, hook.bot, message.text)
    else:
        [bot] = people.directory(tx, [hook.bot])
        alias = {"name": message.name if message.name != bot.name else "", "icon": message.icon}
        draft = messages.Draft(call.thread, attachments=_attached(hook, message),
                               alias={name: value for name, value in alias.items() if value})
        messages.post_in(tx, hook.bot, call.channel, message.text, key, draft)


def _replace(tx: db.Transaction, hook: model.Outgoing, call: Call, message: Message, key: str) -> None:
    """Replace the message whose button was pressed, with its buttons."""
    target = messages.find(tx, call.channel, call.message)
    if message.text != messages.text_of(tx, target):
        messages.edit_in(tx, hook.bot, call.channel, call.message, message.text, key)
    cards.show(tx, hook.bot, target, _attached(hook, message).get("hook", {}), key)


def _attached(hook: model.Outgoing, message: Message) -> dict[str, Any]:
    """Return the attachment of a message: its tone, and its buttons, which call this webhook."""
    found = cards.attachment(message)
    return {"hook": {**found["hook"], "by": hook.id}} if message.buttons else found


def find(reads: Reads, call: str, secret: str) -> Call:
    """Return the call that a `response_url` belongs to; refuse a wrong one."""
    found = calls.find(reads, call)
    if found is None or not hmac.compare_digest(secret.encode(),
                                                reply_secret(model.secret(reads, found.outgoing)[0], call).encode()):
        raise access.not_found()
    return found


def reply_later(call: str, secret: str, body: bytes) -> None:
    """Post a later reply to a call."""
    with db.snapshot() as reads:
        found = find(reads, call, secret)
        hook = model.get(reads, found.outgoing)
    reply = response.read(body, found.kind)
    if reply == Reply():
        raise Rejected("no_text")
    with db.transaction(found.channel) as tx:
        n = calls.take_reply(tx, call, MOST)
        if not access.allows(tx, hook.bot, found.channel, "read"):
            raise Refused("error.not_allowed", "denied")
        post(tx, hook, found, reply, f"{call}/{n}")
