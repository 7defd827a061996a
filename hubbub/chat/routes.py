"""Chat over HTTP, and what the page starts from."""

import msgspec
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from hubbub import web
from hubbub.chat import messages
from hubbub.core import cursors, db, windows
from hubbub.core.access import Refused
from hubbub.people import guests
from hubbub.web import schema
from hubbub.web.schema import Key

blueprint = Blueprint("chat", __name__)


@blueprint.post("/api/channels/<channel>/entries")
def post(channel: str) -> ResponseReturnValue:
    """Post a message; answered with its entry once it is durable, the same one for a repeated key."""

    def fields(text: str, key: Key) -> None: ...

    person = web.identify(request.environ)
    if person is None:
        raise Refused("say who you are: POST /api/guests gives you a token to send as a bearer", "sign_in")
    said = schema.body(schema.of("entry", fields), request.get_data(), request.content_type or "")
    entry = messages.post(person, channel, **said)
    return Response(msgspec.json.encode(entry), 201, mimetype="application/json")


def opening(person: int | None) -> dict[str, object]:
    """The Lobby as it is, for those who are in and those who may come in at once."""
    if person is None and not guests.may_come_in(request.environ):
        return {}
    return {messages.LOBBY: windows.newest(messages.LOBBY)}


def read_up_to(person: int | None) -> dict[str, int]:
    """How far the page's reader has read."""
    return {} if person is None else {messages.LOBBY: cursors.read_up_to(db, person, messages.LOBBY)}


web.module("chat/static/main.js")
web.stylesheet("chat/static/chat.css")
web.contribute("windows", opening)
web.contribute("cursors", read_up_to)
