"""Dispatch of one event to its handler, with an acknowledgement that waits for the commit of what the handler wrote."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any

import gevent
import msgspec
import socketio

import flask_fanout
from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.live import connections, registry
from hubbub.live.connections import NAMESPACE, Connection
from hubbub.web import api, client, schema

PAUSE = 0.005  # seconds that a connection is not read from after each refusal as too fast

logger = logging.getLogger(__name__)


def receive(server: socketio.Server, sid: str, eio_sid: str, data: list[Any], namespace: str, id: int | None) -> None:
    """Handle one event.  Its acknowledgement waits for the commit; the connection's next event does not."""
    connection = connections.state().by_sid.get(sid)

    def acknowledge(values: list[Any] | None) -> None:
        if id is None or values is None:
            return
        if connection is not None:
            connection.send(flask_fanout.EncodedAck(namespace, id, connections.encode(values)))
        else:
            flask_fanout.acknowledge(server, eio_sid, namespace, id, values)

    with db.UnitOfWork(*((connection.batches, connection.calls) if connection else ())) as unit:
        returned: Any = (dispatch(connection, data) if namespace == NAMESPACE
                         else dispatch_to_server(server, namespace, sid, eio_sid, data))
    if connection is not None and sid not in connections.state().by_sid:
        connections.stop_reading(connection)  # it closed meanwhile, perhaps before it joined a channel
    if connection is not None and isinstance(returned, db.Call):
        connection.answer_call(returned, lambda outcome: acknowledge(answer(connection, data[0], outcome)))
        return
    _after(unit.batch, connection, lambda failure: acknowledge([failure.payload] if failure else returned))
    if returned and isinstance(returned[0], dict) and returned[0].get("code") == "too_fast":
        gevent.sleep(PAUSE)


def _after(batch: db.Batch | None, connection: Connection | None, call: Callable[[Refused | None], None]) -> None:
    if batch is None:
        call(None)
    elif connection is not None:
        connection.answer_after(batch, call)
    else:
        batch.then(call)


def dispatch(connection: Connection | None, data: list[Any]) -> list[Any] | db.Call[Any]:
    """Return the acknowledgement of an event of the product's namespace, or the call whose outcome is the `answer`."""
    event, *rest = data
    rate = registry.rates.get(event, limits.READ)
    try:
        if connection is not None:
            limits.take(rate, connection.person, connection.network)
        if connection is None or event not in registry.handlers:
            raise Refused("error.event_not_found", "not_found")
        if len(rest) > 1:
            raise Refused("error.not_one_object", "bad_input")
        handler, fields, scope = registry.handlers[event]
        api.admit(connection.visitor, scope)
        arguments = schema.parse(fields, rest[0] if rest else {})
        with limits.charge_room(rate, arguments.get("channel"), connection.network):
            outcome = db.retry(partial(handler, connection, **arguments))
    except Exception as error:
        outcome = error
    return outcome if isinstance(outcome, db.Call) else answer(connection, event, outcome)


def answer(connection: Connection | None, event: str, outcome: object) -> list[Any]:
    """Return the acknowledgement for what a handler returned or raised: `{"ok": value}` or a refusal."""
    if isinstance(outcome, Refused):
        if connection is not None and outcome.code == "too_fast" and limits.is_abusive(connection.sid):
            connection.close()
        return [outcome.payload]
    if isinstance(outcome, Exception):
        logger.error("the event %s failed", event, exc_info=outcome)
        return [Refused("error.internal", "broken").payload]
    return [{"ok": msgspec.to_builtins(outcome)}]


def dispatch_to_server(server: socketio.Server, namespace: str, sid: str, eio_sid: str,
                       data: list[Any]) -> list[Any] | None:
    """Return what a handler of another namespace returned, as the values of Socket.IO's acknowledgement.

    Without a handler there is none: return None.
    """
    try:
        limits.take(limits.POST, sid, client.network(server.environ.get(eio_sid, {})))
    except Refused as refusal:
        if limits.is_abusive(sid):
            flask_fanout.find_connection(server, eio_sid).close()
        server.emit("refused", refusal.payload, to=sid, namespace=namespace)
        return [refusal.payload]
    value = server._trigger_event(data[0], namespace, sid, *data[1:])
    if value is server.not_handled:
        return None
    if value is None:
        return []
    return list(value) if isinstance(value, tuple) else [value]
