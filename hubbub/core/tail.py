"""The tail of one channel in this node: its newest entries, each encoded once, and its readers."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Protocol

RING_ENTRIES, RING_BYTES = 256, 256 * 1024  # per channel
WAITING = 64  # entries of a channel that wait for those before them; the log has more


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

    @property
    def data(self) -> Any: ...


Encode = Callable[[str, object], Frame]
Broadcast = Callable[[list[Peer], Frame], set[Peer]]


class Outlet(Protocol):
    """What a tail needs of its node: how frames are made and sent, and whom to tell about holes and removals."""

    version: int
    deliveries: int
    encode: Encode
    broadcast: Broadcast

    def on_lag(self, tail: Tail, peer: Peer) -> None: ...

    def on_hole(self, tail: Tail) -> None: ...

    def on_entry(self, tail: Tail, entry: Published) -> None: ...


class Tail:
    """The newest end of one channel in this node, each entry encoded once, and its readers.

    A reader is *live* (it has everything up to `head`) or *behind* (it is pulled forward from its own position).
    """

    __slots__ = ("channel", "head", "expected", "waiting", "blanked", "is_forked", "is_filling", "_keys", "_frames",
                 "size", "evictions", "announced", "announcements_left", "live", "behind", "listeners", "is_idle",
                 "is_subscribed", "_outlet")

    def __init__(self, outlet: Outlet, channel: str, seq: int, key: str) -> None:
        self._outlet = outlet
        self.channel = channel
        self.live: dict[Peer, None] = {}
        self.behind: dict[Peer, int] = {}
        self.listeners: list[Callable[[Any], None]] = []  # functions that get every entry, in order
        self.is_idle = False  # without readers at the last call of `drop_idle`
        self.evictions = 0  # how often its frames were dropped because an entry was blanked
        self.announced, self.announcements_left = seq, 0  # the head at the last heartbeat; repeats still to send
        self.blanked = 0  # no message of another node with an entry up to this one is used
        self.is_filling = False  # what is missing is being read
        self.is_subscribed = False  # what other nodes send arrives
        self.restart(seq, key)

    def restart(self, seq: int, key: str) -> None:
        """Begin at another head: of a new tail, or of a log that became another one."""
        self.expected = seq  # the newest entry that is known to be committed
        self.waiting: dict[int, tuple[Published, str | None]] = {}  # entries after a hole, with the key before each
        self.is_forked = False  # an entry was published under a number that another one has here
        self._start_at(seq, key)

    def _start_at(self, seq: int, key: str) -> None:
        self.head = seq
        self._keys: deque[str] = deque([key])  # of the entry before the first frame, and of each frame
        self._frames: deque[Frame] = deque()
        self.size = 0

    @property
    def is_read(self) -> bool:
        """Whether anything reads the channel in this node."""
        return bool(self.live or self.behind or self.listeners)

    @property
    def has_hole(self) -> bool:
        """Whether the log has entries that this tail lacks, or other ones."""
        return self.head < self.expected or self.is_forked

    def add(self, entry: Published, before: str | None = None) -> None:
        """Hand the next entry to every live reader.  Drop a repeat; after a hole, keep it until the hole is filled.

        `before` is the key of the entry before it, if another node sent it: an entry of another history is not used.
        """
        if entry.seq <= self.head:
            self.expect(entry.seq, entry.key)
            return
        self.expected = max(self.expected, entry.seq)
        if len(self.waiting) < WAITING or entry.seq == self.head + 1:
            self.waiting[entry.seq] = entry, before
        while following := self.waiting.pop(self.head + 1, None):
            entry, before = following
            if before not in (None, self._keys[-1]):
                break
            self._push(entry)
        if self.has_hole:
            self._outlet.on_hole(self)

    def expect(self, seq: int, key: str) -> None:
        """Note that an entry is in the log, so that it is read if it does not arrive."""
        self.expected = max(self.expected, seq)
        if key and seq <= self.head and self.key(seq) not in (None, key):
            self.is_forked = True
        if self.has_hole:
            self._outlet.on_hole(self)

    def fork(self) -> None:
        """Note that the log has other entries than this tail."""
        self.is_forked = True
        self._outlet.on_hole(self)

    def _push(self, entry: Published) -> None:
        outlet = self._outlet
        outlet.version += 1
        frame = outlet.encode(entry.kind, entry)
        self._keep(entry, frame)
        outlet.deliveries += len(self.live)
        for peer in outlet.broadcast(list(self.live), frame):
            del self.live[peer]
            self.behind[peer] = entry.seq - 1
            outlet.on_lag(self, peer)
        outlet.on_entry(self, entry)
        for listener in self.listeners:
            listener(entry)

    def _keep(self, entry: Published, frame: Frame) -> None:
        self.head = entry.seq
        self._keys.append(entry.key)
        self._frames.append(frame)
        self.size += len(frame)
        while len(self._frames) > RING_ENTRIES or self.size > RING_BYTES:
            self.size -= len(self._frames.popleft())
            self._keys.popleft()

    def key(self, seq: int) -> str | None:
        """Return the key of the entry `seq` if it is still in the ring."""
        at = seq - (self.head - len(self._frames))
        return self._keys[at] if 0 <= at < len(self._keys) else None

    def after(self, seq: int) -> list[Frame] | None:
        """Return the frames after `seq`, or None when the ring does not reach back that far."""
        first = self.head - len(self._frames)
        return list(self._frames)[seq - first:] if first <= seq <= self.head else None

    def evict_frames(self, blanked: int = 0) -> None:
        """Drop the frames: an entry was blanked in the log, from which lagging readers get it now.

        Nor is any entry up to `blanked` used that another node sent: its text may be the one from before.
        """
        self._start_at(self.head, self._keys[-1])
        self.evictions += 1
        self.blanked = max(self.blanked, blanked)
        for seq in [seq for seq in self.waiting if seq <= self.blanked]:
            del self.waiting[seq]

    def go_live(self, peer: Peer) -> None:
        """Push to a peer from now on: it has everything up to the head."""
        self.behind.pop(peer, None)
        self.live[peer] = None

    def leave(self, peer: Peer) -> None:
        """Stop serving a peer."""
        self.live.pop(peer, None)
        self.behind.pop(peer, None)

    def readers(self, person: int) -> list[Peer]:
        """Return the connections of a person that read the channel."""
        return [peer for peer in (*self.live, *self.behind) if peer.person == person]
