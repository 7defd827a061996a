"""Fan-out inside one node: the tail of each open channel, its live readers, and signals that are never stored."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from hubbub.core import bus, metrics, node

RING_ENTRIES, RING_BYTES = 256, 256 * 1024  # per channel
TAILS_BYTES = 64 * 1024 * 1024  # of all channels together
TAIL_BYTES = 1024  # roughly what a tail costs besides its frames


class Frame(Protocol):
    """An event encoded once and sent to many; its length is in bytes."""

    def __len__(self) -> int: ...


class Peer(Protocol):
    """A connection as the core sees it."""

    person: int

    @property
    def full(self) -> bool:
        """Whether so much waits to be sent that the peer must be pulled forward instead of pushed to."""

    def send(self, frame: Any) -> None:
        """Queue a frame behind all others; never blocks."""

    def drained(self, timeout: float) -> bool:
        """Wait until nothing is queued; False when the peer is gone or made no progress for `timeout` seconds."""

    def close(self) -> None:
        """End the connection; the client reconnects and resumes by cursor."""


class Published(Protocol):
    """What the hub needs to know of an entry."""

    @property
    def channel(self) -> str: ...

    @property
    def seq(self) -> int: ...

    @property
    def key(self) -> str: ...

    @property
    def kind(self) -> str: ...


Encode = Callable[[str, object], Frame]
Broadcast = Callable[[list[Peer], Frame], set[Peer]]


def send_each(peers: list[Peer], frame: Frame) -> set[Peer]:
    """Send a frame to each peer that is not full, and return the full ones."""
    full = set()
    for peer in peers:
        if peer.full:
            full.add(peer)
        else:
            peer.send(frame)
    return full


def _not_attached(event: str, payload: object) -> Frame:
    raise RuntimeError("no transport is attached to the hub")


class Hub:
    """A node's open channels and readers, and how its transport encodes and broadcasts frames."""

    def __init__(self) -> None:
        self.tails: OrderedDict[str, Tail] = OrderedDict()
        self.joined: dict[Peer, set[str]] = {}
        self.listeners: dict[str, list[Callable[[Any], None]]] = {}
        self.wakers: dict[str, list[Callable[[str], None]]] = {}  # by kind of channel
        self.published = self.deliveries = 0
        self.version = 0  # counts publications, signals and expulsions: while it stands still, a lookup stays true
        self.encode: Encode = _not_attached
        self.broadcast: Broadcast = send_each


state = node.state(Hub)
metrics.gauge("hubbub_entries_total", "Entries committed and published by this process.",
              lambda: state().published, grows=True)
metrics.gauge("hubbub_deliveries_total", "Entries and signals handed to live readers of this process.",
              lambda: state().deliveries, grows=True)


def attach(encode: Encode, broadcast: Broadcast = send_each) -> None:
    """Have this node's frames encoded and broadcast by its transport."""
    hub = state()
    hub.encode, hub.broadcast = encode, broadcast


def encode(event: str, payload: object) -> Frame:
    """Encode an event once, for any number of peers."""
    return state().encode(event, payload)


_catch_up: list[Callable[[Tail, Peer], None]] = []


def on_lag(catch_up: Callable[[Tail, Peer], None]) -> Callable[[Tail, Peer], None]:
    """Call the decorated function with each live reader that falls behind; it must not block."""
    _catch_up[:] = [catch_up]
    return catch_up


class Tail:
    """The newest end of one channel in this node, each entry encoded once, and its readers.

    A reader is *live* (it has everything up to `head`) or *behind* (it is pulled forward from its own position).
    """

    __slots__ = ("channel", "head", "_keys", "_frames", "size", "evictions", "announced", "announcements_left", "live",
                 "behind", "is_idle")

    def __init__(self, channel: str, seq: int, key: str) -> None:
        self.channel = channel
        self.live: dict[Peer, None] = {}
        self.behind: dict[Peer, int] = {}
        self.is_idle = False  # without readers at the last call of `drop_idle`
        self.evictions = 0  # how often its frames were dropped because an entry was blanked
        self.announced, self.announcements_left = seq, 0  # the head at the last heartbeat; repeats still to send
        self._start_at(seq, key)

    def _start_at(self, seq: int, key: str) -> None:
        self.head = seq
        self._keys: deque[str] = deque([key])  # of the entry before the first frame, and of each frame
        self._frames: deque[Frame] = deque()
        self.size = 0

    def add(self, entry: Published) -> None:
        """Hand the next entry to every live reader.  Drop a repeat; over a hole, have every reader pulled instead."""
        if entry.seq <= self.head:
            return
        if entry.seq > self.head + 1:
            self._skip_to(entry)
            return
        hub = state()
        frame = hub.encode(entry.kind, entry)
        self._keep(entry, frame)
        hub.deliveries += len(self.live)
        for peer in hub.broadcast(list(self.live), frame):
            self._fall_behind(peer, entry.seq - 1)

    def _keep(self, entry: Published, frame: Frame) -> None:
        self.head = entry.seq
        self._keys.append(entry.key)
        self._frames.append(frame)
        self.size += len(frame)
        while len(self._frames) > RING_ENTRIES or self.size > RING_BYTES:
            self.size -= len(self._frames.popleft())
            self._keys.popleft()

    def _skip_to(self, entry: Published) -> None:
        """Start again at an entry; what another process wrote before it is read from the log."""
        before = self.head
        self._start_at(entry.seq, entry.key)
        for peer in list(self.live):
            self._fall_behind(peer, before)

    def _fall_behind(self, peer: Peer, sent: int) -> None:
        del self.live[peer]
        self.behind[peer] = sent
        for catch_up in _catch_up:
            catch_up(self, peer)

    def key(self, seq: int) -> str | None:
        """Return the key of the entry `seq` if it is still in the ring."""
        at = seq - (self.head - len(self._frames))
        return self._keys[at] if 0 <= at < len(self._keys) else None

    def after(self, seq: int) -> list[Frame] | None:
        """Return the frames after `seq`, or None when the ring does not reach back that far."""
        first = self.head - len(self._frames)
        return list(self._frames)[seq - first:] if first <= seq <= self.head else None

    def evict_frames(self) -> None:
        """Drop the frames: an entry was blanked in the log, from which lagging readers get it now."""
        self._start_at(self.head, self._keys[-1])
        self.evictions += 1

    def go_live(self, peer: Peer) -> None:
        """Push to a peer from now on: it has everything up to the head."""
        self.behind.pop(peer, None)
        self.live[peer] = None

    def leave(self, peer: Peer) -> None:
        """Stop serving a peer."""
        self.live.pop(peer, None)
        self.behind.pop(peer, None)


def publish(entry: Published) -> None:
    """Hand a committed entry to every reader of its channel, here and at the other nodes."""
    state().published += 1
    _publish_here(entry)
    _wake([entry.channel])
    bus.send(bus.Published(entry.channel, entry.seq), entry.channel)


def publish_each(rows: Sequence[tuple[Any, ...]], entry_of: Callable[[tuple[Any, ...]], Published]) -> None:
    """Publish many committed entries, given as rows of (channel, seq, …); entries without readers here are not made."""
    hub = state()
    hub.published += len(rows)
    for row in rows:
        if row[0] in hub.tails or row[0] in hub.listeners:
            _publish_here(entry_of(row))
        bus.send(bus.Published(row[0], row[1]), row[0])
    _wake([row[0] for row in rows])


def _publish_here(entry: Published) -> None:
    hub = state()
    hub.version += 1
    republish(entry)
    for listener in hub.listeners.get(entry.channel, ()):
        listener(entry)


def wake_on(kind: str, wake: Callable[[str], None]) -> None:
    """Call `wake` with the name of a channel of this kind whenever this node publishes an entry in it."""
    state().wakers.setdefault(kind, []).append(wake)


def stop_waking(kind: str, wake: Callable[[str], None]) -> None:
    """Undo `wake_on`."""
    state().wakers[kind].remove(wake)


def _wake(channels: Iterable[str]) -> None:
    """Wake the consumers of these channels, here and where they run."""
    by_kind: dict[str, list[str]] = {}
    for channel in channels if state().wakers else ():
        by_kind.setdefault(channel.partition(":")[0], []).append(channel)
    for kind, names in by_kind.items():
        if kind in state().wakers:
            message = bus.Woken(names)
            _wake_here(message)
            bus.send(message, wake_topic(kind))


@bus.on(bus.Woken)
def _wake_here(message: bus.Woken) -> None:
    for channel in message.channels:
        for wake in state().wakers.get(channel.partition(":")[0], ()):
            wake(channel)


def wake_topic(kind: str) -> str:
    """Return the topic of wake-ups for consumers of this kind of channel."""
    return f"wake {kind}"


def republish(entry: Published) -> None:
    """Hand readers an entry whose commit may have gone unanswered, and so unpublished."""
    if tail := state().tails.get(entry.channel):
        tail.add(entry)


def evict_frames(channel: str) -> None:
    """Drop a channel's frames: an entry was blanked, and no frame may hold its text any more."""
    if tail := state().tails.get(channel):
        tail.evict_frames()


def signal(channel: str, kind: str, data: object) -> None:
    """Send data that is not stored to the live readers of a channel; readers that lag do not get it."""
    signal_here(channel, kind, data)
    bus.send(bus.Signal(channel, kind, data), channel)


def signal_here(channel: str, kind: str, data: object) -> None:
    """Send data that is not stored to this node's live readers of a channel."""
    hub = state()
    hub.version += 1
    tail = hub.tails.get(channel)
    if tail is not None and tail.live:
        hub.deliveries += len(tail.live)
        hub.broadcast(list(tail.live), hub.encode(kind, {"channel": channel, "data": data}))


@bus.on(bus.Signal)
def _receive_signal(message: bus.Signal) -> None:
    signal_here(message.channel, message.kind, message.data)


def listen(channel: str, listener: Callable[[Any], None]) -> None:
    """Call `listener` with each entry that this node publishes in a channel, in order."""
    state().listeners.setdefault(channel, []).append(listener)


def open_tail(channel: str) -> Tail | None:
    """Return the channel's tail if it is open in this node."""
    return state().tails.get(channel)


def tail(channel: str, head: tuple[int, str]) -> Tail:
    """Return the channel's tail; a new one starts at `head`, and gets what other nodes publish until it is dropped."""
    tails = state().tails
    if channel not in tails:
        tails[channel] = Tail(channel, *head)
        bus.subscribe(channel)
        _drop_unused(tails)
    tails.move_to_end(channel)
    return tails[channel]


def _drop_unused(tails: OrderedDict[str, Tail]) -> None:
    """Drop the least recently used tails without readers until the rest fits."""
    total = sum(TAIL_BYTES + tail.size for tail in tails.values())
    for channel in [name for name, tail in tails.items() if not (tail.live or tail.behind)][:-1]:
        if total <= TAILS_BYTES:
            return
        total -= TAIL_BYTES + tails[channel].size
        _drop(channel)


def _drop(channel: str) -> None:
    del state().tails[channel]
    bus.unsubscribe(channel)


def drop_idle() -> None:
    """Drop the tails that have had no readers since the last call, if that spares messages of other nodes."""
    for channel, tail in [] if bus.is_alone() else list(state().tails.items()):
        if tail.live or tail.behind:
            tail.is_idle = False
        elif tail.is_idle:
            _drop(channel)
        else:
            tail.is_idle = True


def join(tail: Tail, peer: Peer, sent: int) -> None:
    """Add a reader that is behind: the caller pulls it forward from `sent`."""
    tail.leave(peer)
    tail.behind[peer], tail.is_idle = sent, False
    state().joined.setdefault(peer, set()).add(tail.channel)


def leave(channel: str, peer: Peer) -> None:
    """Remove a reader; nothing of the channel is sent to it any more."""
    hub = state()
    hub.joined.get(peer, set()).discard(channel)
    if tail := hub.tails.get(channel):
        tail.leave(peer)


def disconnect(peer: Peer) -> None:
    """Remove a closed connection from every channel it reads."""
    hub = state()
    for channel in hub.joined.pop(peer, ()):
        if tail := hub.tails.get(channel):
            tail.leave(peer)


def active_tails() -> list[Tail]:
    """Return the tails that have readers."""
    return [tail for tail in state().tails.values() if tail.live or tail.behind]


def channels_of(peer: Peer) -> set[str]:
    """Return the channels that a connection reads."""
    return state().joined.get(peer, set())


def channels_read_by(person: int) -> set[str]:
    """Return the channels that the connections of a person read in this node."""
    return {channel for peer, channels in state().joined.items() if peer.person == person for channel in channels}


def expel(channel: str, person: int) -> None:
    """Stop every connection of a person from reading a channel, here and at the other nodes."""
    _expel_here(channel, person)
    bus.send(bus.Expelled(channel, person))


def _expel_here(channel: str, person: int) -> None:
    hub = state()
    hub.version += 1
    if tail := hub.tails.get(channel):
        for peer in [peer for peer in (*tail.live, *tail.behind) if peer.person == person]:
            leave(channel, peer)


@bus.on(bus.Expelled)
def _receive_expelled(message: bus.Expelled) -> None:
    _expel_here(message.channel, message.person)
