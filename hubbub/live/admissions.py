"""By what right each connection of any namespace is open: it closes within a second of the end of that right.

A right ends at its expiry (a token's, a sign-in's), or when a change is announced to all nodes (a sign-out, a revoked
token, a ban, guests switched off).  The client reconnects, and is identified again with the rights that it has then.
"""

from collections.abc import Callable
from math import inf
from typing import Any

import gevent

from hubbub.core import bus, node
from hubbub.core.access import Refused, Visitor
from hubbub.live import connection_limits
from hubbub.web import client, credentials

INTERVAL = 0.5  # seconds between two checks of the expiries

Environ = dict[str, Any]
Identify = Callable[[Environ, object], Visitor | None]


class Admission:
    """The handshake and visitor of one connection; a stranger sent no secret, and is here because guests are allowed.

    `visitor` is None until a stranger becomes a guest; `close` closes the connection.
    """

    __slots__ = ("environ", "auth", "network", "is_stranger", "visitor", "close")

    def __init__(self, environ: Environ, auth: object, close: Callable[[str], None]) -> None:
        self.environ, self.auth, self.close = environ, auth, close
        self.network = client.network(environ)
        self.is_stranger = not credentials.token(environ, auth)
        self.visitor: Visitor | None = None


class Admissions:
    """The admissions of this node by session id, how often rights changed, and when the next one expires."""

    def __init__(self) -> None:
        self.by_sid: dict[str, Admission] = {}
        self.changes = 0
        self.next_expiry = inf
        self.greenlet: gevent.Greenlet[..., Any] | None = None


state = node.state(Admissions)


def admit(sid: str, environ: Environ, auth: object, identify: Identify, close: Callable[[str], None]) -> Admission:
    """Identify and count a connection that opens; Refused if it may not, or if there are too many."""
    admissions, admission = state(), Admission(environ, auth, close)
    connection_limits.check(admission.network, admission.is_stranger)
    changes, admission.visitor = admissions.changes, identify(environ, auth)
    if changes != admissions.changes:  # the rights of someone changed meanwhile, perhaps of this visitor
        admission.visitor = identify(environ, auth)
    connection_limits.acquire(environ, admission.visitor, admission.network)
    admissions.by_sid[sid] = admission
    admissions.next_expiry = min(admissions.next_expiry, _expiry(admission))
    if not admissions.greenlet:
        admissions.greenlet = node.spawn(_close_expired)
        node.current().on_close(admissions.greenlet.kill)
    return admission


def withdraw(sid: str) -> Admission | None:
    """Remove a connection that closed; return its admission if it was open until now."""
    return state().by_sid.pop(sid, None)


def get(sid: str) -> Admission:
    """Return the admission of an open connection; Refused if it was closed."""
    admission = state().by_sid.get(sid)
    if admission is None:
        raise Refused("error.connection_closed", "sign_in")
    return admission


@bus.on(bus.Disconnected)
def _disconnect(message: bus.Disconnected) -> None:
    def is_affected(admission: Admission) -> bool:
        visitor = admission.visitor
        return visitor is not None and visitor.person == message.person and visitor.sign_in != message.spare \
            and message.sign_in in ("", visitor.sign_in)

    _close_if(is_affected)


def close_guests(may_stay: Callable[[Environ], bool]) -> None:
    """Close this node's connections of people without an account, unless guests are still allowed from there."""
    _close_if(lambda admission: (admission.visitor is None or admission.visitor.is_guest)
              and not may_stay(admission.environ))


def _close_if(has_ended: Callable[[Admission], bool]) -> None:
    admissions = state()
    admissions.changes += 1
    for sid, admission in list(admissions.by_sid.items()):
        if has_ended(admission) and withdraw(sid):
            admission.close(sid)


def _close_expired() -> None:
    admissions = state()
    while True:
        node.sleep(INTERVAL)
        if admissions.next_expiry <= node.now():
            _close_if(lambda admission: _expiry(admission) <= node.now())
            admissions.next_expiry = min(map(_expiry, admissions.by_sid.values()), default=inf)


def _expiry(admission: Admission) -> float:
    """Return when the visitor's token or sign-in expires."""
    return inf if admission.visitor is None or admission.visitor.until is None else admission.visitor.until
