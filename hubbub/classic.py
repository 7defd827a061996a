"""The tutorial's contract on the default namespace: connect, message, custom_event, disconnect; send and emit.

Any unmodified Socket.IO client may talk to it.  What it adds to the tutorial is that a message is an entry of the
Lobby before anybody hears it: it has an author, it is on disk, and the Lobby's page shows it too.
"""

import logging
import secrets
import time
from pathlib import Path
from typing import Any

import gevent
from flask import Blueprint, Response, request, send_from_directory
from flask_socketio import ConnectionRefusedError, emit, send

from hubbub import limits, live
from hubbub.chat import messages
from hubbub.core import db, hub
from hubbub.core.access import Refused, Visitor
from hubbub.core.log import Entry
from hubbub.people import guests, model, sign_ins
from hubbub.web import api, door, schema, static_tree

logger = logging.getLogger(__name__)
socketio = live.socketio
blueprint = Blueprint("classic", __name__)

PAGE = Path(__file__).parent.parent / "examples" / "tutorial"

_auth: dict[str, object] = {}  # what each connection brought along
_authors: dict[str, Visitor] = {}  # who is behind it; a guest is known from the first word on


@socketio.on("connect")
def connect(auth: object = None) -> None:
    """Welcome whoever may come in; they exist as a person once they speak."""
    network = door.network(request.environ)
    _in_words(live.sockets.look, network)
    secret = door.token(request.environ, auth)
    visitor = model.known(secret) if secret else None
    if secret and visitor is None:
        raise ConnectionRefusedError("this secret is not known here: come in anew")
    if not secret and not guests.may_come_in(request.environ):
        raise ConnectionRefusedError("guests are let in only from the machine that Hubbub runs on")
    _in_words(live.sockets.enter, _sid(), visitor, network)
    if visitor is not None:
        _authors[_sid()] = visitor
    _auth[_sid()] = auth
    send("Welcome to Hubbub. What you send here, everyone in the Lobby hears.")


@socketio.on("message")
def message(text: object = None, *more: object) -> int:
    """Keep a text as an entry of the Lobby, from where everyone hears it, the sender too; acknowledged with its seq."""
    if not isinstance(text, str) or more:
        raise Refused("a message is one text", "bad_input")
    schema.check({"text": text})
    author = _author()
    limits.take(limits.POST, author, door.network(request.environ))
    return messages.post(author, messages.LOBBY, text, key=secrets.token_hex(8)).seq


def broadcast(entry: Entry) -> None:
    """What is said in the Lobby, everyone connected here hears, as plain text; costs nothing while nobody is."""
    if _auth and entry.kind == "message":
        socketio.send(entry.data["text"])


@socketio.on("custom_event")
def custom_event(data: Any = None, *more: object) -> None:
    """Answer with what was sent, how many connections are open, and the time in UTC seconds."""
    schema.check({"data": [data, *more]})
    emit("custom_response", {"data": data, "online": live.connections(), "at": time.time()})


@socketio.on("disconnect")
def disconnect(reason: str = "") -> None:
    """Log who left and why."""
    live.sockets.leave(_sid())
    _auth.pop(_sid(), None)
    author = _authors.pop(_sid(), None)
    logger.info("%s left: %s", f"person {author.person}" if author else "a listener", reason)


@socketio.on("*")
def unknown(event: str, *said: object) -> None:
    """Nothing else is understood here."""
    raise Refused("there is no such event", "absent")


@socketio.on_error()
def refused(error: Exception) -> dict[str, str | float]:
    """Say why not, as the event `refused` and as the acknowledgement."""
    if not isinstance(error, Refused):
        logger.error("an event of the tutorial's contract broke", exc_info=error)
        error = Refused("something broke", "broken")
    answer = error.said
    emit("refused", answer)
    return answer


def cut(person: int, sign_in: str = "", spare: str = "") -> None:
    """Close a person's connections here, as `live.cut` does; they are nobody from this moment."""
    for sid, author in list(_authors.items()):
        if author.person == person and author.sign_in != spare and sign_in in ("", author.sign_in):
            del _authors[sid]
            gevent.spawn(socketio.server.disconnect, sid)


def _in_words(admit: Any, *who: object) -> None:
    try:
        admit(*who)
    except Refused as no:
        raise ConnectionRefusedError(no.words, no.said) from None


def _author() -> int:
    if _sid() not in _authors:
        with db.Act() as act:
            author = live.identify(request.environ, _auth.get(_sid()))
            act.settle()  # a guest whose commit fails is nobody, and their id will be somebody else's
        _authors[_sid()] = author
    api.admit(_authors[_sid()], "write")
    return _authors[_sid()].person


def _sid() -> str:
    return str(request.sid)  # type: ignore[attr-defined]


def listen() -> None:
    """Begin to broadcast what is said in the Lobby, and to close what is cut."""
    hub.listen(messages.LOBBY, broadcast)
    sign_ins.on_end(cut)


@blueprint.get("/tutorial")
def page() -> Response:
    """The tutorial's own page."""
    return send_from_directory(PAGE, "index.html")


@blueprint.get("/tutorial/<any('page.js', 'page.css'):name>")
def page_file(name: str) -> Response:
    """What the tutorial's page consists of."""
    return send_from_directory(PAGE, name)


@blueprint.get("/tutorial/socketio.js")
def client() -> Response:
    """The ordinary Socket.IO client."""
    return Response(static_tree.tree().files["web/static/vendor/socketio.js"], mimetype="text/javascript")
