"""What a webhook responds: a reply in Slack's format or as plain text, for everybody or only for the person."""

from typing import Any, NamedTuple

from hubbub.core import db, hub
from hubbub.core.cursors import user_channel
from hubbub.hooks import payloads, slack
from hubbub.hooks.message import Message, Rejected, clean
from hubbub.hooks.mrkdwn import markdown
from hubbub.hooks.outgoing.calls import Call

LIMIT = 64 * 1024  # bytes that are read of a response
PRIVATE = ("command", "button")  # kinds whose reply only the person sees, unless it says otherwise


class Reply(NamedTuple):
    """What a response asks for."""

    message: Message | None = None
    only_to_person: bool = False
    replaces: bool = False  # the message whose button was pressed
    deletes: bool = False


def read(body: bytes, kind: str) -> Reply:
    """Return the reply in the body of a response; refuse one that cannot be read."""
    if len(body) >= LIMIT:
        raise Rejected("response_too_large")
    try:
        text = body.decode().strip()
    except UnicodeDecodeError:
        raise Rejected("invalid_response") from None
    if not text:
        return Reply()
    if text[:1] not in ("{", "["):
        if text[:9].lower() == "<!doctype" or text[:5].lower() == "<html":
            raise Rejected("invalid_response")  # the page of some other server
        return Reply(Message(clean(markdown(text))), kind in PRIVATE)
    try:
        found = payloads.decode(text)
    except Rejected:
        raise Rejected("invalid_response") from None
    if not isinstance(found, dict):
        raise Rejected("invalid_response")
    return of_payload(found, kind)


def of_payload(found: dict[str, Any], kind: str) -> Reply:
    """Return the reply of a JSON object in Slack's format."""
    replaces, deletes = found.get("replace_original") is True, found.get("delete_original") is True
    if not any(found.get(name) for name in ("text", "attachments", "blocks")):
        return Reply(deletes=deletes)
    message = slack.read(found)._replace(room="", thread="")
    wanted = found.get("response_type")
    only_to_person = wanted == "ephemeral" or wanted != "in_channel" and kind in PRIVATE
    return Reply(message, only_to_person, replaces, deletes)


def show(tx: db.Transaction, call: Call, bot: int, text: str) -> None:
    """Show a reply only to the person who caused a call, on the devices that are open now."""
    data = {"channel": call.channel, "thread": call.thread, "bot": bot, "text": text}
    tx.after_commit(lambda: hub.signal(user_channel(call.person), "only_you", data))


def tell(tx: db.Transaction, call: Call, error: str) -> None:
    """Tell the person who waits for a call how it ended; `error` is empty for well."""
    data = {"call": call.id, "channel": call.channel, "thread": call.thread, "word": call.word,
            "is_command": call.kind == "command", "error": error}
    tx.after_commit(lambda: hub.signal(user_channel(call.person), "called", data))
