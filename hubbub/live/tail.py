"""The route that tails a channel: what comes after a cursor, then everything as it happens, as server-sent events.

A tail is admitted, followed and ended like a Socket.IO connection, and counts as one for its person.
"""

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Annotated, Any, Literal
from urllib.parse import unquote

from flask import Blueprint, Response, request
from msgspec import Meta

from hubbub import limits
from hubbub.core import access, db, follow, hub, latest, log, node
from hubbub.core.access import Refused, Visitor
from hubbub.core.log import START, Cursor
from hubbub.live import admissions, connection_limits, connections, heartbeat, streams, subscriptions
from hubbub.live.streams import Stream
from hubbub.web import api, boot
from hubbub.web.schema import Channel

RETRY = 2000  # ms after which a browser's EventSource connects again
CURSOR = 400  # characters of a cursor: its key has 64, of up to six characters each

Rate = Literal[100, 250, 1000, 5000]
After = Annotated[str, Meta(max_length=CURSOR)]
Watch = Callable[[Stream, str, int], dict[str, Any]]

blueprint = Blueprint("tail", __name__)
_watches: dict[str, Watch] = {}


def latest_of(kind: str) -> Callable[[Watch], Watch]:
    """Tail channels of a kind by their latest values: the decorated function watches, and returns the present ones."""

    def register(watch: Watch) -> Watch:
        _watches[kind] = watch
        return watch

    return register


@api.route(blueprint, "GET", "/api/channels/<path:channel>/tail", rate=limits.HEAVY, returns="text/event-stream")
def tail(visitor: Visitor, channel: Channel, after: After = "", rate: Rate = 250) -> Response:
    """Send what comes after the cursor `after`, then everything as it happens, as server-sent events.

    The id of an event is its cursor, and `Last-Event-ID` continues there; a number alone is the seq of an entry.
    Without a cursor, the tail begins now.  A feed sends its latest value instead, at most once in `rate` ms.
    """
    access.check(db, visitor.person, channel, "read")
    is_latest = channel.partition(":")[0] in _watches
    cursor = START if is_latest else _cursor(channel, request.headers.get("Last-Event-ID") or after)
    subscriptions.admit_resume()
    environ = {name: value for name, value in request.environ.items() if isinstance(value, str | bool)}
    here, stream = node.current(), Stream(secrets.token_hex(8), visitor.person, channel, _shown_socket())
    admissions.admit(stream.id, environ, None, _identify, lambda _: stream.close())
    stream.on_end = partial(here.run, _end, stream, environ)
    streams.add(stream)
    stream.put(streams.COMMENT if is_latest else f"retry: {RETRY}\nid: {streams.id_of(cursor)}\n\n".encode())
    begin = partial(_watch, stream, rate) if is_latest else partial(follow.follow, stream, channel, cursor)
    response = Response(_parts(stream, here, begin), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"  # nginx would collect what is sent
    if stream.can_take_over:
        response.headers["Connection"] = "close"  # so it is sent without chunks
    response.call_on_close(stream.end_response)
    return response


def _shown_socket() -> Any:
    return None if request.method == "HEAD" else request.environ.get("hubbub.socket")


def _identify(environ: admissions.Environ, auth: object) -> Visitor:
    visitor = boot.identify(environ)
    if visitor is None:
        raise Refused("error.not_signed_in", "sign_in")
    return visitor


def _cursor(channel: str, after: str) -> Cursor:
    """Read a cursor: `seq:key`, or only the seq, whose key is looked up; without any, it is that of the newest entry.
    """
    if not after:
        return log.head(db, channel)
    seq, colon, key = after.partition(":")
    if not re.fullmatch("[0-9]{1,15}", seq):
        raise Refused("error.field_value", "bad_input", field="after")
    if colon or int(seq) == 0:
        return Cursor(int(seq), unquote(key))
    [*found] = log.read(db, channel, int(seq) - 1, 1)
    return Cursor(int(seq), found[0].key if found and found[0].seq == int(seq) else "")


def _parts(stream: Stream, here: node.Node, begin: Callable[[], object]) -> Iterator[bytes]:
    """Begin in a greenlet of its own, because it waits for the client to take what is there; meanwhile, send."""
    with here.active():
        node.spawn(_begin, stream, begin)
    yield from stream.parts()


def _begin(stream: Stream, begin: Callable[[], object]) -> None:
    try:
        begin()
    except Refused:  # the right ended meanwhile, or the database is away: the client asks again
        stream.close()
    heartbeat.start()
    if stream not in connections.state().streams:  # it ended meanwhile, perhaps before it joined
        streams.remove(stream)


def _watch(stream: Stream, rate: int) -> None:
    kind, _, name = stream.channel.partition(":")
    stream.on_sent = partial(latest.acknowledge, stream, sys.maxsize)
    stream.send(hub.encode("latest", _watches[kind](stream, name, rate)))


def _end(stream: Stream, environ: admissions.Environ) -> None:
    admissions.withdraw(stream.id)
    connection_limits.release(environ)
    streams.remove(stream)
