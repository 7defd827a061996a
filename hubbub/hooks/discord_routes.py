"""The address of a webhook with `/discord` after it, to which programs post in Discord's format."""

import math
from datetime import UTC, datetime

import msgspec
from flask import Response

from hubbub.hooks import discord, payloads, posting
from hubbub.hooks.message import Rejected, is_on
from hubbub.hooks.model import Hook
from hubbub.hooks.routes import blueprint, handle, here, key_of

WORDS = {  # Discord's codes and messages, by our words
    "no_service": (10015, "Unknown Webhook"), "no_text": (50006, "Cannot send an empty message"),
    "invalid_payload": (50109, "The request body contains invalid JSON."),
    "payload_too_large": (40005, "Request entity too large"), "rate_limited": (0, "You are being rate limited."),
}
OTHERS = (50013, "Missing Permissions")


@blueprint.route("/hooks/<secret>/discord", methods=["POST"])
def receive_discord(secret: str) -> Response:
    """Post what another program sends in Discord's format; with `?wait=true`, the response is the message."""
    return handle(secret, _accept, _refusal)


def _accept(hook: Hook, sent: payloads.Request, body: str) -> Response:
    message = discord.read(payloads.decode(body))
    entry = posting.post(hook, message, key_of(sent), here(message.text), body)
    if not entry or not is_on(sent.query.get("wait", "")):
        return Response(status=204)
    at = datetime.fromtimestamp(entry.at, UTC).isoformat(timespec="milliseconds")
    shown = {"id": str(entry.seq), "type": 0, "channel_id": entry.channel.partition(":")[2], "timestamp": at,
             "content": entry.data["text"], "webhook_id": str(hook.id), "embeds": [], "attachments": [],
             "author": {"id": str(hook.person), "username": entry.data.get("alias", {}).get("name") or hook.name,
                        "bot": True}}
    return Response(msgspec.json.encode(shown), mimetype="application/json")


def _refusal(problem: Rejected) -> Response:
    code, message = WORDS.get(problem.word, OTHERS if problem.status in (403, 404, 410) else (0, problem.word))
    body: dict[str, object] = {"message": message, "code": code}
    headers = {}
    if problem.retry_after is not None:
        body |= {"retry_after": round(problem.retry_after, 3), "global": False}
        headers["Retry-After"] = str(math.ceil(problem.retry_after))
    return Response(msgspec.json.encode(body), problem.status, headers, mimetype="application/json")
