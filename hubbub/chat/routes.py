"""Chat over HTTP, and what the page starts from."""

from flask import Blueprint, request

from hubbub import web
from hubbub.chat import messages
from hubbub.core import cursors, db, windows
from hubbub.core.access import Visitor
from hubbub.core.log import Entry
from hubbub.people import guests
from hubbub.web import api
from hubbub.web.schema import Channel, Key

blueprint = Blueprint("chat", __name__)


@api.route(blueprint, "POST", "/api/channels/<channel>/entries", status=201)
def post(visitor: Visitor, channel: Channel, text: str, key: Key) -> Entry:
    """Post a message; answered with its entry once it is durable, the same one for a repeated key."""
    return messages.post(visitor.person, channel, text, key)


def opening(person: int | None) -> dict[str, object]:
    """The Lobby as it is, for those who are in and those who may come in at once."""
    if person is None and not guests.may_come_in(request.environ):
        return {}
    shown: dict[str, object] = {messages.LOBBY: windows.newest(messages.LOBBY)}
    if person is not None:
        shown |= {cursors.own(person): windows.newest(cursors.own(person))}
    return shown


def read_up_to(person: int | None) -> dict[str, int]:
    """How far the page's reader has read."""
    return {} if person is None else {messages.LOBBY: cursors.read_up_to(db, person, messages.LOBBY)}


web.module("chat/static/main.js")
web.stylesheet("chat/static/chat.css")
web.contribute("windows", opening)
web.contribute("cursors", read_up_to)
