"""The events of the product's namespace: handlers whose signature is their schema, with scope and rate limit."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from hubbub import limits
from hubbub.core.access import Visitor
from hubbub.web import schema

if TYPE_CHECKING:
    from hubbub.live.connections import Connection

Handler = Callable[..., object]
Hook = Callable[["Connection"], None]
Identify = Callable[[dict[str, Any], object], Visitor]

handlers: dict[str, tuple[Handler, type[msgspec.Struct], str]] = {}
rates: dict[str, limits.Class] = {}
connect_hooks: list[Hook] = []
disconnect_hooks: list[Hook] = []
_identify: list[Identify] = []


def on(event: str, scope: str = "write", rate: limits.Class | None = None) -> Callable[[Handler], Handler]:
    """Handle an event of the product's namespace; the signature after the connection is the event's schema.

    `scope` is what the sender's token must allow; `rate` limits how often, by default according to the scope.  What the
    handler returns is the acknowledgement; with a `db.Call`, it is the call's answer, and the next event does not wait.
    """

    def register(handler: Handler) -> Handler:
        handlers[event] = handler, schema.of(event, handler, given=1), scope
        rates[event] = rate or limits.USUAL[scope]
        return handler

    return register


def on_connect(call: Hook) -> Hook:
    """Call the decorated function with each connection that opened."""
    connect_hooks.append(call)
    return call


def on_disconnect(call: Hook) -> Hook:
    """Call the decorated function with each connection that closed."""
    disconnect_hooks.append(call)
    return call


def identify_by(identify: Identify) -> Identify:
    """Have the decorated function return the visitor behind a handshake's environ and `auth`, or raise `Refused`."""
    _identify[:] = [identify]
    return identify


def identify(environ: dict[str, Any], auth: object) -> Visitor:
    """Return the visitor behind a handshake; Refused if it may not connect."""
    return _identify[0](environ, auth)
