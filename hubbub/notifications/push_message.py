"""What one push says, and how it is labelled for the push service, which learns nothing of what it is about."""

import base64
import hashlib
from typing import Any, NamedTuple

import msgspec

from hubbub import slices
from hubbub.core import strings
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications.subscriptions import Subscription
from hubbub.slices import InboxKind

LIMIT = 3000  # bytes of a payload; services take 4,096 with what encryption adds
DAY = 24 * 3600  # seconds that a service keeps it for a browser that sleeps
TITLE = 120  # characters
SCRIPT = InboxKind("notifications.inbox.script", "terminal")  # also what is not known any more


class Message(NamedTuple):
    """What is encrypted for the browser, and the headers that the service reads."""

    payload: bytes
    headers: dict[str, str]


def of(reads: Reads, one: Subscription, entry: Entry, waiting: int) -> Message:
    """The message for a notification, the newest of so many about the same channel."""
    told = entry.data
    tag = told["channel"] or f"inbox:{entry.seq}"
    rows = reads.execute("select name from person where id = :id and id > 0", id=entry.author)
    title = _title(told, rows[0][0] if rows else "Hubbub")
    said = {"title": f"{title} ({waiting})" if waiting > 1 else title, "body": told["text"],
            "url": _address(told), "tag": tag}
    kind = slices.inbox_kinds().get(told["cause"])
    headers = {"Topic": _topic(tag, one.auth), "Urgency": "high" if kind and kind.urgent else "normal"}
    return Message(_fitting(said), headers)


def _title(told: dict[str, Any], name: str) -> str:
    kind = slices.inbox_kinds().get(told["cause"], SCRIPT)
    text = slices.english()[kind.text if told["title"] else f"{kind.text}.bare"]
    title = strings.fill(text, name=name, title=told["title"])
    return title if len(title) <= TITLE else f"{title[:TITLE - 1]}…"


def _address(told: dict[str, Any]) -> str:
    """Return where a click leads."""
    prefix, _, name = told["channel"].partition(":")
    kind = slices.channel_kinds().get(prefix)
    address = kind.address.format(name=name, seq=told["root"] or told["target"]) if kind else ""
    return str(told["url"] or address or "/inbox")


def _topic(tag: str, auth: str) -> str:
    """The same for the same channel and browser; who does not know the browser's secret cannot tell which channel."""
    digest = hashlib.blake2s(tag.encode(), key=auth.encode()[:32], digest_size=18).digest()
    return base64.urlsafe_b64encode(digest).decode()


def _fitting(said: dict[str, str]) -> bytes:
    """As JSON, with as much of the text as there is room for."""
    while len(packed := msgspec.json.encode(said)) > LIMIT:
        more = len(said["body"]) > 20
        said = said | ({"body": f"{said['body'][:-20]}…"} if more else {"body": "", "url": "/inbox"})
    return packed
