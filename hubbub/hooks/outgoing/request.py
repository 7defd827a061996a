"""The requests to webhooks: the fields of Slack's outgoing webhooks and commands, and its signature."""

import hashlib
import hmac
from typing import NamedTuple
from urllib.parse import urlencode

import msgspec

from hubbub.chat import messages, rooms
from hubbub.core import access, log, node
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.hooks.outgoing import buttons, model
from hubbub.hooks.outgoing.calls import Call
from hubbub.hooks.outgoing.model import Outgoing
from hubbub.hooks.slack_api import ids
from hubbub.hooks.slack_api.show import TEAM
from hubbub.people import model as people
from hubbub.people import settings

TYPES = {"form": "application/x-www-form-urlencoded", "json": "application/json"}


class Outdated(Exception):
    """What caused a call is gone: there is nothing to send any more."""


class Prepared(NamedTuple):
    """A request that is ready to be sent."""

    url: str
    body: bytes
    headers: dict[str, str]


def prepare(reads: Reads, hook: Outgoing, call: Call) -> Prepared:
    """Return the request of a call, with the text of its message as it is now; `Outdated` if that was deleted."""
    secret, origin = model.secret(reads, hook.id)
    fields = _common(reads, hook, call, secret)
    if call.kind == "message":
        fields |= _message(reads, call)
    else:
        fields["text"] = call.text
    if call.kind == "command":
        fields |= {"command": f"/{call.word}"}
    fields |= {"response_url": f"{origin}hooks/responses/{call.id}/{reply_secret(secret, call.id)}",
               "trigger_id": call.id}
    if call.kind == "button":
        fields = {"payload": msgspec.json.encode(buttons.payload(reads, call, _target(reads, call), fields)).decode()}
    format = "form" if call.kind == "button" else hook.format
    body = urlencode(fields).encode() if format == "form" else msgspec.json.encode(fields)
    return Prepared(hook.url, body, {"Content-Type": TYPES[format], "X-Hubbub-Delivery": call.id,
                                     "X-Hubbub-Attempt": str(call.tries + 1), **signed(secret, body)})


def signed(secret: str, body: bytes) -> dict[str, str]:
    """Return the headers by which a receiver knows that a request is from this server, and new."""
    timestamp = str(int(node.now()))
    mac = hmac.new(secret.encode(), b"v0:" + timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": f"v0={mac}"}


def reply_secret(secret: str, call: str) -> str:
    """Return the secret part of the address for later replies to a call."""
    return hmac.new(secret.encode(), f"reply:{call}".encode(), hashlib.sha256).hexdigest()[:32]


def _common(reads: Reads, hook: Outgoing, call: Call, secret: str) -> dict[str, str]:
    if not access.allows(reads, hook.bot, call.channel, "read"):
        raise Outdated("not_in_room")
    [author] = people.directory(reads, [call.person])
    return {
        "token": model.token(secret), "team_id": TEAM, "team_domain": settings.current(reads).name,
        "channel_id": f"C{rooms.number(call.channel)}",
        "channel_name": rooms.titles(reads, [call.channel]).get(call.channel, ""),
        "user_id": f"U{author.id}", "user_name": author.handle, "service_id": str(hook.id),
        "api_app_id": f"A{hook.bot}", "timestamp": f"{call.at:.6f}",
    }


def _message(reads: Reads, call: Call) -> dict[str, str]:
    """Return the fields of a message."""
    entry = _target(reads, call)
    fields = {"text": messages.text_of(reads, entry), "trigger_word": call.word,
              "timestamp": ids.ts(entry.at, entry.seq), "message_ts": ids.ts(entry.at, entry.seq)}
    if call.thread:
        [root] = log.read(reads, call.channel, call.thread - 1, 1)
        fields["thread_ts"] = ids.ts(root.at, root.seq)
    return fields


def _target(reads: Reads, call: Call) -> Entry:
    """Return the message that a call is about; `Outdated` if it was deleted."""
    try:
        return messages.find(reads, call.channel, call.message)
    except Refused:
        raise Outdated("message_deleted") from None
