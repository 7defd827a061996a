"""HTTP routes of bots: to create and manage them; those who manage a room add them like people."""

from typing import Annotated, Any

from flask import Response
from msgspec import Meta, to_builtins

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.hooks import bots
from hubbub.hooks.bots import Bot
from hubbub.hooks.routes import Text, blueprint
from hubbub.people import tokens
from hubbub.people.tokens import Token
from hubbub.web import api
from hubbub.web.schema import Seq

Days = Annotated[int, Meta(ge=1, le=3650)]


@api.route(blueprint, "GET", "/api/bots", scope="admin")
def my_bots(visitor: Visitor) -> list[Bot]:
    """List the bots that you created; owners and admins get those of everybody."""
    with db.snapshot() as reads:
        return bots.mine(reads, visitor.person)


@api.route(blueprint, "POST", "/api/bots", scope="admin", status=201, rate=limits.HEAVY)
def create_bot(visitor: Visitor, name: Text) -> Bot:
    """Create a bot.  Those who manage a room add it there, as they add people."""
    return bots.create(visitor.person, name)


@api.route(blueprint, "PATCH", "/api/bots/<int:bot>", scope="admin")
def rename_bot(visitor: Visitor, bot: Seq, name: Text) -> Bot:
    """Rename your bot."""
    return bots.rename(visitor.person, bot, name)


@api.route(blueprint, "DELETE", "/api/bots/<int:bot>", scope="admin", status=204)
def revoke_bot(visitor: Visitor, bot: Seq) -> Response:
    """Revoke your bot, or as an owner or admin anybody's: its tokens and webhooks end at once; its messages stay."""
    bots.revoke(visitor.person, bot)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/bots/<int:bot>/tokens", scope="admin")
def bot_tokens(visitor: Visitor, bot: Seq) -> list[Token]:
    """List the tokens of your bot, without their secrets."""
    with db.snapshot() as reads:
        bots.require(reads, visitor.person, bot)
        return tokens.current(reads, bot)


@api.route(blueprint, "POST", "/api/bots/<int:bot>/tokens", scope="admin", status=201)
def create_bot_token(visitor: Visitor, bot: Seq, name: Text, scope: Text, days: Days | None = None,
                     audited: bool = False) -> dict[str, Any]:
    """Create a token of your bot, with the scope read or write; its `secret` is only in this response."""
    token, secret = bots.create_token(visitor.person, bot, name, scope, days, audited)
    return {**to_builtins(token), "secret": secret}


@api.route(blueprint, "DELETE", "/api/bots/<int:bot>/tokens/<id>", scope="admin", status=204)
def revoke_bot_token(visitor: Visitor, bot: Seq, id: Text) -> Response:
    """Revoke a token of your bot; its open connections close."""
    bots.revoke_token(visitor.person, bot, id)
    return Response(status=204)
