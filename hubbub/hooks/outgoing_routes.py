"""HTTP routes of outgoing webhooks: to manage them, the commands of a room, and the address for later replies."""

from typing import Annotated, Any

from flask import Response, request
from msgspec import Meta, to_builtins

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused, Visitor
from hubbub.hooks import bots, posting
from hubbub.hooks.message import Rejected
from hubbub.hooks.outgoing import calls, commands, model, replying
from hubbub.hooks.outgoing.calls import Call, Cause
from hubbub.hooks.outgoing.commands import Command
from hubbub.hooks.outgoing.model import Format, Outgoing, Trigger
from hubbub.hooks.routes import blueprint, rejection, sent
from hubbub.web import api, client, schema
from hubbub.web.schema import Channel, Seq

Text = Annotated[str, Meta(max_length=1000)]
Where = Annotated[str, Meta(max_length=100)]


@api.route(blueprint, "GET", "/api/bots/<int:bot>/outgoing", scope="admin")
def outgoing_of_bot(visitor: Visitor, bot: Seq) -> list[Outgoing]:
    """List the outgoing webhooks of your bot, without their secrets."""
    with db.snapshot() as reads:
        bots.require(reads, visitor.person, bot)
        return model.of(reads, bot)


@api.route(blueprint, "POST", "/api/bots/<int:bot>/outgoing", scope="admin", status=201, rate=limits.HEAVY)
def create_outgoing(visitor: Visitor, bot: Seq, url: Text, trigger: Trigger, word: Text = "", about: Text = "",
                    channel: Where = "", format: Format = "form") -> dict[str, Any]:
    """Create an outgoing webhook of your bot; the `secret` that signs its requests is only in this response.

    It is called for what happens in one room, or without `channel` in all rooms of the bot.
    """
    found, secret = model.create(visitor.person, bot, url, trigger, word, about, channel, format, request.root_url)
    return {**to_builtins(found), "secret": secret, "token": model.token(secret)}


@api.route(blueprint, "PATCH", "/api/outgoing/<int:outgoing>", scope="admin")
def change_outgoing(visitor: Visitor, outgoing: Seq, url: Text | None = None, about: Text | None = None,
                    format: Format | None = None) -> Outgoing:
    """Change an outgoing webhook of your bot; omitted fields stay as they are."""
    return model.change(visitor.person, outgoing, url, about, format)


@api.route(blueprint, "DELETE", "/api/outgoing/<int:outgoing>", scope="admin", status=204)
def revoke_outgoing(visitor: Visitor, outgoing: Seq) -> Response:
    """Revoke an outgoing webhook of your bot, with what waits to be sent."""
    model.revoke(visitor.person, outgoing)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/outgoing/<int:outgoing>/calls", scope="admin")
def calls_of_outgoing(visitor: Visitor, outgoing: Seq) -> list[Call]:
    """List the calls of an outgoing webhook that wait or failed, and the last 20 others, newest first."""
    with db.snapshot() as reads:
        model.require(reads, visitor.person, outgoing)
        return calls.recent(reads, outgoing)


@api.route(blueprint, "POST", "/api/outgoing/<int:outgoing>/calls/<id>/again", scope="admin", status=204)
def send_again(visitor: Visitor, outgoing: Seq, id: Text) -> Response:
    """Send a failed call again, under the id that it has."""
    with db.transaction(calls.queue(outgoing)) as tx:
        model.require(tx, visitor.person, outgoing)
        calls.send_again(tx, outgoing, id)
    return Response(status=204)


@api.route(blueprint, "POST", "/api/outgoing/<int:outgoing>/test", scope="admin", status=204)
def test_outgoing(visitor: Visitor, outgoing: Seq, text: Text) -> Response:
    """Call an outgoing webhook with a text of yours; its response is listed, and not posted."""
    with db.transaction(calls.queue(outgoing)) as tx:
        found = model.require(tx, visitor.person, outgoing)
        place = found.channel or bots.places(tx, found.bot)[-1]
        calls.add_one(tx, Cause(outgoing, "test", f"test/{calls.new_id()}", place, visitor.person, text=text))
    return Response(status=204)


@api.route(blueprint, "GET", "/api/channels/<channel>/commands")
def room_commands(visitor: Visitor, channel: Channel) -> list[Command]:
    """List the slash commands that programs add to a room; none where you may not write."""
    with db.snapshot() as reads:
        return commands.of(reads, visitor.person, channel)


@blueprint.route("/hooks/responses/<call>/<secret>", methods=["POST"])
def reply(call: str, secret: str) -> Response:
    """Post a later reply to a call, up to five within half an hour: its address is all that a program needs."""
    try:
        limits.take(limits.POST, f"reply:{call[:40]}", client.network(request.environ))
        schema.check(call)
        body = sent().body
        with db.committed():
            db.retry(lambda: replying.reply_later(call, secret, body))
        return Response("ok", mimetype="text/html")
    except Refused as problem:
        expired = problem.id == "error.reply_expired"
        return rejection(Rejected("expired_url", 404) if expired else posting.refusal(problem))
    except Rejected as problem:
        return rejection(problem)
