"""Push messages: the encrypted payload, and headers from which the push service learns nothing about its content.

Apple's browsers get the payload of Declarative Web Push, which they show themselves; in the others the service worker
shows the same, with actions.  A topic of ntfy gets the text, and the rest in headers.  `priority` is that of ntfy:
1 the lowest, 3 the usual, 5 the highest.
"""

import base64
import hashlib
from email.header import Header
from typing import Any, NamedTuple
from urllib.parse import quote

import msgspec

from hubbub import slices
from hubbub.core import access, strings
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.notifications import model, shown
from hubbub.notifications.subscriptions import Subscription
from hubbub.people import settings
from hubbub.slices import InboxKind

LIMIT = 3000  # bytes of a payload; services accept 4,096 including the overhead of encryption
HOUR = 3600  # seconds
DAY = 24 * HOUR  # that a service stores it for a browser that is offline
TITLE, LINE = 120, 120  # characters of a title, and of each line if there are several
DECLARATIVE = 8030  # what a browser recognizes the payload of Declarative Web Push by
SCRIPT = InboxKind("notifications.inbox.script", "terminal")  # also for kinds that do not exist any more
MESSAGES = "notifications.push.messages.in", "notifications.push.messages.from"  # titles for several of them
NOTIFICATIONS = "notifications.push.notifications.in", "notifications.push.notifications.from"
USUAL, HIGHEST = 3, 5
DELIVERY = {1: ("very-low", HOUR), 2: ("low", 4 * HOUR), USUAL: ("normal", DAY), 4: ("high", DAY),
            HIGHEST: ("high", DAY)}


class Message(NamedTuple):
    """The payload to encrypt for the browser, and the headers for the push service; `tag` is what it shows, if any."""

    payload: bytes
    headers: dict[str, str]
    tag: str = ""


def of(reads: Reads, one: Subscription, entries: list[Entry], waiting: int) -> Message:
    """Return the message for notifications about the same channel, the newest of `waiting` unread ones."""
    entry = entries[-1]
    data = model.with_title(entry.data, model.current_titles(reads, one.person, [entry.data["channel"]]))
    tag, priority = shown.tag_of(data["channel"], entry.seq), priority_of(data)
    names = names_of(reads, entries)
    title = (title_of(data, names[-1], one.language) if waiting == 1
             else count_title(data, names[-1], waiting, one.language))
    lines = [text_of(each.data, one.language) for each in entries]
    if waiting > 1:
        lines = [f"{name}: {line}"[:LINE] if data["title"] else line[:LINE]
                 for name, line in zip(names, lines, strict=True)]
    payload = {"title": title, "body": "\n".join(lines), "tag": tag, "url": url_of(data),
               "priority": priority, "at": int(entry.at * 1000), "unread": model.unread(reads, one.person),
               "person": one.person, "seq": entry.seq, "actions": _actions(reads, one, data),
               "failed": strings.translate(one.language, "notifications.push.reply.failed")}
    if one.kind == "ntfy":
        return _of_topic(one, payload, tag)
    urgency, seconds = DELIVERY[priority]
    kind = slices.inbox_kinds().get(data["cause"])
    urgency = "high" if priority == USUAL and kind and kind.urgent else urgency
    return Message(_packed(one, payload), _headers(one, tag, urgency, seconds), tag)


def withdrawal(reads: Reads, one: Subscription, tags: list[str]) -> Message:
    """Return the message that closes what was read elsewhere; it replaces one that still waits to be delivered."""
    payload = {"withdraw": tags, "unread": model.unread(reads, one.person)}
    topic = tags[0] if len(tags) == 1 else "withdraw"
    return Message(msgspec.json.encode(payload), _headers(one, topic, "normal", DAY))


def test(reads: Reads, one: Subscription) -> Message:
    """Return a message that tests whether pushing works; the worker tells the page that it has arrived."""
    title, body = (strings.translate(one.language, f"notifications.check.{part}") for part in ("title", "body"))
    payload = {"title": title, "body": body, "url": "/settings/notifications", "tag": "check", "check": True,
               "priority": USUAL, "unread": model.unread(reads, one.person)}
    if one.kind == "ntfy":
        return _of_topic(one, payload, "check")
    return Message(msgspec.json.encode(payload), _headers(one, "check", "high", HOUR))


def _of_topic(one: Subscription, payload: dict[str, Any], tag: str) -> Message:
    """Return the message for a topic of ntfy, whose headers have other letters than ASCII as RFC 2047 writes them."""
    headers = {"Title": Header(payload["title"], "utf-8" if not payload["title"].isascii() else "ascii",
                               maxlinelen=10_000).encode(linesep=""),
               "Priority": str(payload["priority"]), "Tags": "bell",
               "Click": quote(address_of(one.origin, payload["url"]), safe=":/?&=#%@+,;~!$'()*[]")}
    if one.auth:
        headers["Authorization"] = f"Bearer {one.auth}"
    return Message(payload["body"].encode(), headers, tag)


def priority_of(data: dict[str, Any]) -> int:
    """Return the priority of a notification, 1 to 5."""
    priority = data.get("priority") or (HIGHEST if data.get("urgent") else USUAL)
    return priority if priority in DELIVERY else USUAL


def address_of(origin: str, url: str) -> str:
    """Return the whole address of a path of this server; one that is whole already stays as it is."""
    return f"{origin}{url.removeprefix('/')}" if url.startswith("/") else url


def names_of(reads: Reads, entries: list[Entry]) -> list[str]:
    """Return the name under which each notification's author is shown."""
    known = dict(reads.execute("select id, name from person where id = any(:ids) and id > 0",
                               ids=list({entry.author for entry in entries})))
    workspace = settings.current(reads).name
    return [entry.data.get("alias", {}).get("name") or known.get(entry.author, workspace) for entry in entries]


def title_of(data: dict[str, Any], name: str, language: str) -> str:
    """Return the title of one notification."""
    kind = slices.inbox_kinds().get(data["cause"], SCRIPT)
    id = kind.text if data["title"] else f"{kind.text}.bare"
    return _short(strings.translate(language, id, name=name, title=data["title"]))


def count_title(data: dict[str, Any], name: str, count: int, language: str) -> str:
    """Return the title of several notifications about the same."""
    kind = slices.channel_kinds().get(data["channel"].partition(":")[0])
    about, sender = MESSAGES if kind and kind.reply else NOTIFICATIONS
    return _short(strings.translate(language, about if data["title"] else sender, n=count, name=data["title"] or name))


def _short(title: str) -> str:
    return title if len(title) <= TITLE else f"{title[:TITLE - 1]}…"


def text_of(data: dict[str, Any], language: str) -> str:
    """Return the text of a notification, in the reader's language if Hubbub itself says it."""
    return strings.translate(language, data["text_id"], **data["params"]) if "text_id" in data else str(data["text"])


def url_of(data: dict[str, Any]) -> str:
    """Return the address that a click opens."""
    prefix, _, name = data["channel"].partition(":")
    kind = slices.channel_kinds().get(prefix)
    address = kind.address.format(name=name, seq=data["root"] or data["target"]) if kind else ""
    return str(data["url"] or address or "/inbox")


def _actions(reads: Reads, one: Subscription, data: dict[str, Any]) -> list[list[str]]:
    """Return the buttons under a notification: the name of each, and its label."""
    kind = slices.channel_kinds().get(data["channel"].partition(":")[0])
    verb = "reply" if data["root"] else "post"
    may_reply = kind and kind.reply and access.allowed(reads, one.person, [data["channel"]], verb)
    names = {"reply": "notifications.push.reply"} if may_reply else {}
    if data.get("alarm"):
        names = {"acknowledge": "notifications.urgent.acknowledge"}
    return [[name, strings.translate(one.language, id)]
            for name, id in (names | {"done": "notifications.push.done"}).items()]


def _headers(one: Subscription, tag: str, urgency: str, seconds: int) -> dict[str, str]:
    """Return the headers; without the browser's secret, nobody can tell the channel from the topic."""
    digest = hashlib.blake2s(tag.encode(), key=one.auth.encode()[:32], digest_size=18).digest()
    return {"Topic": base64.urlsafe_b64encode(digest).decode(), "Urgency": urgency, "TTL": str(seconds)}


def _packed(one: Subscription, payload: dict[str, Any]) -> bytes:
    """Return the payload as JSON, with the text cut to fit the limit."""
    while len(packed := msgspec.json.encode(_declarative(one, payload))) > LIMIT:
        more = len(payload["body"]) > 20
        payload = payload | ({"body": f"{payload['body'][:-20]}…"} if more else {"body": "", "url": "/inbox"})
    return packed


def _declarative(one: Subscription, payload: dict[str, Any]) -> dict[str, Any]:
    """Return the payload in the form in which Apple's browsers show it, and the usual one for others."""
    if not (one.origin.startswith("https://") and shown.is_apple(one)):
        return payload
    notification = {"title": payload["title"], "body": payload["body"], "tag": payload["tag"], "lang": one.language,
                    "navigate": address_of(one.origin, payload["url"]), "silent": payload["priority"] < USUAL,
                    "app_badge": str(payload["unread"])}
    return {"web_push": DECLARATIVE, "notification": notification, "app_badge": payload["unread"]}
