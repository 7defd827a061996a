"""From a request to a message: which format it is, by its content, since many programs name a wrong one."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qs

import msgspec

from hubbub.hooks import forges, ntfy, slack, templates
from hubbub.hooks.message import Message, Rejected, clean, clean_key, is_on

DEPTH = 32
OF_SLACK = {"text", "attachments", "blocks"}
SHOWN = 3000  # characters of JSON in an unknown format


class Request(NamedTuple):
    """What a request to a hook brings: the body, the field `payload` of a form, query, and headers in lower case."""

    body: bytes
    content_type: str
    payload: str  # of a form that was parsed already; else empty
    query: Mapping[str, str]
    headers: Mapping[str, str]


def read(request: Request, template: str = "") -> Message | None:
    """Return the message of a request; None where there is nothing to show; refuse an invalid one."""
    body, query = text(request), request.query
    card, resolve = clean_key(query.get("key", "")), is_on(query.get("resolve", ""))
    if card and resolve and not body.strip():
        message = Message("")  # its text stays
    elif is_json(request, body):
        message = _of_json(request, body, template)
    else:
        message = ntfy.read(body, ntfy.parameters(query, request.headers))
    if not message.text and not resolve:
        return None
    return message._replace(thread=clean_key(query.get("thread", "")) or message.thread, card=card,
                            notify=is_on(query.get("notify", "")), resolve=resolve)


def text(request: Request) -> str:
    """Return the payload as text: the field `payload` of a form, or the body; refuse binary data."""
    if request.payload:
        return request.payload
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        raise Rejected("invalid_payload") from None
    if body.startswith("payload="):
        return parse_qs(body, max_num_fields=10).get("payload", [""])[0]
    return body


def is_json(request: Request, body: str) -> bool:
    """Return whether a body is meant as JSON: by its type or by the form, or because it is an object or a list."""
    if "json" in request.content_type.lower() or request.payload or request.body.startswith(b"payload="):
        return True
    if body.lstrip()[:1] not in ("{", "["):
        return False
    try:
        return isinstance(decode(body), dict | list)
    except Rejected:
        return False


def decode(text: str) -> Any:
    """Parse JSON; refuse what is invalid, or nested too deeply."""
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


def number(request: Request) -> float:
    """Return the number that a request publishes: its body, or the field `value` of JSON."""
    body = text(request).strip()
    try:
        found = decode(body) if body[:1] == "{" else float(body)
        return float(found["value"] if isinstance(found, dict) else found)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Rejected("invalid_payload") from None


def _of_json(request: Request, body: str, template: str) -> Message:
    payload = decode(body)
    if template:
        return Message(_needed(templates.render(template, payload)))
    if event := forges.read(request.headers, payload):
        return event
    if not isinstance(payload, dict) or not payload or OF_SLACK & payload.keys():
        return slack.read(payload)
    if isinstance(payload.get("message"), str):  # as ntfy has it in JSON
        return ntfy.read(payload["message"], ntfy.parameters(texts(payload), {}))
    shown = msgspec.json.format(msgspec.json.encode(payload), indent=2).decode().replace("```", "'''")
    return Message(clean(f"```json\n{shown[:SHOWN]}{'…' if len(shown) > SHOWN else ''}\n```"))


def texts(payload: dict[str, Any]) -> dict[str, str]:
    """Return the fields of ntfy's JSON as it has them in a query: lists are texts with commas, actions JSON."""
    found = {}
    for name, value in payload.items():
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            found[name] = ",".join(value)
        elif isinstance(value, list):
            found[name] = msgspec.json.encode(value).decode()
        elif isinstance(value, str | int | float):
            found[name] = str(value)
    return found


def _needed(text: str) -> str:
    if not text:
        raise Rejected("no_text")
    return text
