"""Live reading of channels: first what comes after the cursor, then every entry as it commits; in order, once."""

import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from gevent.event import AsyncResult

from hubbub.core import access, bus, db, hub, log, node, rights, windows
from hubbub.core.access import Refused
from hubbub.core.log import START, Cursor
from hubbub.core.tail import Frame, Peer, Tail

FAR = 1000  # entries; further behind than this, the newest window is cheaper than the history
STALLED = 60.0  # seconds without progress after which a peer is disconnected; it resumes by cursor
CACHED = 64  # pages and windows, each at most about 128 KB, kept for clients that resume from the same place
ANNOUNCEMENTS = 3  # how often a head is announced after it moved
BATCH = 200  # channels or connections handled before other greenlets get a turn
RECHECKS = 0.1, 0.2, 0.4, 0.8  # seconds between attempts to check rights while the database is busy

logger = logging.getLogger(__name__)


def follow(peer: Peer, channel: str, cursor: Cursor) -> int:
    """Queue what comes after `cursor`, then push the channel live; return the head reached so far.

    A cursor too far behind, or from another history (a restored backup), gets `reset` with the newest window first.
    """
    answer = resume(peer, {channel: cursor})[channel]
    if isinstance(answer, Refused):
        raise answer
    return answer


def resume(peer: Peer, cursors: Mapping[str, Cursor]) -> dict[str, int | Refused]:
    """Follow many channels at once; return the head reached in each, or why it was refused.

    However many channels there are, this costs two queries: the heads that this node does not know, and rights.  A
    removal is thus refused here, or is an entry after the head, which expels the person as it passes.  Clients that
    come back from the same place share everything else.  If anything was published or anyone expelled meanwhile, both
    are queried again.
    """
    version = hub.state().version
    heads = log.heads(db, [channel for channel in cursors if not hub.open_tail(channel)])
    allowed = access.allowed(db, peer.person, cursors, "read")
    for channel in allowed:
        hub.join(hub.tail(channel, heads.get(channel, START)), peer, cursors[channel].seq)
    if hub.state().version != version:
        allowed = _verify(peer, allowed)
    answers: dict[str, int | Refused] = dict.fromkeys(cursors, access.not_found())
    for channel in allowed:
        answers[channel] = _begin(hub.tail(channel, START), peer, cursors[channel])
    return answers


def _verify(peer: Peer, channels: list[str]) -> list[str]:
    """Query heads and rights again: the peer missed what was published, and any expulsion, before it had joined."""
    still: list[str] = []
    try:
        for channel, head in log.heads(db, channels).items():
            advance(hub.tail(channel, head), head.seq)
        still = access.allowed(db, peer.person, channels, "read")
    finally:
        for channel in set(channels) - set(still):
            hub.leave(channel, peer)
    return still


def _begin(tail: Tail, peer: Peer, cursor: Cursor) -> int:
    if cursor.seq > tail.head:
        advance(tail, cursor.seq)
    if not _holds(tail, cursor):
        reset(tail, peer)
    pull(tail, peer)
    return tail.head


def listen(channel: str, listener: Callable[[log.Entry], None]) -> None:
    """Call `listener` with every later entry of a channel, of any node, in order and once."""
    tail = hub.tail(channel, log.head(db, channel))
    tail.listeners.append(listener)
    catch_up([tail])


def leave(peer: Peer, channel: str) -> None:
    """Stop reading a channel."""
    hub.leave(channel, peer)


def recheck(tx: db.Transaction, person: int) -> None:
    """Stop every connection of a person, at every node, from reading what they may not read after `tx`."""
    rights.announce(tx, bus.RightsChanged(person))


@bus.on(bus.RightsChanged)
def _recheck_soon(message: bus.RightsChanged) -> None:
    node.spawn(_recheck, message.person)


def _recheck(person: int) -> None:
    """Expel a person from what they may not read; from everything if the database stays unreachable."""
    allowed: set[str] = set()
    for wait in (*RECHECKS, 0.0):
        channels = hub.channels_read_by(person)
        try:
            allowed = set(access.allowed(db, person, channels, "read"))
            break
        except Exception as error:
            logger.warning("could not check which channels person %d may read, so trying again: %s", person, error)
            node.sleep(wait)
    for channel in channels - allowed:
        hub.expel(channel, person)


def catch_up(tails: list[Tail]) -> None:
    """Have tails read what other nodes wrote: one query for the heads of many, and one for those that moved."""
    for some in _batches(tails):
        heads = log.heads(db, [tail.channel for tail in some])
        moved = [tail for tail in some if tail.channel in heads and heads[tail.channel].seq > tail.head]
        for tail in moved if not bus.is_alone() else ():
            tail.evict_frames()  # a message was lost, perhaps one that an entry was blanked
        for entry in log.ends(db, [tail.channel for tail in moved]):
            if (open_tail := hub.open_tail(entry.channel)) and entry.seq == open_tail.head + 1:
                open_tail.add(entry)
            elif open_tail:
                open_tail.expect(entry.seq, entry.key)
        for tail in some:
            tail.expect(*heads.get(tail.channel, START))


def heartbeat() -> None:
    """Read what other nodes wrote, then send every connection the heads that moved lately in what it reads.

    So an entry that was lost on the way is noticed even if no other follows it.
    """
    hub.drop_idle()
    tails = hub.active_tails()
    catch_up(tails)
    moved: dict[Peer, list[Tail]] = {}
    for tail in tails:
        tail.announcements_left = ANNOUNCEMENTS if tail.head != tail.announced else max(0, tail.announcements_left - 1)
        tail.announced = tail.head
        for peer in tail.live if tail.announcements_left else ():
            moved.setdefault(peer, []).append(tail)
    frames: dict[tuple[tuple[str, int], ...], Frame] = {}
    for peers in _batches(list(moved)):
        for peer in peers:
            heads = tuple((tail.channel, tail.head) for tail in moved[peer] if peer in tail.live)
            if heads not in frames:
                frames[heads] = hub.encode("heads", {"heads": dict(heads)})
            peer.send(frames[heads])


def _batches(items: list[Any]) -> Iterable[list[Any]]:
    """Yield parts of a long list, and let other greenlets run between them."""
    for at in range(0, len(items), BATCH):
        if at:
            node.sleep(0)
        yield items[at:at + BATCH]


def advance(tail: Tail, seq: int) -> None:
    """Read the log up to `seq`, which another node wrote; it must go on from the entry at the head."""
    while tail.head < seq:
        head, key = tail.head, tail.key(tail.head)
        page = log.read(db, tail.channel, max(head - 1, 0))
        if head and (not page or (page[0].seq, page[0].key) != (head, key)):
            tail.fork()
            return
        page = page if not head else page[1:] or log.read(db, tail.channel, head)
        for entry in page:
            tail.add(entry)
        if not page:
            return


def _holds(tail: Tail, cursor: Cursor) -> bool:
    if cursor.seq > tail.head:
        return False
    key = tail.key(cursor.seq)
    if key is not None:
        return key == cursor.key
    is_held: bool = _shared(tail, f"holds {cursor.key}", cursor.seq, lambda: log.holds(db, tail.channel, cursor))
    return is_held


def pull(tail: Tail, peer: Peer) -> None:
    """Bring a peer that is behind up to the head, and switch it to live in the same step."""
    while (sent := tail.behind.get(peer)) is not None:
        frames = tail.after(sent)
        if frames is not None:
            for frame in frames:
                peer.send(frame)
            tail.go_live(peer)
        elif tail.head - sent > FAR:
            reset(tail, peer)
        else:
            _send_page(tail, peer, sent)
        if peer in tail.behind and peer.full and not peer.drained(STALLED):
            _disconnect(tail, peer)


class Cache:
    """Pages and windows that were read for one client, kept for others that resume from the same place."""

    def __init__(self) -> None:
        self.results: OrderedDict[tuple[object, ...], AsyncResult[Any]] = OrderedDict()


cache = node.state(Cache)


def _shared(tail: Tail, what: str, at: int, make: Callable[[], Any],
            is_current: Callable[[Any], bool] = lambda result: True) -> Any:
    """Return what `make` returns, made once for all clients; never from before an entry of the channel was blanked."""
    results = cache().results
    place = tail, tail.evictions, what, at
    if place in results:
        results.move_to_end(place)
        if is_current(result := results[place].get()):
            return result
    made = results[place] = AsyncResult()
    try:
        made.set(make())
    except BaseException as error:
        results.pop(place, None)
        made.set_exception(error)
    while len(results) > CACHED:
        results.popitem(last=False)
    return made.get()


def _send_page(tail: Tail, peer: Peer, sent: int) -> None:
    page = _shared(tail, "after", sent, lambda: _read_page(tail.channel, sent))
    if tail.behind.get(peer) != sent:
        return  # it left, or started again, while the page was read
    for seq, frame in page:
        if seq <= tail.head:  # entries that are committed but not yet published come with their publication
            peer.send(frame)
            tail.behind[peer] = seq


def _read_page(channel: str, sent: int) -> list[tuple[int, Frame]]:
    page = log.read(db, channel, sent)
    if not page:
        raise RuntimeError(f"{channel} was published beyond {sent}, but its log ends there")
    return [(entry.seq, hub.encode(entry.kind, entry)) for entry in page]


def reset(tail: Tail, peer: Peer) -> None:
    """Send the newest window in place of everything the peer has of this channel."""
    seq, frame = _newest_window(tail)
    advance(tail, seq)
    if peer in tail.behind:
        peer.send(frame)
        tail.behind[peer] = seq


def _newest_window(tail: Tail) -> tuple[int, Frame]:
    """Return the seq and frame of the newest window, or of a recent one that the ring completes.

    A window that follows from the entries of its channel stays true: the entries after it bring it up to date.
    """
    heads = [source.head if (source := hub.open_tail(name)) else None for name in windows.sources(tail.channel)]
    make = lambda: _make_window(tail)  # noqa: E731
    window: tuple[int, Frame]
    if None in heads:  # changes of a source would go unnoticed here, at other nodes for a second
        second = 0 if bus.is_alone() else int(node.monotonic())
        window = _shared(tail, f"window at {hub.state().version}, {second}", tail.head, make)
    else:
        window = _shared(tail, f"window with {heads}", 0, make, lambda window: tail.after(window[0]) is not None)
    return window


def _make_window(tail: Tail) -> tuple[int, Frame]:
    published = tail.head
    window = windows.newest(tail.channel)
    seq = window["as_of"][0]
    if seq < published:  # an older backup was restored underneath: no window would ever reach the head
        raise RuntimeError(f"{tail.channel} was published up to {published}, but its log ends at {seq}")
    return seq, hub.encode("reset", window)


@hub.on_lag
def _catch_up_soon(tail: Tail, peer: Peer) -> None:
    node.spawn(_catch_up, tail, peer)


def _catch_up(tail: Tail, peer: Peer) -> None:
    """Pull a reader that fell behind as soon as it has received what was queued."""
    if peer.drained(STALLED):
        pull(tail, peer)
    else:
        _disconnect(tail, peer)


def _disconnect(tail: Tail, peer: Peer) -> None:
    """Close a connection that makes no progress: left open without being served, its client would never notice."""
    hub.leave(tail.channel, peer)
    peer.close()
