"""Subscribing as ntfy's clients do: what was published to topics, then what is, as JSON lines, SSE, text or WebSocket.

A stream is a tail (hubbub/live/tail.py) that writes ntfy's format: admitted, followed and ended like any other.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

import msgspec
from flask import Blueprint, Response, request

from hubbub.core import db, follow, hub, log, node
from hubbub.core.access import Reads, Refused, Visitor
from hubbub.core.log import Cursor, Entry
from hubbub.core.windows import Span, projection
from hubbub.hooks.message import is_on
from hubbub.live import admissions, connection_limits, connections, heartbeat, streams, subscriptions
from hubbub.live.streams import HEARTBEAT, Stream
from hubbub.publishing import message, model, ntfy_routes, targets, topics, wire
from hubbub.publishing.message import Message
from hubbub.web import boot

blueprint = Blueprint("ntfy_streams", __name__)

FORMATS = {"json": "application/x-ndjson; charset=utf-8", "sse": "text/event-stream; charset=utf-8",
           "raw": "text/plain; charset=utf-8", "ws": "application/json"}
HISTORY = 1000  # entries of all its topics that `since` returns
DURATION = re.compile(r"([0-9]{1,9})([smhd])\Z")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600}
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # of RFC 6455
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10  # opcodes
KINDS = {"withdrawn": "message_delete", "cleared": "message_clear"}
NAMES = {"since": ("since", "si"), "poll": ("poll", "po"), "scheduled": ("scheduled", "sched"), "id": ("id",),
         "message": ("message", "m"), "title": ("title", "t"), "priority": ("priority", "prio", "p"),
         "tags": ("tags", "tag", "ta")}


class Wanted(NamedTuple):
    """What a client asks for: the format, topics by channel, filters."""

    format: str
    topics: dict[str, str]  # names by channel
    root: str
    id: str
    message: str
    title: str
    priorities: set[int]
    tags: set[str]

    def lines(self, kind: str, channel: str, at: float, data: dict[str, Any]) -> bytes:
        """Return an entry of a topic in the format; nothing if it is none that the client wants."""
        topic = self.topics[channel]
        if kind in KINDS:
            found = wire.event(KINDS[kind], topic, at=at) | {"sequence_id": data["sequence"]}
            return encoded(self.format, found)
        if kind != model.KIND or "message" not in data or at < node.now() - wire.KEPT:
            return b""
        id = data["id"] if not data.get("revision") else f"{data['id']}-{data['revision']}"
        what = msgspec.convert({name: value for name, value in data.items() if name in Message.__struct_fields__},
                               Message)
        is_wanted = ((not self.id or self.id == id) and (not self.message or self.message == what.message)
                     and (not self.title or self.title == what.title) and self.tags <= set(what.tags)
                     and (not self.priorities or what.priority in self.priorities))
        return encoded(self.format, wire.shown(id, data["sequence"], at, topic, what, self.root)) if is_wanted else b""


def encoded(format: str, found: dict[str, Any]) -> bytes:
    """Return an event in a format of ntfy's."""
    packed = msgspec.json.encode(found)
    if format == "raw":
        return found.get("message", "").replace("\n", " ").encode() + b"\n" if found["event"] == "message" else b"\n"
    if format == "sse":
        name = b"" if found["event"] == "message" else b"event: " + found["event"].encode() + b"\n"
        return name + b"data: " + packed + b"\n\n"
    return frame(TEXT, packed) if format == "ws" else packed + b"\n"


def received(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the whole frames of a client, which are masked and short: opcode and payload."""
    while len(data) >= 6 and (size := data[1] & 0x7f) < 126 and len(data) >= 6 + size:
        mask, payload = data[2:6], data[6:6 + size]
        yield data[0] & 0x0f, bytes(one ^ mask[at % 4] for at, one in enumerate(payload))
        data = data[6 + size:]


def frame(opcode: int, data: bytes) -> bytes:
    """Return a frame of a WebSocket."""
    size = len(data)
    head = bytes([size]) if size < 126 else b"\x7e" + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + (head if size < 1 << 16 else b"\x7f" + size.to_bytes(8, "big")) + data


class NtfyStream(Stream):
    """A stream that writes ntfy's format; it closes when one of its topics may not be read any more."""

    __slots__ = ("wanted",)
    has_own_format = True

    def __init__(self, person: int, wanted: Wanted, shown: Any) -> None:
        super().__init__(secrets.token_hex(8), person, next(iter(wanted.topics)), shown)
        self.wanted = wanted

    def send(self, frame: Any) -> None:
        """Write an entry; after a window, which stands for too many of them, the client asks again."""
        text = str(frame.parts[0]).partition("[")[2]
        name, end = json.JSONDecoder().raw_decode(text)
        if name == "reset" or name == "shutdown":
            self.close()
        elif name in KINDS or name == model.KIND:
            entry = msgspec.json.decode(text[end + 1:-1], type=Entry)
            if self.is_open and (lines := self.wanted.lines(entry.kind, entry.channel, entry.at, entry.data)):
                self.put(lines)

    def check(self, now: float) -> None:
        """Close the stream if its person may not read any more, or is gone; send a sign of life after a silence."""
        if self.wanted.format == "ws":
            self._read()
        if now - self._idle_since >= HEARTBEAT and not self._sending and not self.unsent and self.is_open:
            self.put(encoded(self.wanted.format, wire.event("keepalive", ",".join(self.wanted.topics.values()))))
        if hub.is_connected(self) and not self.wanted.topics.keys() <= hub.channels_of(self):
            self.close()
        super().check(now)

    def _read(self) -> None:
        """Answer what a WebSocket client sends: a ping, or the end."""
        try:
            data = self._sock.recv(4096) if self._sock is not None else b""
        except OSError:
            data = b""
        for opcode, payload in received(data):
            if opcode == PING:
                self.put(frame(PONG, payload))
            elif opcode == CLOSE:
                self.put(frame(CLOSE, payload[:2]))
                self.close()


@projection("topic", sources=())
def newest(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the last notifications of a topic."""
    entries = log.newest(reads, channel, model.KIND, span.before, span.limit)
    return {"items": [{"seq": one.seq, "at": one.at, **one.data} for one in entries if one.seq > span.after],
            "complete": len(entries) < span.limit}


@blueprint.route("/notify/<topic>/auth", methods=["GET"])
def check_access(topic: str) -> Response:
    """Tell a client that it may read these topics."""

    def check(visitor: Visitor) -> dict[str, Any]:
        _topics(visitor, topic)
        return {"success": True}

    return ntfy_routes.answer(check, "read")


@blueprint.route("/notify/<topic>/json", methods=["GET"], defaults={"format": "json"})
@blueprint.route("/notify/<topic>/sse", methods=["GET"], defaults={"format": "sse"})
@blueprint.route("/notify/<topic>/raw", methods=["GET"], defaults={"format": "raw"})
@blueprint.route("/notify/<topic>/ws", methods=["GET"], defaults={"format": "ws"})
@blueprint.route("/notify/<topic>/ws", methods=["GET"], defaults={"format": "ws"}, websocket=True)
def subscribe(topic: str, format: str) -> Response:
    """Send what was published to topics since a moment, then what is; with `poll`, end after the first."""
    try:
        visitor = ntfy_routes.identified("read")
        wanted = _wanted(visitor, topic, format)
        cursors = {channel: _since(channel, HISTORY // len(wanted.topics)) for channel in wanted.topics}
        first = b"".join(_history(wanted, cursors))
        if is_on(parameter("scheduled")):
            first += _scheduled(visitor.person, wanted)
        if is_on(parameter("poll")) and format != "ws":
            return Response(first, content_type=FORMATS[format])
        return _open(visitor, wanted, first, cursors)
    except Refused as problem:
        return ntfy_routes.refused(problem)


def parameter(name: str) -> str:
    """Return a parameter of the query or of the headers, by any of its names."""
    for spelling in NAMES[name]:
        for found in (request.args.get(spelling), request.args.get(f"x-{spelling}"),
                      request.headers.get(f"X-{spelling}"), request.headers.get(spelling)):
            if found:
                return found
    return ""


def _wanted(visitor: Visitor, topic: str, format: str) -> Wanted:
    priorities = {message.priority(one) for one in parameter("priority").split(",") if one.strip()}
    tags = {tag.strip() for tag in parameter("tags").split(",") if tag.strip()}
    return Wanted(format, _topics(visitor, topic), request.root_url.rstrip("/"), parameter("id"), parameter("message"),
                  parameter("title"), priorities, tags)


def _topics(visitor: Visitor, topic: str) -> dict[str, str]:
    with db.snapshot() as reads:
        found = [topics.get(reads, visitor.person, name) for name in targets.names(topic)]
    return {one.channel: one.name for one in found}


def _since(channel: str, most: int) -> Cursor:
    """Return the cursor after which a client wants a topic; without `since`, the end, or for a poll the beginning."""
    text = parameter("since") or ("all" if is_on(parameter("poll")) else "none")
    kept = log.last_before(db, channel, node.now() - wire.KEPT)
    if text == "none":
        return log.head(db, channel)
    if text == "all":
        seq = kept
    elif text == "latest":
        found = log.newest(db, channel, model.KIND, 2**53, 1)
        seq = found[0].seq - 1 if found else 0
    elif found_duration := DURATION.match(text):
        seq = log.last_before(db, channel, node.now() - int(found_duration[1]) * SECONDS[found_duration[2]])
    elif re.fullmatch("[0-9]{9,11}", text):
        seq = log.last_before(db, channel, float(text))
    else:
        seq = _seq_of(channel, text)
    seq = max(seq, kept, log.head(db, channel).seq - most)
    entries = log.read(db, channel, seq - 1, 1) if seq else []
    return Cursor(seq, entries[0].key if entries else "")


def _seq_of(channel: str, id: str) -> int:
    if not re.fullmatch(r"[A-Za-z0-9]{12}(-[0-9]{1,9})?", id):
        raise Refused("error.publish_since", "bad_input")
    first, _, revision = id.partition("-")
    key = f"{first}/{model.KIND}/{revision}" if revision else first
    rows = db.execute("select seq from entry where channel = :channel and key = :key", channel=channel, key=key)
    return int(rows[0][0]) if rows else 0


def _history(wanted: Wanted, cursors: dict[str, Cursor]) -> Iterator[bytes]:
    """Yield what comes after the cursors, and move them there."""
    for channel in wanted.topics:
        while entries := log.read(db, channel, cursors[channel].seq):
            cursors[channel] = Cursor(entries[-1].seq, entries[-1].key)
            for one in entries:
                yield wanted.lines(one.kind, channel, one.at, one.data)


def _scheduled(person: int, wanted: Wanted) -> bytes:
    rows = db.execute(f"select {model.COLUMNS} from publication where author = :author and due is not null "
                      "order by due limit 1000", author=person)
    waiting = [model.Publication(*row) for row in rows]
    return b"".join(encoded(wanted.format, wire.message(one, wanted.root)) for one in waiting
                    if set(one.topics.split(",")) & set(wanted.topics.values()))


def _open(visitor: Visitor, wanted: Wanted, first: bytes, cursors: dict[str, Cursor]) -> Response:
    subscriptions.admit_resume()
    environ = {name: value for name, value in request.environ.items() if isinstance(value, str | bool)}
    here = node.current()
    upgraded = _upgraded() if wanted.format == "ws" else None
    stream = NtfyStream(visitor.person, wanted, request.environ.get("hubbub.socket"))
    environ["HTTP_AUTHORIZATION"] = f"Bearer {(ntfy_routes.secret() or ('', ''))[1]}"
    admissions.admit(stream.id, environ, None, _identify, lambda _: stream.close())
    stream.on_end = partial(here.run, _end, stream, environ)
    streams.add(stream)
    opened = wire.event("open", ",".join(wanted.topics.values()))
    stream.put(encoded(wanted.format, opened) + first)
    if upgraded is not None:
        stream.take_over(upgraded)
        node.spawn(_begin, stream, cursors)
        return Upgraded()
    response = Response(_parts(stream, here, cursors), content_type=FORMATS[wanted.format])
    response.headers["X-Accel-Buffering"] = "no"
    if stream.can_take_over:
        response.headers["Connection"] = "close"
    response.call_on_close(stream.end_response)
    return response


class Upgraded(Response):
    """What Flask returns when the socket has become a WebSocket: nothing is sent."""

    def __call__(self, environ: Any, start_response: Any) -> Any:
        return []


def _upgraded() -> Any:
    """Answer the handshake of a WebSocket, and return its socket; refuse a request that is none."""
    key, shown = request.headers.get("Sec-WebSocket-Key", ""), getattr(request.environ["wsgi.input"], "_sock", None)
    if request.headers.get("Upgrade", "").lower() != "websocket" or not key or shown is None:
        raise Refused("error.publish_no_websocket", "bad_input")
    proof = base64.b64encode(hashlib.sha1(key.encode() + MAGIC, usedforsecurity=False).digest())
    shown.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  b"Sec-WebSocket-Accept: " + proof + b"\r\n\r\n")
    return shown


def _identify(environ: dict[str, Any], auth: object) -> Visitor:
    visitor = boot.identify(environ)
    if visitor is None:
        raise Refused("error.not_signed_in", "sign_in")
    return visitor


def _parts(stream: NtfyStream, here: node.Node, cursors: dict[str, Cursor]) -> Iterator[bytes]:
    with here.active():
        node.spawn(_begin, stream, cursors)
    yield from stream.parts()


def _begin(stream: NtfyStream, cursors: dict[str, Cursor]) -> None:
    answers = follow.resume(stream, cursors)
    if any(isinstance(answer, Refused) for answer in answers.values()):
        stream.close()
    heartbeat.start()
    if stream not in connections.state().streams:
        streams.remove(stream)


def _end(stream: NtfyStream, environ: dict[str, Any]) -> None:
    admissions.withdraw(stream.id)
    connection_limits.release(environ)
    streams.remove(stream)
