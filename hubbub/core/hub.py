"""Fan-out inside one node: the tail of each open channel, its live readers, and signals that are never stored."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from hubbub.core import bus, metrics, node
from hubbub.core.tail import Broadcast, Encode, Frame, Peer, Published, Tail

PAYLOAD = 4096  # bytes of an entry that is sent to other nodes, which read a longer one in the log
TAILS_BYTES = 64 * 1024 * 1024  # of all channels together
TAIL_BYTES = 1024  # roughly what a tail costs besides its frames


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
        self.wakers: dict[str, list[Callable[[str], None]]] = {}  # by kind of channel
        self.published = self.deliveries = 0
        self.version = 0  # counts publications, signals and expulsions: while it stands still, a lookup stays true
        self.encode: Encode = _not_attached
        self.broadcast: Broadcast = send_each

    def on_lag(self, tail: Tail, peer: Peer) -> None:
        _hooks["lag"](tail, peer)

    def on_hole(self, tail: Tail) -> None:
        _hooks["hole"](tail)

    def on_entry(self, tail: Tail, entry: Published) -> None:
        if (tail.channel.partition(":")[0], entry.kind) in _removals:
            removed = {peer: tail.behind.get(peer, entry.seq) for peer in tail.readers(entry.data["person"])}
            for peer in removed:
                leave(tail.channel, peer)
            if removed:
                _hooks["removal"](tail, removed, entry)


_hooks: dict[str, Callable[..., None]] = {}
_removals: dict[tuple[str, str], str] = {}  # by kinds of channel and entry, the kind of entry that undoes it
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


def on_lag(call: Callable[[Tail, Peer], None]) -> Callable[[Tail, Peer], None]:
    """Call the decorated function with each live reader that falls behind; it must not block."""
    _hooks["lag"] = call
    return call


def on_hole(call: Callable[[Tail], None]) -> Callable[[Tail], None]:
    """Call the decorated function with a tail that lacks entries of the log; it must not block."""
    _hooks["hole"] = call
    return call


Removal = Callable[[Tail, dict[Peer, int], Published], None]


def on_removal(call: Removal) -> Removal:
    """Call the decorated function with the readers whom an entry stopped, and what each was sent; it must not block."""
    _hooks["removal"] = call
    return call


def end_reading_by(kind: str, entry: str, until: str) -> None:
    """Have entries of one kind end the reading of the person in their data, until one of another kind for them.

    Every node obeys as it passes the entry on, so nothing after it reaches the person, whatever the bus loses.
    """
    _removals[kind, entry] = until


def is_undone(removal: Published, later: Iterable[Published]) -> bool:
    """Return whether one of the later entries lets the person of a removal read again."""
    until = _removals[removal.channel.partition(":")[0], removal.kind]
    return any(entry.kind == until and entry.data["person"] == removal.data["person"] for entry in later)


def publish(entry: Published) -> None:
    """Hand a committed entry to every reader of its channel, here and at the other nodes."""
    state().published += 1
    _publish_here(entry)
    _wake([entry.channel])
    _send(entry)


def publish_each(rows: Sequence[tuple[Any, ...]], entry_of: Callable[[tuple[Any, ...]], Published]) -> None:
    """Publish many committed entries, given as rows of (channel, seq, …); entries without readers here are not made."""
    hub = state()
    hub.published += len(rows)
    for row in rows:
        if row[0] in hub.tails:
            _publish_here(entry := entry_of(row))
            _send(entry)
        else:
            bus.send(bus.Published(row[0], row[1]), row[0])
    _wake([row[0] for row in rows])


def _send(entry: Published) -> None:
    """Send a committed entry to the other nodes; with its data if it is small and this node knows the one before."""
    if bus.is_alone():
        return
    tail, before, payload = state().tails.get(entry.channel), None, b""
    if tail and tail.head >= entry.seq:
        before = tail.key(entry.seq - 1)
        payload = b"" if before is None else msgspec.json.encode(entry)
    along = msgspec.Raw(payload) if 0 < len(payload) <= PAYLOAD else msgspec.UNSET
    bus.send(bus.Published(entry.channel, entry.seq, entry.key, before or "", along), entry.channel)


def _publish_here(entry: Published) -> None:
    state().version += 1
    republish(entry)


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


def evict_frames(channel: str, seq: int) -> None:
    """Drop a channel's frames at every node: entries up to `seq` were blanked, and no frame may hold their text."""
    message = bus.Blanked(channel, seq)
    _evict_here(message)
    bus.send(message, channel)


@bus.on(bus.Blanked)
def _evict_here(message: bus.Blanked) -> None:
    if tail := state().tails.get(message.channel):
        tail.evict_frames(message.seq)


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


def open_tail(channel: str) -> Tail | None:
    """Return the channel's tail if it is open in this node."""
    return state().tails.get(channel)


def tail(channel: str, head: tuple[int, str]) -> Tail:
    """Return the channel's tail; a new one starts at `head`, and gets what other nodes publish until it is dropped."""
    tails = state().tails
    if channel not in tails:
        tails[channel] = Tail(state(), channel, *head)
        bus.subscribe(channel)
        _drop_unused(tails)
    tails.move_to_end(channel)
    return tails[channel]


def _drop_unused(tails: OrderedDict[str, Tail]) -> None:
    """Drop the least recently used tails without readers until the rest fits."""
    total = sum(TAIL_BYTES + tail.size for tail in tails.values())
    for channel in [name for name, tail in tails.items() if not tail.is_read][:-1]:
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
        if tail.is_read:
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
    return [tail for tail in state().tails.values() if tail.is_read]


def channels_of(peer: Peer) -> set[str]:
    """Return the channels that a connection reads."""
    return state().joined.get(peer, set())


def is_connected(peer: Peer) -> bool:
    """Return whether a connection that has read some channel is still open."""
    return peer in state().joined


def channels_read_by(person: int) -> set[str]:
    """Return the channels that the connections of a person read in this node."""
    return {channel for peer, channels in state().joined.items() if peer.person == person for channel in channels}


def expel(channel: str, person: int) -> None:
    """Stop every connection of a person to this node from reading a channel."""
    hub = state()
    hub.version += 1
    if tail := hub.tails.get(channel):
        for peer in tail.readers(person):
            leave(channel, peer)
