"""The requests of the API that the clients offer, and what their answers mean."""

import os
import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from .flows import Server
from .model import Cursor, Entry, Window
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


def notify(person: str, text: str, url: str, key: str | None, urgent: bool) -> Request:
    """Return the request that notifies a person."""
    more = {"urgent": True} if urgent else {}
    return Request("POST", "/api/notify", {"person": person, "text": text, "url": url, "key": key or new_key(), **more})


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
