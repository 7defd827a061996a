"""HTTP routes of hooks: to manage them, and the address to which other programs post, without a sign-in."""

import math
import secrets
from collections.abc import Callable
from typing import Annotated, Any

from flask import Blueprint, Response, request
from msgspec import Meta, to_builtins
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused, Visitor
from hubbub.hooks import deliveries, model, payloads, posting, templates
from hubbub.hooks.deliveries import Delivery
from hubbub.hooks.message import Rejected, clean_key, is_on
from hubbub.hooks.model import Hook
from hubbub.people import presence
from hubbub.web import api, client
from hubbub.web.address import url
from hubbub.web.schema import Channel, Seq

blueprint = Blueprint("hooks", __name__)

Accept = Callable[[Hook, payloads.Request, str], Response]
Refuse = Callable[[Rejected], Response]
Text = Annotated[str, Meta(max_length=1000)]
Template = Annotated[str, Meta(max_length=templates.LIMIT)]


@api.route(blueprint, "GET", "/api/hooks", scope="admin")
def mine(visitor: Visitor) -> list[Hook]:
    """List the incoming webhooks of the rooms that you manage, without their secrets."""
    return model.mine(db, visitor.person)


@api.route(blueprint, "POST", "/api/hooks", scope="admin", status=201, rate=limits.HEAVY)
def create(visitor: Visitor, channel: Channel, name: Text, icon: Text = "", locked: bool = True) -> dict[str, Any]:
    """Create an incoming webhook of a room; its `path`, which is secret, is only in this response.

    Unless it is `locked` to its room, a payload may name another public room.
    """
    hook, secret = model.create(visitor.person, channel, name, icon, locked)
    return {**to_builtins(hook), "path": url(f"/hooks/{secret}")}


@api.route(blueprint, "PATCH", "/api/hooks/<int:hook>", scope="admin")
def change(visitor: Visitor, hook: Seq, name: Text | None = None, icon: Text | None = None,
           locked: bool | None = None, template: Template | None = None) -> Hook:
    """Change a webhook; omitted fields stay as they are.

    With a `template`, every JSON body becomes this Markdown, in which `{{ path.of.a.field }}` is a field of it.
    """
    return model.change(visitor.person, hook, name, icon, locked, template)


@api.route(blueprint, "DELETE", "/api/hooks/<int:hook>", scope="admin", status=204)
def revoke(visitor: Visitor, hook: Seq) -> Response:
    """Revoke a webhook: its address ends at once; its messages stay."""
    model.revoke(visitor.person, hook)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/hooks/<int:hook>/deliveries", scope="admin")
def recent(visitor: Visitor, hook: Seq) -> list[Delivery]:
    """List the last 20 requests to a webhook, newest first: how each was answered, and how its body began."""
    with db.snapshot() as reads:
        model.require(reads, visitor.person, hook)
        return deliveries.recent(reads, hook)


@api.route(blueprint, "POST", "/api/hooks/<int:hook>/test", scope="admin", status=204)
def test(visitor: Visitor, hook: Seq, text: Text) -> Response:
    """Post a message as the webhook does, to see how it looks."""
    posting.test(model.require(db, visitor.person, hook), text, posting.new_key("", secrets.token_hex(8)))
    return Response(status=204)


@api.route(blueprint, "POST", "/api/hooks/<int:hook>/preview", scope="admin")
def preview(visitor: Visitor, hook: Seq, template: Template) -> dict[str, str]:
    """Return what a template makes of the last JSON that the webhook received."""
    with db.snapshot() as reads:
        model.require(reads, visitor.person, hook)
        return {"text": templates.render(templates.checked(template), deliveries.last_payload(reads, hook))}


@blueprint.route("/hooks/<secret>", methods=["POST", "PUT", "DELETE"])
def receive(secret: str) -> Response:
    """Post what another program sends: its address is all that it needs."""
    return handle(secret, _accept, rejection)


def handle(secret: str, accept: Accept, refuse: Refuse) -> Response:
    """Return what `accept` makes of a request to the hook with this secret, or what `refuse` makes of its refusal."""
    try:
        with db.committed():
            return db.retry(lambda: _handle(secret, accept, refuse))
    except Refused as problem:  # too fast, not saved, or another transaction was in the way each time
        return refuse(posting.refusal(problem))
    except Rejected as problem:
        return refuse(problem)


def _handle(secret: str, accept: Accept, refuse: Refuse) -> Response:
    network = client.network(request.environ)
    hook = model.find(secret)
    if hook is None:
        limits.take(limits.POST, None, network)
        raise Rejected("no_service", 404)
    body = ""
    try:
        limits.take(limits.POST, f"hook:{hook.id}", network)
        received = sent()
        body = payloads.text(received)
        with limits.charge_room(limits.POST, hook.channel, network):
            return accept(hook, received, body)
    except db.Conflict:
        raise
    except (Refused, Rejected) as problem:
        rejected = posting.refusal(problem, hook) if isinstance(problem, Refused) else problem
        if rejected.status == 429:
            deliveries.record_flood(hook, rejected.word)
        else:
            deliveries.record(hook, body, rejected.status, rejected.word)
        return refuse(rejected)


def _accept(hook: Hook, sent: payloads.Request, body: str) -> Response:
    """Do what a request asks for, and store how it was answered."""
    query = sent.query
    card = clean_key(query.get("key", ""))
    if card and (request.method == "DELETE" or is_on(query.get("withdraw", ""))):
        posting.withdraw(hook, card, query.get("channel", ""), posting.new_key("", secrets.token_hex(8)))
    elif symbol := query.get("feed"):
        posting.publish(hook, symbol[:100], payloads.number(sent))
        deliveries.record(hook, body)
    elif message := payloads.read(sent, hook.template):
        posting.post(hook, message, key_of(sent), here(message.text), body)
    else:
        deliveries.record(hook, body, 200, posting.IGNORED)
    return Response("ok", mimetype="text/html")


def key_of(sent: payloads.Request) -> str:
    """Return the idempotency key of a request: the sender's own, or a random one."""
    return posting.new_key(sent.headers.get("idempotency-key", "")[:64], secrets.token_hex(8))


def here(text: str) -> tuple[int, ...]:
    """Return whom `@here` in a text mentions: the people who are online."""
    return tuple(presence.online()) if "@here" in text.lower() else ()


def sent() -> payloads.Request:
    """Return what the request brings; refuse a body that is too large or no form."""
    try:
        kind, payload = request.content_type or "", ""
        if kind.startswith("multipart/form-data"):
            payload = request.form.get("payload") or request.form.get("payload_json", "")  # Slack's or Discord's
        headers = {name.lower(): value for name, value in request.headers}
        return payloads.Request(request.get_data(), kind, payload, request.args, headers)
    except RequestEntityTooLarge:
        raise Rejected("payload_too_large", 413) from None
    except BadRequest:
        raise Rejected("invalid_payload") from None


def rejection(problem: Rejected) -> Response:
    """Return the response of a refusal: one word, as Slack has it."""
    wait = {} if problem.retry_after is None else {"Retry-After": str(math.ceil(problem.retry_after))}
    return Response(problem.word, problem.status, wait, mimetype="text/plain")
