"""Server-sent events: a peer of the core whose sender is an HTTP response, beside the Socket.IO connections.

A stream carries what a program reads: entries with their cursor as `id`, windows (`reset`) and latest values.  Signals,
such as who is typing, are left out.  Like a socket, a stream that does not keep up is pulled forward by the core, and
closed when it makes no progress, or when one burst is more than it may hold.

Hubbub's own HTTP server shows its socket: the stream takes it over once the head is sent, and writes to it in the event
loop, without a greenlet of its own.  With another WSGI server, a greenlet iterates over the response.
"""

import _socket
import contextlib
import json
import select
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import gevent
import msgspec
from gevent import monkey
from gevent.event import Event
from gevent.hub import Waiter
from gevent.socket import wait_write

import flask_fanout
from hubbub.core import hub, latest, metrics, node
from hubbub.core.log import Cursor
from hubbub.core.tail import Frame
from hubbub.live import connections

FULL_BYTES, FULL_EVENTS, MOST_BYTES = 256 * 1024, 256, 1 << 20  # as of a socket; beyond the most, it is closed
STALLED = 60.0  # seconds in which a client has to take some of what waits
CHECK = 0.5  # seconds between two checks of all streams: who may still read, who is gone, who was silent
HEARTBEAT = 15.0  # seconds of silence after which a comment is sent; proxies wait for 60
COMMENT = b":\n\n"
PART_BYTES = 64 * 1024  # that another WSGI server gets at once; each part that the client takes is progress
CHUNK = 256  # streams written to before other greenlets run
GONE = getattr(select, "POLLRDHUP", 0)  # what `poll` reports besides errors when the client has closed its side
NO_SOCKET: Any = None
poll = monkey.get_original("select", "poll")


class Stream:
    """One open response and the person behind it; to the core, a peer."""

    __slots__ = ("id", "person", "channel", "is_open", "on_end", "on_sent", "unsent", "is_websocket", "socket_send",
                 "_shown", "_sock", "_size", "_sending", "_taken", "_idle_since", "_sender", "_is_scheduled",
                 "_drained", "_outgoing")

    is_batched = is_stream = True  # the transport writes broadcasts to all streams together
    is_answered = True  # nobody waits for an answer to an event
    has_own_format = False  # whether it encodes each frame itself

    def __init__(self, id: str, person: int, channel: str, shown: Any = None) -> None:
        self.id, self.person, self.channel = id, person, channel
        self.is_open = True
        self.on_sent: Callable[[], None] = nothing  # called when the client took all that was sent
        self.on_end: Callable[[], None] = nothing
        self._shown, self._sock = shown, NO_SOCKET  # the socket that the HTTP server shows; the same, taken over
        self.is_websocket, self.socket_send = False, no_socket  # for the transport: whether it may write to the socket
        self.unsent: list[bytes] = []
        self._size = self._sending = self._taken = 0  # bytes that wait, bytes on their way, how often some were taken
        self._outgoing = outgoing()
        self._idle_since = node.monotonic()
        self._sender: Any = None  # what waits to send: without a socket, the server's greenlet; else one for the rest
        self._is_scheduled = False  # whether `flush` will be called at the end of this turn of the loop
        self._drained: Event | None = None

    @property
    def link(self) -> "Stream":
        """What the core asks whether it is full; a socket has a link of its own, a stream is its own."""
        return self

    @property
    def full(self) -> bool:
        return self._size + self._sending > FULL_BYTES or len(self.unsent) > FULL_EVENTS

    @property
    def can_take_over(self) -> bool:
        """Whether the HTTP server shows its socket."""
        return self._shown is not None

    def send(self, frame: Frame) -> None:
        event = frame if isinstance(frame, EncodedEvents) else self._outgoing.encode(frame)
        if self.is_open and event.wire:
            self.put(event.wire)

    def put(self, data: bytes) -> None:
        """Queue finished bytes, behind what was broadcast."""
        self._outgoing.catch_up(self)
        self._append(data)

    def enqueue(self, event: "EncodedEvents") -> None:
        """Queue what the transport could not write at once; close the stream when that is too much."""
        if self._size + len(event) > MOST_BYTES:
            self.on_socket_lost()
        elif self.is_open:
            self._append(event.wire)

    def keep_rest(self, events: "list[EncodedEvents]", sent: int) -> None:
        """Keep what the system did not accept of these events after `sent` bytes."""
        self._append(b"".join([event.wire for event in events])[sent:])

    def on_socket_lost(self) -> None:
        """Handle a client that is gone."""
        self._take()
        self.close()

    def _append(self, data: bytes) -> None:
        self.unsent.append(data)
        self._size += len(data)
        self._schedule()

    def drained(self, timeout: float) -> bool:
        self._outgoing.catch_up(self)
        while self.is_open and (self.unsent or self._sending):
            taken, self._drained = self._taken, self._drained or Event()
            self._drained.wait(timeout)
            if taken == self._taken:
                return False
        return self.is_open

    def close(self) -> None:
        self._outgoing.catch_up(self)
        self.is_open = False
        self._schedule()
        self._report_progress()

    def parts(self) -> Iterator[bytes]:
        """Yield what waits; with a socket, until nothing does, then take it over; else until the stream is closed."""
        while self.unsent or self.is_open:
            if self.unsent:
                yield from self._parts_of(self._take())
                self._has_sent_all()
            elif self._shown is not None:
                self.take_over(self._shown)
                return
            else:
                self._sender = Waiter()
                try:
                    self._sender.get()
                finally:
                    self._sender = None

    def take_over(self, shown: Any) -> None:
        """Write to this socket from now on, which nobody else uses any more."""
        self._sock, self._shown = _socket.socket(fileno=shown.detach()), None
        self._sock.setblocking(False)
        self.socket_send, self.is_websocket = self._sock.send, not self.has_own_format
        self._schedule()

    def end_response(self) -> None:
        """Do what is left when the response has ended, unless the stream goes on with the socket of its own."""
        if self._sock is None:
            self.is_open = False
            self.on_end()

    def check(self, now: float) -> None:
        """Close the stream if its person may not read any more, or is gone; send a comment after a silence."""
        if self._is_gone():
            self.on_socket_lost()
        elif hub.is_connected(self) and self.channel not in hub.channels_of(self):
            self.close()
        elif now - self._idle_since >= HEARTBEAT and not self._sending and not self.unsent:
            self.put(COMMENT)

    def flush(self) -> None:
        """Write what waits, in the event loop; have a greenlet send what the system does not accept now."""
        self._is_scheduled = False
        if self._sock is not None:
            if self._sender is None:
                self._write()
                if self.unsent:
                    self._sender = node.spawn(self._send_rest)
                elif not self.is_open:
                    self._finish()
        elif self._sender is not None:
            sender, self._sender = self._sender, None
            sender.switch(None)

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            self._outgoing.schedule(self)

    def _write(self) -> None:
        if not self.unsent:
            return
        data = self._take()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self.is_open, sent = False, len(data)
        if sent:
            self._taken += 1
            if self._drained is not None:
                self._report_progress()
        if sent < len(data):
            self.unsent, self._size = [data[sent:]], len(data) - sent
        else:
            self._has_sent_all()

    def _send_rest(self) -> None:
        """Write until nothing waits; give up a client that takes nothing for long."""
        while self.unsent:
            try:
                wait_write(self._sock.fileno(), timeout=STALLED)
            except OSError:
                self._take()
                self.is_open = False
            self._write()
        self._sender = None
        if not self.is_open:
            self._finish()

    def _finish(self) -> None:
        sock, self._sock, self.is_websocket = self._sock, NO_SOCKET, False
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.recv(PART_BYTES)  # with unread data, closing would be a reset, which can destroy the last events
            sock.close()
            self.on_end()

    def _parts_of(self, data: bytes) -> Iterator[bytes]:
        self._sending = len(data)
        while self._sending:
            self._outgoing.now = node.monotonic()
            start = len(data) - self._sending
            yield data[start:start + PART_BYTES]
            self._sending = max(0, self._sending - PART_BYTES)
            self._taken += 1
            self._report_progress()

    def _take(self) -> bytes:
        data = self.unsent[0] if len(self.unsent) == 1 else b"".join(self.unsent)
        self.unsent, self._size = [], 0
        return data

    def _has_sent_all(self) -> None:
        self._idle_since = self._outgoing.now
        if self.on_sent is not nothing:
            self.on_sent()

    def _is_gone(self) -> bool:
        """Return whether the client has closed the connection."""
        if self._sock is None:
            return False
        polling = poll()
        polling.register(self._sock, GONE)
        return bool(polling.poll(0))

    def _report_progress(self) -> None:
        if self._drained is not None:
            self._drained.set()
            self._drained = None


def nothing() -> None:
    """Do nothing."""


def no_socket(data: bytes) -> int:
    """Stand in for `send` on a stream without a socket of its own."""
    raise OSError


class EncodedEvents:
    """A frame as the bytes of a stream, for all that read it; none if it does not belong there."""

    __slots__ = ("wire",)

    def __init__(self, wire: bytes) -> None:
        self.wire = wire

    def __len__(self) -> int:
        return len(self.wire)


class Outgoing:
    """The streams of this node to write to at the end of this turn of the event loop, and the last frame, encoded."""

    def __init__(self) -> None:
        self.streams: list[Stream] = []
        self.frame: Frame | None = None
        self.event = EncodedEvents(b"")
        manager = getattr(connections.socketio().server, "manager", None)
        self.writes: Any = getattr(manager, "writes", None)  # of our transport
        self.now = node.monotonic()
        self.run, self.loop = node.current().run, gevent.get_hub().loop

    def encode(self, frame: Any) -> EncodedEvents:
        """Return a frame as the bytes of a stream, made once for all who read it."""
        if frame is not self.frame:
            self.frame, self.event = frame, EncodedEvents(_encode(frame))
        return self.event

    def broadcast(self, streams: list[Any], frame: Frame) -> None:
        """Send a frame to streams, in one write for each with what else this turn of the loop sends them."""
        if (event := self.encode(frame)).wire:
            self.writes.broadcast(streams, (), event)

    def catch_up(self, stream: Stream) -> None:
        """Put pending broadcasts into a stream before it gets something of its own."""
        if self.writes is not None and self.writes.batches:
            self.writes.catch_up(stream)

    def schedule(self, stream: Stream) -> None:
        """Flush a stream soon."""
        if not self.streams:
            self.loop.run_callback(self.run, self.flush)
        self.streams.append(stream)

    def flush(self) -> None:
        """Flush some streams, and the rest after other greenlets have run."""
        self.now = node.monotonic()
        streams, self.streams = self.streams[:CHUNK], self.streams[CHUNK:]
        for stream in streams:
            stream.flush()
        if self.streams:
            self.loop.run_callback(self.run, self.flush)


outgoing = node.state(Outgoing)


class Position(msgspec.Struct):
    """The fields of a payload that make a cursor: those of an entry, or of a window."""

    seq: int = 0
    key: str = ""
    as_of: tuple[int, str] | None = None


read_position = msgspec.json.Decoder(Position).decode


def _encode(frame: flask_fanout.EncodedEvent) -> bytes:
    text = str(frame.parts[0]).partition("[")[2]  # 2/live,["event",{…}]
    name, end = json.JSONDecoder().raw_decode(text)
    payload = text[end + 1:-1].encode()
    if name == "latest":
        return b"event: latest\ndata: %b\n\n" % payload
    if name == "shutdown":
        wait = int(1000 * json.loads(payload)["retry_after"])
        return b"event: shutdown\nretry: %d\ndata: %b\n\n" % (wait, payload)
    position = read_position(payload)
    seq, key = position.as_of if name == "reset" and position.as_of else (position.seq, position.key)
    if not seq and name != "reset":
        return b""
    return b"id: %b\nevent: %b\ndata: %b\n\n" % (id_of(Cursor(seq, key)).encode(), name.encode(), payload)


def id_of(cursor: Cursor) -> str:
    """Return a cursor as the id of an event, in ASCII and without line breaks."""
    return f"{cursor.seq}:{quote(cursor.key, safe='!/')}"


class Streams:
    """The greenlet that checks this node's streams, while there are some."""

    def __init__(self) -> None:
        self.greenlet: gevent.Greenlet[..., Any] | None = None


state = node.state(Streams)
metrics.gauge("hubbub_streams", "Open streams of server-sent events.", lambda: len(connections.state().streams))


def add(stream: Stream) -> None:
    """Begin to check a stream."""
    connections.state().streams.add(stream)
    connections.state().broadcast_to_streams = outgoing().broadcast
    if not state().greenlet:
        state().greenlet = node.spawn(_check_all)
        node.current().on_close(_stop)


def remove(stream: Stream) -> None:
    """Forget a stream whose response has ended."""
    stream.close()
    connections.state().streams.discard(stream)
    hub.disconnect(stream)
    latest.unwatch(stream)


def _check_all() -> None:
    while streams := connections.state().streams:
        now = node.monotonic()
        for stream in list(streams):
            stream.check(now)
        node.sleep(CHECK)
    state().greenlet = None


def _stop() -> None:
    if greenlet := state().greenlet:
        greenlet.kill(block=False)
