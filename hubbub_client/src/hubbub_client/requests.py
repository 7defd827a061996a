"""The requests of the API that the clients offer, and what their answers mean."""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from .flows import Server
from .model import Cursor, Entry, Receipt, Recipient, Window
from .protocol import Address, Request

After = Cursor | str | int | None


def server(url: str | None, token: str | None, timeout: float, patience: float) -> Server:
    """Return the server of these settings, or of HUBBUB_URL and HUBBUB_TOKEN."""
    url = url or os.environ.get("HUBBUB_URL") or "http://127.0.0.1:5000"
    token = os.environ.get("HUBBUB_TOKEN") if token is None else token
    if not token:
        raise ValueError("no token: create one in Settings, API tokens, and set HUBBUB_TOKEN to it")
    if not token.isascii() or not token.isprintable():
        raise ValueError("the token has characters that no token has")
    return Server(Address(url), token, timeout, patience)


def new_key() -> str:
    """Return a new idempotency key."""
    return secrets.token_hex(12)


def cursor(after: After) -> Cursor | None:
    """Return a cursor in any of the forms that a program may have it in; None is now."""
    if after is None or isinstance(after, Cursor):
        return after
    return Cursor.parse(str(after))


def _channel(channel: str) -> str:
    return f"/api/channels/{quote(channel, safe='')}"


def post(channel: str, text: str, key: str | None, thread: int, also_to_room: bool) -> Request:
    """Return the request that posts a message."""
    reply = {"thread": thread, "also_to_room": also_to_room} if thread else {}
    return Request("POST", f"{_channel(channel)}/entries", {"text": text, "key": key or new_key(), **reply})


def edit(channel: str, seq: int, text: str, key: str | None) -> Request:
    """Return the request that replaces the text of a message."""
    return Request("PATCH", f"{_channel(channel)}/messages/{seq}", {"text": text, "key": key or new_key()})


def delete(channel: str, seq: int, key: str | None) -> Request:
    """Return the request that deletes a message."""
    return Request("DELETE", f"{_channel(channel)}/messages/{seq}", {"key": key or new_key()})


def react(channel: str, seq: int, emoji: str, on: bool, key: str | None) -> Request:
    """Return the request that adds an emoji, or removes it."""
    path = f"{_channel(channel)}/messages/{seq}/reactions/{quote(emoji, safe='')}"
    return Request("PUT" if on else "DELETE", path, {"key": key or new_key()})


def window(channel: str, before: int, after: int, around: int, limit: int) -> Request:
    """Return the request for a window."""
    wanted = {"before": before, "after": after, "around": around, "limit": limit}
    return Request("GET", f"{_channel(channel)}/window", query={name: seq for name, seq in wanted.items() if seq})


class Notification(NamedTuple):
    """What is published; `attach` is an address or the path of a file, `actions` are ntfy's short form or its JSON."""

    to: str
    text: str
    title: str = ""
    priority: int = 3
    tags: Sequence[str] = ()
    url: str = ""
    icon: str = ""
    actions: str | Sequence[Mapping[str, object]] = ""
    attach: str = ""
    delay: str = ""
    email: str = ""
    markdown: bool = False
    create: bool = False
    notify: bool = False
    acknowledge: bool = False


def notify(one: Notification, key: str | None) -> Request:
    """Return the request that publishes a notification."""
    body = {name: value for name, value in one._asdict().items() if value or name in ("to", "text")}
    if not one.attach or "://" in one.attach:
        return Request("POST", "/api/notifications", {**body, "key": key or new_key()})
    file = Path(one.attach)
    actions = one.actions if isinstance(one.actions, str) else json.dumps(one.actions)
    query = {"message": one.text, "title": one.title, "priority": one.priority, "tags": ",".join(one.tags),
             "click": one.url, "icon": one.icon, "actions": actions, "delay": one.delay, "email": one.email,
             "markdown": int(one.markdown), "notify": int(one.notify), "acknowledge": int(one.acknowledge),
             "filename": file.name, "sequence-id": key or new_key()}
    return Request("PUT", f"/notify/{quote(one.to, safe='')}", file.read_bytes(),
                   {**{name: value for name, value in query.items() if value}, "create": int(one.create)})


def receipt(id: str) -> Request:
    """Return the request for the receipt of a notification, by its id or key."""
    return Request("GET", f"/api/notifications/{quote(id, safe='')}")


def withdraw(id: str) -> Request:
    """Return the request that withdraws a notification, by its id or key."""
    return Request("DELETE", f"/api/notifications/{quote(id, safe='')}")


def acknowledge(alarm: int) -> Request:
    """Return the request that acknowledges an urgent notification, by the `alarm` in its entry."""
    return Request("POST", f"/api/alarms/{alarm}/acknowledge", {})


def receipt_of(answer: Any) -> Receipt:
    """Return the receipt of an answer."""
    return Receipt(**{**answer, "recipients": [Recipient(**one) for one in answer["recipients"]]})


def person(id: int) -> Request:
    """Return the request for a person."""
    return Request("GET", f"/api/people/{id}")


def name_of(answer: Any) -> str:
    """Return the name of the person of an answer."""
    return str(answer["person"]["name"])


def ticks(values: Mapping[str, float] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return values in the form of the API."""
    return values if isinstance(values, list) else [{"symbol": name, "value": value} for name, value in values.items()]


def entry(answer: Any) -> Entry:
    """Return the entry of an answer."""
    return Entry(**answer)


def window_of(answer: Any) -> Window:
    """Return the window of an answer."""
    return Window(answer["channel"], answer["items"], answer["people"], Cursor(*answer["as_of"]))
