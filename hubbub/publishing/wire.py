"""What ntfy's clients get: the shape of its messages, and of its errors with their codes."""

import math
import secrets
from typing import Any

import msgspec

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.publishing.message import Message
from hubbub.publishing.model import LETTERS, Publication

KEPT = 7 * 24 * 3600.0  # seconds for which `since` finds what was published to a topic
STATUS = {"sign_in": 401, "denied": 403, "not_found": 404, "conflict": 409, "too_large": 413, "too_fast": 429,
          "busy": 503, "not_saved": 503, "broken": 500}
CODES = {  # ntfy's codes, where a program may look for one
    "error.publish_email": 40001, "error.publish_email_own": 40001, "error.publish_delay_cache": 40002,
    "error.publish_delay": 40004,
    "error.publish_delay_past": 40005, "error.publish_delay_far": 40006, "error.publish_priority": 40007,
    "error.publish_since": 40008, "error.topic_name": 40009, "error.publish_topics": 40009,
    "error.publish_not_text": 40011, "error.publish_attach": 40013, "error.publish_no_websocket": 40016,
    "error.publish_json": 40017, "error.publish_actions": 40018, "error.publish_icon": 40021,
    "error.publish_call": 40032,
}
FALLBACK = {401: 40101, 403: 40301, 404: 40401, 409: 40901, 413: 41301, 429: 42901, 503: 50001, 500: 50001}


def new_id() -> str:
    """Return an id of an event that is stored nowhere."""
    return "".join(secrets.choice(LETTERS) for _ in range(12))


def message(one: Publication, root: str) -> dict[str, Any]:
    """Return a publication as the answer to the request that published it."""
    at = one.due or one.at
    return shown(one.id if not one.revision else f"{one.id}-{one.revision}", one.sequence, at, one.topics,
                 one.message, root)


def shown(id: str, sequence: str, at: float, topic: str, what: Message, root: str) -> dict[str, Any]:
    """Return a message in ntfy's shape: what is empty is absent."""
    file, found = what.attachment, event("message", topic, id, at)
    found |= {"expires": int(at + KEPT), **({"sequence_id": sequence} if sequence != id else {})}
    fields: dict[str, Any] = {"title": what.title, "message": what.message, "tags": list(what.tags),
                              "click": what.click, "icon": what.icon,
                              "actions": [_action(one, at) for at, one in enumerate(what.actions)],
                              "priority": what.priority if what.priority != 3 else 0,
                              "content_type": "text/markdown" if what.markdown else ""}
    if file:
        url = file.url or f"{root}/files/{file.id}/{file.name}"
        fields["attachment"] = {"name": file.name, "url": url, **({"type": file.type} if file.type else {}),
                                **({"size": file.size} if file.size else {})}
    return found | {name: value for name, value in fields.items() if value}


def event(kind: str, topic: str, id: str = "", at: float | None = None) -> dict[str, Any]:
    """Return an event that has no message: open, keepalive, message_delete, message_clear."""
    return {"id": id or new_id(), "time": int(node.now() if at is None else at), "event": kind, "topic": topic}


def _action(one: Any, at: int) -> dict[str, Any]:
    return {"id": str(at), "clear": one.clear, **msgspec.to_builtins(one)}


def refusal(refused: Refused) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Return a refusal as ntfy's error: the body, the status and the headers."""
    status = STATUS.get(refused.code, 400)
    body = {"code": CODES.get(refused.id, FALLBACK.get(status, 40000)), "http": status, "error": refused.message,
            "link": ""}
    headers = {} if refused.retry_after is None else {"Retry-After": str(math.ceil(refused.retry_after))}
    return {name: value for name, value in body.items() if value != ""}, status, headers
