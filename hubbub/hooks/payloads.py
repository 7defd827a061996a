"""From the body of a request to a message: which format it is, by its content, since many programs name a wrong one."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from hubbub.hooks import slack
from hubbub.hooks.message import Message, Rejected, clean_key

DEPTH = 32


class Request(NamedTuple):
    """What a request to a hook brings: the body, the field `payload` of a form, and the query."""

    body: bytes
    content_type: str
    payload: str  # of a form that was parsed already; else empty
    query: Mapping[str, str]


def read(request: Request) -> Message:
    """Return the message of a request; refuse what is none."""
    message = slack.read(decode(text(request)))
    return message._replace(thread=clean_key(request.query.get("thread", "")) or message.thread)


def text(request: Request) -> str:
    """Return the payload as text: the field `payload` of a form, or the body."""
    if request.payload:
        return request.payload
    body = request.body.decode("utf-8", "replace")
    if body.startswith("payload="):
        return parse_qs(body, max_num_fields=10).get("payload", [""])[0]
    return body


def decode(text: str) -> Any:
    """Return what JSON says; refuse what is none, or nested too deeply."""
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        raise Rejected("invalid_payload") from None
    if is_deep(found):
        raise Rejected("invalid_payload")
    return found


def is_deep(value: Any, depth: int = DEPTH) -> bool:
    """Return whether a value is nested more deeply than any program would."""
    if depth == 0:
        return isinstance(value, dict | list)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(is_deep(one, depth - 1) for one in inner)
