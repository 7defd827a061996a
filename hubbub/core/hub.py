"""Who hears what: the tail of each active channel, its live readers, and signals that are sent but never kept."""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Any, Protocol

RING_ENTRIES, RING_BYTES = 256, 256 * 1024  # per channel
TAILS_BYTES = 64 * 1024 * 1024  # of all channels together
TAIL_BYTES = 1024  # about what one costs beside its frames


class Frame(Protocol):
    """Something encoded once and sent to many; its length is in bytes."""

    def __len__(self) -> int: ...


class Peer(Protocol):
    """A connection as the core sees it."""

    person: int

    @property
    def full(self) -> bool:
        """Whether so much waits to be taken that a live reader must be pulled forward instead."""

    def send(self, frame: Any) -> None:
        """Queue a frame behind all others; never blocks."""

    def drained(self, timeout: float) -> bool:
        """Wait until nothing is queued; False when the peer is gone or has taken nothing for `timeout` seconds."""

    def close(self) -> None:
        """End the connection; it comes back and resumes by cursor."""


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


def _unset(event: str, payload: object) -> Frame:
    raise RuntimeError("no edge is attached to the hub")


def _leave_behind(tail: "Tail", peer: Peer) -> None:
    raise RuntimeError("nobody pulls readers that fell behind")


def send_each(peers: "list[Peer]", frame: Frame) -> "set[Peer]":
    """Send a frame to each of these but those that are full, who are returned; the edge may know a cheaper way."""
    full = set()
    for peer in peers:
        if peer.full:
            full.add(peer)
        else:
            peer.send(frame)
    return full


encode: Callable[[str, object], Frame] = _unset
spread: "Callable[[list[Peer], Frame], set[Peer]]" = send_each
pull: Callable[["Tail", Peer], None] = _leave_behind


class Tail:
    """The newest end of one channel in this process, each entry encoded once, and who reads along.

    A reader is *live* (it has everything up to `head`) or *behind* (it is pulled forward from its own place).
    """

    __slots__ = ("channel", "head", "_keys", "_frames", "size", "sheds", "told", "beats", "live", "behind")

    def __init__(self, channel: str, seq: int, key: str) -> None:
        self.channel = channel
        self.live: dict[Peer, None] = {}
        self.behind: dict[Peer, int] = {}
        self.sheds = 0  # how often its frames were let go of
        self.told, self.beats = seq, 0  # the head at the last beat, and for how many more it is news
        self._begin(seq, key)

    def _begin(self, seq: int, key: str) -> None:
        self.head = seq
        self._keys: deque[str] = deque([key])  # of the entry before the first frame, and of each frame
        self._frames: deque[Frame] = deque()
        self.size = 0

    def add(self, entry: Published) -> None:
        """Hand the next entry to every live reader.  A repeat is dropped; over a hole everybody is pulled instead."""
        if entry.seq <= self.head:
            return
        if entry.seq > self.head + 1:
            self._skip_to(entry)
            return
        frame = encode(entry.kind, entry)
        self._keep(entry, frame)
        for peer in spread(list(self.live), frame):
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
        """Somebody else wrote what lies between; it is in the log, and so is this entry."""
        before = self.head
        self._begin(entry.seq, entry.key)
        for peer in list(self.live):
            self._fall_behind(peer, before)

    def _fall_behind(self, peer: Peer, sent: int) -> None:
        del self.live[peer]
        self.behind[peer] = sent
        pull(self, peer)

    def key(self, seq: int) -> str | None:
        """The key of the entry `seq`, if it is still in the ring."""
        at = seq - (self.head - len(self._frames))
        return self._keys[at] if 0 <= at < len(self._keys) else None

    def after(self, seq: int) -> list[Frame] | None:
        """The frames that come after `seq`, or None when the ring does not reach back that far."""
        first = self.head - len(self._frames)
        return list(self._frames)[seq - first:] if first <= seq <= self.head else None

    def shed(self) -> None:
        """Let go of the frames: what they say was blanked in the log, from where readers that lag get it now."""
        self._begin(self.head, self._keys[-1])
        self.sheds += 1

    def go_live(self, peer: Peer) -> None:
        """What the peer has reaches to the head: from now on it is pushed to."""
        self.behind.pop(peer, None)
        self.live[peer] = None

    def leave(self, peer: Peer) -> None:
        self.live.pop(peer, None)
        self.behind.pop(peer, None)


_tails: OrderedDict[str, Tail] = OrderedDict()
_joined: dict[Peer, set[str]] = {}
_listeners: dict[str, list[Callable[[Any], None]]] = {}
moves = 0  # counts all that was published, signalled or expelled: while it stands still, what was looked up is true


def publish(entry: Published) -> None:
    """Hand a committed entry to everybody who reads its channel here."""
    _moved()
    heal(entry)
    for listener in _listeners.get(entry.channel, ()):
        listener(entry)


def publish_each(rows: Iterable[tuple[Any, ...]], entry_of: Callable[[tuple[Any, ...]], Published]) -> None:
    """Publish those of many committed entries whose channels (first in each row) are read here; make no others."""
    _moved()
    for row in rows:
        if row[0] in _tails or row[0] in _listeners:
            publish(entry_of(row))


def _moved() -> None:
    global moves
    moves += 1


def heal(entry: Published) -> None:
    """Hand readers an entry that may have been committed without an answer, and so without its publication."""
    if tail := _tails.get(entry.channel):
        tail.add(entry)


def shed(channel: str) -> None:
    """The words of some entry of this channel were blanked: no frame may hold them any more."""
    if tail := _tails.get(channel):
        tail.shed()


def signal(channel: str, kind: str, data: object) -> None:
    """Send what is not worth keeping to the live readers of a channel; those who lag do not get it."""
    _moved()
    tail = _tails.get(channel)
    if tail is None or not tail.live:
        return
    spread(list(tail.live), encode(kind, {"channel": channel, "data": data}))


def listen(channel: str, listener: Callable[[Any], None]) -> None:
    """Call `listener` with each entry published in a channel, in order; for parts of this process."""
    _listeners.setdefault(channel, []).append(listener)


def is_open(channel: str) -> bool:
    """Whether the channel has a tail here, which hears all that is published."""
    return channel in _tails


def tail(channel: str, head: tuple[int, str]) -> Tail:
    """The channel's tail; a new one begins at `head`."""
    if channel not in _tails:
        _tails[channel] = Tail(channel, *head)
        _let_go()
    _tails.move_to_end(channel)
    return _tails[channel]


def _let_go() -> None:
    """Forget the tails longest unused that nobody reads, until the rest fits."""
    total = sum(TAIL_BYTES + tail.size for tail in _tails.values())
    for channel in [name for name, tail in _tails.items() if not (tail.live or tail.behind)][:-1]:
        if total <= TAILS_BYTES:
            return
        total -= TAIL_BYTES + _tails.pop(channel).size


def join(tail: Tail, peer: Peer, sent: int) -> None:
    """Begin to read a channel, behind: the caller pulls the peer forward from `sent`."""
    tail.leave(peer)
    tail.behind[peer] = sent
    _joined.setdefault(peer, set()).add(tail.channel)


def leave(channel: str, peer: Peer) -> None:
    """Stop reading a channel; nothing of it is sent to this peer any more."""
    _joined.get(peer, set()).discard(channel)
    if tail := _tails.get(channel):
        tail.leave(peer)


def gone(peer: Peer) -> None:
    """The connection is closed; costs only what it had joined."""
    for channel in _joined.pop(peer, ()):
        if tail := _tails.get(channel):
            tail.leave(peer)


def heard() -> list[Tail]:
    """The tails that somebody reads."""
    return [tail for tail in _tails.values() if tail.live or tail.behind]


def joined(peer: Peer) -> set[str]:
    """The channels that a connection reads here."""
    return _joined.get(peer, set())


def heard_by(person: int) -> set[str]:
    """The channels that the connections of a person read here."""
    return {channel for peer, channels in _joined.items() if peer.person == person for channel in channels}


def expel(channel: str, person: int) -> None:
    """Every connection of `person` stops reading a channel."""
    _moved()
    if tail := _tails.get(channel):
        for peer in [peer for peer in (*tail.live, *tail.behind) if peer.person == person]:
            leave(channel, peer)


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _tails.clear()
    _joined.clear()
    _listeners.clear()
