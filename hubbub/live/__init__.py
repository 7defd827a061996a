"""The edge: one Socket.IO connection per client, typed events, and acknowledgements that wait for their commit."""

import logging
import random
import time
from collections.abc import Callable
from typing import Any

import gevent
import msgspec
import socketio as socketio_library
from flask import Flask
from flask_socketio import SocketIO
from socketio.exceptions import ConnectionRefusedError as ConnectionRefused

import flask_fanout
from hubbub import limits
from hubbub.config import Config
from hubbub.core import db, follow, hub, latest
from hubbub.core.access import Refused, Visitor
from hubbub.live import sockets
from hubbub.web import api, door, schema, version

logger = logging.getLogger(__name__)

NAMESPACE = "/live"
BEAT = 20.0  # seconds between two times that heads are told
RESUMES = 2000  # a second in this process, and at once
SOONEST = 0.5  # seconds after which the first come back to a server that was stopped
PAUSE = 0.005  # seconds that a connection is not read from after each refusal as too fast
UNANSWERED = 64  # events of one connection whose acknowledgements wait; then it is not read from
DISPATCH_NAMES = "_handle_event_internal", "_trigger_event", "environ", "not_handled"  # of python-socketio

socketio = SocketIO()


class Caller:
    """One open connection and the person behind it; to the core, a peer."""

    __slots__ = ("sid", "visitor", "person", "network", "batch", "_unanswered", "link", "send")

    def __init__(self, sid: str, visitor: Visitor, link: "flask_fanout.Connection", network: str = "") -> None:
        self.sid = sid
        self.visitor = visitor
        self.person = visitor.person
        self.network = network
        self.batch: db.Batch | None = None
        self._unanswered = 0
        self.link = link
        self.send = link.send

    @property
    def full(self) -> bool:
        return self.link.full

    @property
    def is_answered(self) -> bool:
        """Whether nothing that they wrote waits for its commit."""
        return not self._unanswered

    def drained(self, timeout: float) -> bool:
        return self.link.drain(timeout)

    def close(self) -> None:
        self.link.close()

    def await_commit(self, batch: db.Batch, answer: Callable[[Refused | None], None]) -> None:
        """Answer when `batch` has ended; with too many such answers open, wait, so that nothing more is read."""
        self.batch = batch
        self._unanswered += 1

        def ended(failure: Refused | None) -> None:
            self._unanswered -= 1
            answer(failure)

        batch.then(ended)
        if self._unanswered >= UNANSWERED:
            batch.ended.wait()


handlers: dict[str, tuple[Callable[..., object], type[msgspec.Struct], str]] = {}
rates: dict[str, limits.Class] = {}
_callers: dict[str, Caller] = {}
_arrivals: list[Callable[[Caller], None]] = []
_departures: list[Callable[[Caller], None]] = []
_cuts = 0  # how often connections were cut
_beating: "gevent.Greenlet[[], None] | None" = None
_identify: Callable[[dict[str, Any], object], Visitor]


def on(event: str, scope: str = "write",
       rate: limits.Class | None = None) -> Callable[[Callable[..., object]], Callable[..., object]]:
    """Handle an event of the product's namespace; the signature after the caller is the event's schema.

    `scope` is what the caller's token must be good for, `rate` how often one may; by the scope if nothing is said.
    """

    def register(handler: Callable[..., object]) -> Callable[..., object]:
        handlers[event] = handler, schema.of(event, handler, given=1), scope
        rates[event] = rate or limits.USUAL[scope]
        return handler

    return register


def identity(who: Callable[[dict[str, Any], object], Visitor]) -> None:
    """Say who opens a connection, from the handshake's environ and the client's `auth`; Refused if nobody may."""
    global _identify
    _identify = who


def on_arrival(call: Callable[[Caller], None]) -> None:
    """Call with each connection that opened."""
    _arrivals.append(call)


def on_departure(call: Callable[[Caller], None]) -> None:
    """Call with each connection that closed."""
    _departures.append(call)


def identify(environ: dict[str, Any], auth: object) -> Visitor:
    """Who is behind a handshake; Refused if nobody may come in like this."""
    return _identify(environ, auth)


def cut(person: int, sign_in: str = "", spare: str = "") -> None:
    """Close the connections of a person (those of one sign-in; all but those of `spare`): they must come in anew."""
    global _cuts
    _cuts += 1
    for caller in list(_callers.values()):
        mine = caller.person == person and caller.visitor.sign_in != spare
        if mine and sign_in in ("", caller.visitor.sign_in):
            _disconnect(caller.sid, "cut")
            caller.close()


def goodbye(patience: float) -> None:
    """This process ends: tell everybody when to come back, and close each connection once its writing is answered.

    They come back spread over the time that as many resumes take, so that whoever follows is not overrun.
    """
    waiting, end = set(_callers.values()), time.monotonic() + patience
    spread = SOONEST + len(waiting) / RESUMES
    for caller in waiting:
        caller.send(_frame("bye", {"after": round(random.uniform(SOONEST, SOONEST + spread), 2)}))
    while waiting:
        done = {caller for caller in waiting if caller.is_answered or time.monotonic() > end}
        for caller in done:
            caller.close()
        waiting -= done
        gevent.sleep(0.01)
    while connections() and time.monotonic() < end:
        gevent.sleep(0.01)


def connections() -> int:
    """How many connections are open, in whatever namespace."""
    return len(socketio.server.eio.sockets)


def init_app(app: Flask, config: Config, **options: Any) -> None:
    """Attach Socket.IO to the app and the edge to the hub; `options` are Socket.IO's own, in place of ours."""
    stock = config.transport == "stock"
    ours = {"async_mode": "gevent", "async_handlers": False, "cors_allowed_origins": []}
    socketio.init_app(app, **ours | ({} if stock else {"client_manager": flask_fanout.Fanout()}) | options)
    server = socketio.server
    flask_fanout.require("python-socketio", server, *DISPATCH_NAMES)
    flask_fanout.require("python-engineio", server.eio, "sockets")
    server.on("connect", _connect, namespace=NAMESPACE)
    server.on("disconnect", _disconnect, namespace=NAMESPACE)
    server._handle_event_internal = _receive
    _callers.clear()
    sockets.forget()
    hub.encode = _frame
    hub.spread = hub.send_each if stock else _spread
    app.wsgi_app = Door(app.wsgi_app)  # type: ignore[method-assign]


class Door:
    """Turns away Socket.IO requests that come from a foreign page."""

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        if environ.get("PATH_INFO", "").startswith("/socket.io") and not door.origin_ok(environ):
            said = msgspec.json.encode({"error": "this request comes from another site", "code": "denied"})
            start_response("403 Forbidden", [("Content-Type", "application/json"), ("Content-Length", str(len(said)))])
            return [said]
        return self._app(environ, start_response)


_encoder = msgspec.json.Encoder()


def _frame(event: str, payload: object) -> flask_fanout.EncodedEvent:
    return flask_fanout.EncodedEvent(NAMESPACE, event, _encoder.encode(payload))


def _spread(callers: list[Any], frame: hub.Frame) -> set[Any]:
    full = {caller for caller in callers if caller.link.full}
    if full:
        callers = [caller for caller in callers if caller not in full]
    socketio.server.manager.broadcast([caller.link for caller in callers], frame)
    return full


def _connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
    server, network = socketio.server, door.network(environ)
    try:
        sockets.look(network, is_stranger=not door.token(environ, auth))
        version.check(auth)
        cuts, visitor = _cuts, identify(environ, auth)
        if cuts != _cuts:  # somebody was cut while this one was looked up, perhaps they
            visitor = identify(environ, auth)
        sockets.enter(sid, visitor, network)
    except Refused as no:
        raise ConnectionRefused(no.words, no.said) from None
    eio_sid = server.manager.eio_sid_from_sid(sid, NAMESPACE)
    if eio_sid is None:  # the session ended while its guest was written; nobody will say so again
        sockets.leave(sid)
        raise ConnectionRefused("the connection is gone")
    link = flask_fanout.find_connection(server, eio_sid)
    caller = _callers[sid] = Caller(sid, visitor, link, network)
    if version.is_outdated(auth):
        caller.send(_frame("updated", {}))
    _keep_beating()
    for arrival in _arrivals:
        arrival(caller)


def _keep_beating() -> None:
    global _beating
    if not _beating:
        _beating = gevent.spawn(_beat)


def _beat() -> None:
    """The heart, which stops when nobody is connected."""
    while _callers:
        gevent.sleep(BEAT)
        try:
            follow.beat()
        except Exception as problem:
            logger.warning("heads could not be told: %s", problem)


def _stop_beating() -> None:
    if _beating:
        _beating.kill()


db.before_close(_stop_beating)


def _disconnect(sid: str, reason: str) -> None:
    caller = _callers.pop(sid, None)
    if caller is None:
        return
    sockets.leave(sid)
    _forget(caller)
    for departure in _departures:
        departure(caller)


def _forget(caller: Caller) -> None:
    hub.gone(caller)
    latest.unwatch(caller)


def _receive(server: socketio_library.Server, sid: str, eio_sid: str, data: list[Any], namespace: str,
             id: int | None) -> None:
    """Handle one event.  Its acknowledgement waits for the commit of what it wrote; the next event does not."""
    caller = _callers.get(sid)

    def answer(failure: Refused | None) -> None:
        if id is None:
            return
        said = _refusal(failure) if failure else values
        if caller is not None:
            caller.send(flask_fanout.EncodedAck(namespace, id, _encoder.encode(said)))
        else:
            flask_fanout.acknowledge(server, eio_sid, namespace, id, said)

    with db.Act(caller.batch if caller else None) as act:
        values = _product(caller, data) if namespace == NAMESPACE else _tutorial(server, namespace, sid, eio_sid, data)
    if caller is not None and sid not in _callers:
        _forget(caller)  # it left while this was handled, perhaps before it joined a channel
    if act.batch is None:
        answer(None)
    elif caller is not None:
        caller.await_commit(act.batch, answer)
    else:
        act.batch.then(answer)
    if values and isinstance(values[0], dict) and values[0].get("code") == "too_fast":
        gevent.sleep(PAUSE)


def _refusal(no: Refused) -> list[Any]:
    return [no.said]


def _product(caller: Caller | None, data: list[Any]) -> list[Any]:
    """What an event of the product's namespace is answered with."""
    event, *rest = data
    rate = rates.get(event, limits.READ)
    try:
        if caller is not None:
            limits.take(rate, caller.person, caller.network)
        if caller is None or event not in handlers:
            raise Refused("there is no such event", "absent")
        if len(rest) > 1:
            raise Refused("expected one object", "bad_input")
        handler, fields, scope = handlers[event]
        api.admit(caller.visitor, scope)
        said = schema.parse(fields, rest[0] if rest else {})
        with limits.charge_room(rate, said.get("channel"), caller.network):
            answer = handler(caller, **said)
        return [{"ok": msgspec.to_builtins(answer)}]
    except Refused as no:
        if caller is not None and no.code == "too_fast" and limits.goes_on(caller.sid):
            caller.close()
        return _refusal(no)
    except Exception:
        logger.exception("the event %s broke", event)
        return [{"error": "something broke", "code": "broken"}]


def _tutorial(server: socketio_library.Server, namespace: str, sid: str, eio_sid: str,
              data: list[Any]) -> list[Any]:
    """What a handler written with `@socketio.on` returned, as Socket.IO spells it."""
    try:
        limits.take(limits.POST, sid, door.network(server.environ.get(eio_sid, {})))
    except Refused as no:
        if limits.goes_on(sid):
            flask_fanout.find_connection(server, eio_sid).close()
        server.emit("refused", no.said, to=sid, namespace=namespace)
        return _refusal(no)
    value = server._trigger_event(data[0], namespace, sid, *data[1:])
    if value is None or value is server.not_handled:
        return []
    return list(value) if isinstance(value, tuple) else [value]
