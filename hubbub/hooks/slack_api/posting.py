"""`chat.*`: post, change and delete messages."""

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hubbub import limits
from hubbub.chat import messages, rooms
from hubbub.core import db, log
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.hooks import cards, slack
from hubbub.hooks.message import NAME_LIMIT, Message, Rejected
from hubbub.hooks.slack_api import ids, show
from hubbub.hooks.slack_api.call import Call, method
from hubbub.hooks.slack_api.problems import Problem
from hubbub.people import model as people

KEY = re.compile(r"[^!\x00-\x1f][^\x00-\x1f]{0,63}")


@method("chat.postMessage", "write", limits.POST)
def post(call: Call) -> dict[str, Any]:
    """Post a message; a repeated `client_msg_id` returns the first one."""
    wanted = _message(call)
    channel = ids.target(db, call.person, call.arguments.needed("channel"))
    draft = messages.Draft(
        thread=thread(call, channel), also_to_room=call.arguments.is_on("reply_broadcast"),
        here=call.here() if "@here" in wanted.text.lower() else (), attachments=cards.attachment(wanted),
        alias=_alias(call, wanted))
    with call.charge(channel), refusing(call, channel, "post"):
        entry = messages.post(call.person, channel, wanted.text, key(call), draft)
    return answer(call, channel, entry)


@method("chat.update", "write", limits.POST)
def update(call: Call) -> dict[str, Any]:
    """Replace a message of the caller's own, with its colour."""
    wanted = _message(call)
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    seq = ids.require(db, channel, call.arguments.needed("ts"))
    with call.charge(channel), refusing(call, channel, "edit"), db.transaction(channel) as tx:
        rooms.check(tx, call.person, channel, "edit")
        target = messages.find(tx, channel, seq)
        if target.author != call.person:
            raise Problem("cant_update_message")
        if wanted.text != messages.text_of(tx, target):
            messages.edit_in(tx, call.person, channel, seq, wanted.text, key(call))
        cards.show(tx, call.person, target, cards.attachment(wanted).get("hook", {}), key(call))
    return {"channel": channel, "ts": ids.ts(target.at, seq), "text": wanted.text,
            "message": {"type": "message", "user": f"U{call.person}", "text": wanted.text}}


@method("chat.delete", "write", limits.POST)
def delete(call: Call) -> dict[str, Any]:
    """Delete a message."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    text = call.arguments.needed("ts")
    with call.charge(channel), refusing(call, channel, "delete"):
        messages.delete(call.person, channel, ids.require(db, channel, text), key(call))
    return {"channel": channel, "ts": text}


@method("chat.getPermalink")
def permalink(call: Call) -> dict[str, Any]:
    """Return the address of a message in the page."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    seq = ids.require(db, channel, call.arguments.needed("message_ts"))
    messages.find(db, channel, seq)
    return {"channel": channel, "permalink": f"{call.server}/room/{rooms.number(channel)}/{seq}"}


def thread(call: Call, channel: str) -> int:
    """Return the root of the thread in which to post; 0 for none.  The `ts` of a reply stands for its root."""
    text = call.arguments.text("thread_ts")
    if not text:
        return 0
    seq = ids.find(db, channel, text)
    if not seq:
        raise Problem("thread_not_found")
    [entry] = log.read(db, channel, seq - 1, 1)
    return int(entry.data.get("thread") or seq)


def key(call: Call) -> str:
    """Return the idempotency key of a call: the sender's own, or a random one."""
    own = call.arguments.text("client_msg_id")
    if own and not KEY.fullmatch(own):
        raise Problem("invalid_arguments")
    return own or secrets.token_hex(12)


def answer(call: Call, channel: str, entry: Entry) -> dict[str, Any]:
    """Return the answer of a method that posted a message."""
    item = {"kind": "message", "seq": entry.seq, "author": entry.author, "at": entry.at, **entry.data}
    [shown] = show_all(call, channel, [item], {})
    return {"channel": channel, "ts": shown["ts"], "message": shown}


def show_all(call: Call, channel: str, items: list[dict[str, Any]], people: dict[str, Any]) -> list[dict[str, Any]]:
    """Return messages with the `ts` of the roots that they answer, without deleted ones."""
    left = [item for item in items if not item.get("deleted")]
    shown = [show.message(item, people, call.server) for item in left]
    roots = {item["thread"] for item in left if item.get("thread")}
    rows = db.execute("select seq, at from entry where channel = :channel and seq = any(:roots)",
                      channel=channel, roots=sorted(roots)) if roots else []
    stamps = {seq: ids.ts(at, seq) for seq, at in rows}
    for item, one in zip(left, shown, strict=True):
        if item.get("thread"):
            one["thread_ts"] = stamps[item["thread"]]
    return shown


@contextmanager
def refusing(call: Call, channel: str, verb: str) -> Iterator[None]:
    """Say why a person may not do something in a room: it is archived, they are not a member, or another reason."""
    try:
        yield
    except Refused as refused:
        if refused.code != "denied" or refused.id == "error.not_the_author":
            raise
        room = rooms.get(db, call.person, channel)
        if room.archived:
            raise Problem("is_archived") from None
        if not room.role and room.kind != "lobby":
            raise Problem("not_in_channel") from None
        words = {"edit": "cant_update_message", "delete": "cant_delete_message"}
        raise Problem(words.get(verb, "restricted_action")) from None


def _message(call: Call) -> Message:
    """Return the message that the arguments describe."""
    given = call.arguments
    if len(given.text("text")) > messages.TEXT_LIMIT:
        raise Problem("msg_too_long")
    payload = {**given.all, "text": given.text("text"), "attachments": given.decoded("attachments"),
               "blocks": given.decoded("blocks"), "channel": "", "thread_ts": ""}
    if "mrkdwn" in given.all:
        payload["mrkdwn"] = given.is_on("mrkdwn")
    try:
        found = slack.read(payload)
    except Rejected as problem:
        raise Problem(problem.word) from None
    return found._replace(text=ids.mentions(db, call.person, found.text))


def _alias(call: Call, message: Message) -> dict[str, str]:
    """Return the name and the icon of one message.  Only a bot's name is replaced: a person's is added to it."""
    name = message.name
    if name:
        [own] = people.directory(db, [call.person])
        if own.role != "bot":
            name = f"{name[:NAME_LIMIT - 20]} ({own.name})" if name != own.name else ""
    return {field: value for field, value in (("name", name), ("icon", message.icon)) if value}
