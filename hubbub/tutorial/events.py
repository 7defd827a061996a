"""The tutorial's contract on the default namespace: connect, message, custom_event, disconnect; send and emit.

Any unmodified Socket.IO client may talk to it.  What it adds to the tutorial is that a message is an entry of the
Lobby before anybody hears it: it has an author, it is on disk, and the Lobby's page shows it too.
"""

import functools
import itertools
import logging
import secrets
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import gevent
from socketio.exceptions import ConnectionRefusedError

from hubbub import limits, live
from hubbub.chat import messages
from hubbub.config import Config
from hubbub.core import db, hub
from hubbub.core.access import Refused, Visitor
from hubbub.core.log import Entry
from hubbub.people import guests, model, sign_ins
from hubbub.web import api, door, schema

logger = logging.getLogger(__name__)

PROCESS = secrets.token_hex(4)  # tells this process's keys from all others'


class Listener(NamedTuple):
    """One connection: what it brought along, and where it counts."""

    environ: dict[str, Any]
    auth: object
    network: str


_said = itertools.count()
_listeners: dict[str, Listener] = {}
_authors: dict[str, Visitor] = {}  # who is behind it; a guest is known from the first word on


def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    """Welcome whoever may come in; they exist as a person once they speak."""
    network = door.network(environ)
    _in_words(live.sockets.look, network)
    secret = door.token(environ, auth)
    visitor = model.known(secret) if secret else None
    if secret and visitor is None:
        raise ConnectionRefusedError("this secret is not known here: come in anew")
    if not secret and not guests.may_come_in(environ):
        raise ConnectionRefusedError("guests are let in only from the machine that Hubbub runs on")
    _in_words(live.sockets.enter, sid, visitor, network)
    if visitor is not None:
        _authors[sid] = visitor
    _listeners[sid] = Listener(environ, auth, network)
    _tell(sid, "message", "Welcome to Hubbub. What you send here, everyone in the Lobby hears.")


def message(sid: str, text: object = None, *more: object) -> int:
    """Keep a text as an entry of the Lobby, from where everyone hears it, the sender too; acknowledged with its seq."""
    if not isinstance(text, str) or more:
        raise Refused("a message is one text", "bad_input")
    schema.check({"text": text})
    author = _author(sid)
    limits.take(limits.POST, author, _listeners[sid].network)
    key = f"{time.time_ns():016x}{PROCESS}{next(_said):x}"  # by time, so that the index grows at its end
    return messages.post(author, messages.LOBBY, text, key=key).seq


def broadcast(entry: Entry) -> None:
    """What is said in the Lobby, everyone connected here hears, as plain text; costs nothing while nobody is."""
    if _listeners and entry.kind == "message":
        live.socketio.server.emit("message", entry.data["text"])


def custom_event(sid: str, data: Any = None, *more: object) -> None:
    """Answer with what was sent, how many connections are open, and the time in UTC seconds."""
    schema.check({"data": [data, *more]})
    _tell(sid, "custom_response", {"data": data, "online": live.connections(), "at": time.time()})


def disconnect(sid: str, reason: str = "") -> None:
    """Log who left and why."""
    live.sockets.leave(sid)
    _listeners.pop(sid, None)
    author = _authors.pop(sid, None)
    logger.info("%s left: %s", f"person {author.person}" if author else "a listener", reason)


def unknown(event: str, sid: str, *said: object) -> None:
    """Nothing else is understood here."""
    raise Refused("there is no such event", "absent")


def _answering(handler: Callable[..., object], sid_at: int = 0) -> Callable[..., object]:
    """The same handler, which says why not as the event `refused` and as the acknowledgement."""

    @functools.wraps(handler)
    def answered(*given: Any) -> object:
        try:
            return handler(*given)
        except Refused as no:
            refusal = no
        except Exception as error:
            logger.error("an event of the tutorial's contract broke", exc_info=error)
            refusal = Refused("something broke", "broken")
        _tell(given[sid_at], "refused", refusal.said)
        return refusal.said

    return answered


def cut(person: int, sign_in: str = "", spare: str = "") -> None:
    """Close a person's connections here, as `live.cut` does; they are nobody from this moment."""
    for sid, author in list(_authors.items()):
        if author.person == person and author.sign_in != spare and sign_in in ("", author.sign_in):
            del _authors[sid]
            gevent.spawn(live.socketio.server.disconnect, sid)


def _in_words(admit: Any, *who: object) -> None:
    try:
        admit(*who)
    except Refused as no:
        raise ConnectionRefusedError(no.words, no.said) from None


def _author(sid: str) -> int:
    if sid not in _authors:
        listener = _listeners[sid]
        with db.Act() as act:
            author = live.identify(listener.environ, listener.auth)
            act.settle()  # a guest whose commit fails is nobody, and their id will be somebody else's
        _authors[sid] = author
    api.admit(_authors[sid], "write")
    return _authors[sid].person


def _tell(sid: str, event: str, data: object) -> None:
    live.socketio.server.emit(event, data, to=sid)


def listen(config: Config) -> None:
    """Begin to answer here, to broadcast what is said in the Lobby, and to close what is cut."""
    server = live.socketio.server
    server.on("connect", connect)
    server.on("disconnect", disconnect)
    server.on("message", _answering(message))
    server.on("custom_event", _answering(custom_event))
    server.on("*", _answering(unknown, sid_at=1))
    hub.listen(messages.LOBBY, broadcast)
    sign_ins.on_end(cut)
