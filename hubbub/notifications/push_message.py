"""Push messages: the encrypted payload, and headers from which the push service learns nothing about its content."""

import base64
import hashlib
from typing import Any, NamedTuple

import msgspec

from hubbub import slices
from hubbub.core import strings
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications import model
from hubbub.notifications.subscriptions import Subscription
from hubbub.people import settings
from hubbub.slices import InboxKind

LIMIT = 3000  # bytes of a payload; services accept 4,096 including the overhead of encryption
DAY = 24 * 3600  # seconds that a service stores it for a browser that is offline
TITLE = 120  # characters
SCRIPT = InboxKind("notifications.inbox.script", "terminal")  # also for kinds that do not exist any more


class Message(NamedTuple):
    """The payload to encrypt for the browser, and the headers for the push service."""

    payload: bytes
    headers: dict[str, str]


def of(reads: Reads, one: Subscription, entry: Entry, waiting: int) -> Message:
    """Return the message for a notification, the newest of `waiting` about the same channel."""
    data = model.with_title(entry.data, model.current_titles(reads, one.person, [entry.data["channel"]]))
    tag = data["channel"] or f"inbox:{entry.seq}"
    rows = reads.execute("select name from person where id = :id and id > 0", id=entry.author)
    name = data.get("alias", {}).get("name") or (rows[0][0] if rows else settings.current(reads).name)
    title = _title(data, name, one.language)
    payload = {"title": f"{title} ({waiting})" if waiting > 1 else title, "body": _text(data, one.language),
               "url": _url(data), "tag": tag, "unread": model.unread(reads, one.person)}
    kind = slices.inbox_kinds().get(data["cause"])
    is_urgent = data.get("urgent") or kind and kind.urgent
    headers = {"Topic": _topic(tag, one.auth), "Urgency": "high" if is_urgent else "normal"}
    return Message(_packed(payload), headers)


def test(reads: Reads, one: Subscription) -> Message:
    """Return a message that tests whether pushing works."""
    title, body = (strings.translate(one.language, f"notifications.check.{part}") for part in ("title", "body"))
    payload = {"title": title, "body": body, "url": "/settings/notifications", "tag": "check", "check": True,
               "unread": model.unread(reads, one.person)}
    return Message(_packed(payload), {"Topic": _topic("check", one.auth), "Urgency": "high"})


def _title(data: dict[str, Any], name: str, language: str) -> str:
    kind = slices.inbox_kinds().get(data["cause"], SCRIPT)
    id = kind.text if data["title"] else f"{kind.text}.bare"
    title = strings.translate(language, id, name=name, title=data["title"])
    return title if len(title) <= TITLE else f"{title[:TITLE - 1]}…"


def _text(data: dict[str, Any], language: str) -> str:
    return strings.translate(language, data["text_id"], **data["params"]) if "text_id" in data else str(data["text"])


def _url(data: dict[str, Any]) -> str:
    """Return the address that a click opens."""
    prefix, _, name = data["channel"].partition(":")
    kind = slices.channel_kinds().get(prefix)
    address = kind.address.format(name=name, seq=data["root"] or data["target"]) if kind else ""
    return str(data["url"] or address or "/inbox")


def _topic(tag: str, auth: str) -> str:
    """Return a topic per channel and browser; nobody without the browser's secret can tell the channel."""
    digest = hashlib.blake2s(tag.encode(), key=auth.encode()[:32], digest_size=18).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _packed(payload: dict[str, Any]) -> bytes:
    """Return the payload as JSON, with the text cut to fit the limit."""
    while len(packed := msgspec.json.encode(payload)) > LIMIT:
        more = len(payload["body"]) > 20
        payload = payload | ({"body": f"{payload['body'][:-20]}…"} if more else {"body": "", "url": "/inbox"})
    return packed
