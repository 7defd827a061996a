"""The tutorial's contract on the default namespace: connect, message, custom_event, disconnect; send and emit.

Any unmodified Socket.IO client may use it.  Unlike in the tutorial, a message is stored as an entry of the Lobby before
anyone receives it: it has an author, it is on disk, and the Lobby's page shows it too.
"""

import functools
import itertools
import logging
import secrets
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
from socketio.exceptions import ConnectionRefusedError

from hubbub import limits, live
from hubbub.chat import messages
from hubbub.core import cluster, db, follow, node
from hubbub.core.access import Refused, Visitor
from hubbub.core.log import Entry
from hubbub.live import connections
from hubbub.live.admissions import Admission
from hubbub.people import assistants, guests, model
from hubbub.web import api, credentials, schema

logger = logging.getLogger(__name__)


class Tutorial:
    """The connections of this node to the default namespace."""

    def __init__(self) -> None:
        self.sids: set[str] = set()
        self.listening: gevent.Greenlet[..., None] | None = None  # begins to listen to the Lobby, then has ended
        self.prefix, self.posts = secrets.token_hex(4), itertools.count()  # make this node's idempotency keys unique


state = node.state(Tutorial)
opened = cluster.SharedMap("opened")  # the number of open connections of each node


def share_count(*_: object) -> None:
    """Tell the other nodes how many connections are open here, once the one that closes now is gone."""
    node.spawn(lambda: opened.put("connections", connections.count()))


def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    """Welcome a client; it becomes a person with its first message."""
    try:
        _listen_to_lobby()
        live.admissions.admit(sid, environ, auth, _identify, _close)
    except Refused as refusal:
        raise ConnectionRefusedError(refusal.message, refusal.payload) from None
    state().sids.add(sid)
    share_count()
    _emit(sid, "message", "Welcome to Hubbub. Everyone in the Lobby receives your messages.")


def _listen_to_lobby() -> None:
    """Return once this node gets every new message of the Lobby; Refused, as the first connection, if it cannot."""
    tutorial = state()
    if tutorial.listening is None:
        tutorial.listening = node.spawn(follow.listen, messages.LOBBY, broadcast)
    try:
        tutorial.listening.get()
    except Exception:
        tutorial.listening = None
        raise
    live.heartbeat.start()


def _identify(environ: dict[str, Any], auth: object) -> Visitor | None:
    """Return whose secret a handshake has; None if it has none, where strangers may listen."""
    secret = credentials.token(environ, auth)
    visitor = model.authenticate(secret) if secret else None
    if secret and visitor is None:
        raise Refused("error.secret_invalid", "sign_in")
    if visitor is None or not guests.is_allowed(visitor, environ):
        guests.check(environ)
    if visitor:
        assistants.refuse_socket(visitor)
    return visitor


def message(sid: str, text: object = None, *more: object) -> int:
    """Store a text as an entry of the Lobby, which everyone receives, the sender too; acknowledge it with its seq."""
    if not isinstance(text, str) or more:
        raise Refused("error.not_one_text", "bad_input")
    schema.check({"text": text})
    tutorial, admission = state(), live.admissions.get(sid)
    author = _author(admission)
    limits.take(limits.POST, author, admission.network)
    key = f"{time.time_ns():016x}{tutorial.prefix}{next(tutorial.posts):x}"  # ordered, so the index grows at its end
    return messages.post(author, messages.LOBBY, text, key=key).seq


def broadcast(entry: Entry) -> None:
    """Send a message of the Lobby, posted at any node, to every client of this one as plain text."""
    if state().sids and entry.kind == "message":
        live.socketio().server.emit("message", entry.data["text"])


def custom_event(sid: str, data: Any = None, *more: object) -> None:
    """Answer with what was sent, the number of open connections at all nodes, and the time in UTC seconds."""
    live.admissions.get(sid)
    schema.check({"data": [data, *more]})
    online = connections.count() + sum(opened.elsewhere("connections"))
    _emit(sid, "custom_response", {"data": data, "online": online, "at": node.now()})


def disconnect(sid: str, reason: str = "") -> None:
    """Log who left and why."""
    state().sids.discard(sid)
    share_count()
    if admission := live.admissions.withdraw(sid):
        author = admission.visitor
        logger.info("%s left: %s", f"person {author.person}" if author else "a listener", reason)


def _close(sid: str) -> None:
    """Close a connection whose right ended."""
    state().sids.discard(sid)
    node.spawn(live.socketio().server.disconnect, sid)


def unknown(event: str, sid: str, *values: object) -> None:
    """Refuse every other event."""
    raise Refused("error.event_not_found", "not_found")


def _with_refusals(handler: Callable[..., object], sid_at: int = 0) -> Callable[..., object]:
    """Return a handler that answers refusals as the event `refused` and as the acknowledgement."""

    @functools.wraps(handler)
    def answer(*values: Any) -> object:
        try:
            return db.retry(functools.partial(handler, *values))
        except Refused as error:
            refusal = error
        except Exception as error:
            logger.error("an event handler of the tutorial failed", exc_info=error)
            refusal = Refused("error.internal", "broken")
        _emit(values[sid_at], "refused", refusal.payload)
        return refusal.payload

    return answer


def _author(admission: Admission) -> int:
    if admission.visitor is None:
        with db.committed():  # if the commit fails, the guest does not exist and their id will be reused
            visitor = live.identify(admission.environ, admission.auth)
        admission.visitor = visitor
    api.admit(admission.visitor, "write")
    return admission.visitor.person


def _emit(sid: str, event: str, data: object) -> None:
    live.socketio().server.emit(event, data, to=sid)


def listen() -> None:
    """Handle the tutorial's events in this node."""
    server, run = live.socketio().server, node.current().run
    server.on("connect", partial(run, connect))
    server.on("disconnect", partial(run, disconnect))
    server.on("message", _with_refusals(message))
    server.on("custom_event", _with_refusals(custom_event))
    server.on("*", _with_refusals(unknown, sid_at=1))


live.on_connect(share_count)
live.on_disconnect(share_count)
