"""Reading channels live: what comes after the cursor first, then every entry as it commits; in order, once."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import gevent
from gevent import spawn_raw
from gevent.event import AsyncResult

from hubbub.core import access, db, hub, log, windows
from hubbub.core.access import Refused
from hubbub.core.hub import Frame, Peer, Tail
from hubbub.core.log import START, Cursor

FAR = 1000  # entries; further behind, the newest window is cheaper than the history
PATIENCE = 60.0  # seconds a peer may take nothing before it is no longer pulled; it resumes by cursor
KEPT = 64  # pages and windows, each at most about 128 KB, kept for others who come back from the same place
BEATS = 3  # how often a head is told after it moved
SLICE = 200  # channels or connections between two turns of the loop


def follow(peer: Peer, channel: str, cursor: Cursor) -> int:
    """Queue what comes after `cursor` and then hear the channel live; returns the head that this reaches to.

    A cursor too far behind, or of another history (a restored backup), gets `reset` with the newest window first.
    """
    answer = resume(peer, {channel: cursor})[channel]
    if isinstance(answer, Refused):
        raise answer
    return answer


def resume(peer: Peer, cursors: Mapping[str, Cursor]) -> dict[str, int | Refused]:
    """Follow many channels at once; each is answered with its head or why not.

    Costs two looks at the database, for rights and for heads that are not known here, however many channels they are;
    who comes back from the same place as somebody before costs nothing more.  If anything was published, or anybody
    shown out, while we looked, both are asked again, so whoever is removed meanwhile is refused here or expelled.
    """
    moves = hub.moves
    allowed = access.allowed(db, peer.person, cursors, "read")
    _join(peer, cursors, allowed)
    if hub.moves != moves:
        allowed = _look_again(peer, cursors, allowed)
    answers: dict[str, int | Refused] = dict.fromkeys(cursors, access.absent())
    for channel in allowed:
        answers[channel] = _begin(hub.tail(channel, START), peer, cursors[channel])
    return answers


def _join(peer: Peer, cursors: Mapping[str, Cursor], channels: list[str]) -> None:
    closed = []
    for channel in channels:
        if hub.is_open(channel):
            hub.join(hub.tail(channel, START), peer, cursors[channel].seq)
        else:
            closed.append(channel)
    heads = log.heads(db, closed)
    for channel in closed:
        hub.join(hub.tail(channel, heads.get(channel, START)), peer, cursors[channel].seq)


def _look_again(peer: Peer, cursors: Mapping[str, Cursor], channels: list[str]) -> list[str]:
    """What was published while a head was read went unheard; who was shown out meanwhile was not there to expel."""
    for channel, head in log.heads(db, channels).items():
        _advance(hub.tail(channel, head), head.seq)
    still = access.allowed(db, peer.person, channels, "read")
    for channel in set(channels) - set(still):
        hub.leave(channel, peer)
    return still


def _begin(tail: Tail, peer: Peer, cursor: Cursor) -> int:
    if cursor.seq > tail.head:
        _advance(tail, cursor.seq)
    if not _holds(tail, cursor):
        _reset(tail, peer)
    _pull(tail, peer)
    return tail.head


def leave(peer: Peer, channel: str) -> None:
    """Stop hearing a channel."""
    hub.leave(channel, peer)


def recheck(person: int) -> None:
    """Soon, every connection of a person stops hearing what they may not read any more: some rights rest on others."""
    spawn_raw(_recheck, person)


def _recheck(person: int) -> None:
    for channel in hub.heard_by(person):
        if not access.allows(db, person, channel, "read"):
            hub.expel(channel, person)


def beat() -> None:
    """Tell every connection the heads that moved lately in what it reads; first, hear of what others wrote.

    An entry that was lost, or written by another process, is so noticed though no other comes after it.
    """
    tails = hub.heard()
    for some in _slices(tails):
        for channel, head in log.heads(db, [tail.channel for tail in some]).items():
            _advance(hub.tail(channel, head), head.seq)
    news: dict[Peer, list[Tail]] = {}
    for tail in tails:
        tail.beats = BEATS if tail.head != tail.told else max(0, tail.beats - 1)
        tail.told = tail.head
        for peer in tail.live if tail.beats else ():
            news.setdefault(peer, []).append(tail)
    frames: dict[tuple[tuple[str, int], ...], Frame] = {}
    for peers in _slices(list(news)):
        for peer in peers:
            heads = {tail.channel: tail.head for tail in news[peer] if peer in tail.live}
            told = tuple(heads.items())
            if told not in frames:
                frames[told] = hub.encode("heads", {"heads": heads})
            peer.send(frames[told])


def _slices(things: list[Any]) -> Iterable[list[Any]]:
    """Parts of a long list, with a turn for everybody else between them."""
    for at in range(0, len(things), SLICE):
        yield things[at:at + SLICE]
        gevent.sleep(0)


def _advance(tail: Tail, seq: int) -> None:
    """What is ahead of us was written by another process: read on to there, for only the log can say that it forked."""
    while tail.head < seq and (page := log.read(db, tail.channel, tail.head)):
        for entry in page:
            tail.add(entry)


def _holds(tail: Tail, cursor: Cursor) -> bool:
    if cursor.seq > tail.head:
        return False
    known = tail.key(cursor.seq)
    if known is not None:
        return known == cursor.key
    return bool(_once(tail, f"holds {cursor.key}", cursor.seq, lambda: log.holds(db, tail.channel, cursor)))


def _pull(tail: Tail, peer: Peer) -> None:
    """Bring a peer that is behind up to the head, and switch it to live in the same step."""
    while (sent := tail.behind.get(peer)) is not None:
        frames = tail.after(sent)
        if frames is not None:
            for frame in frames:
                peer.send(frame)
            tail.go_live(peer)
        elif tail.head - sent > FAR:
            _reset(tail, peer)
        else:
            _page(tail, peer, sent)
        if peer in tail.behind and peer.full and not peer.drained(PATIENCE):
            _give_up(tail, peer)


_made: "OrderedDict[tuple[Tail, int, str, int], AsyncResult[Any]]" = OrderedDict()


def _once(tail: Tail, what: str, at: int, make: Callable[[], Any]) -> Any:
    """What `make` makes of a channel, made once however many want it; never of before words in it were blanked."""
    place = tail, tail.sheds, what, at
    if place in _made:
        _made.move_to_end(place)
        return _made[place].get()
    made = _made[place] = AsyncResult()
    try:
        made.set(make())
    except BaseException as error:
        _made.pop(place, None)
        made.set_exception(error)
    while len(_made) > KEPT:
        _made.popitem(last=False)
    return made.get()


def _page(tail: Tail, peer: Peer, sent: int) -> None:
    page = _once(tail, "after", sent, lambda: _read(tail.channel, sent))
    if tail.behind.get(peer) != sent:
        return  # it left, or began anew, while the page was read
    for seq, frame in page:
        if seq <= tail.head:  # what is committed but not yet published comes with its publication
            peer.send(frame)
            tail.behind[peer] = seq


def _read(channel: str, sent: int) -> list[tuple[int, Frame]]:
    page = log.read(db, channel, sent)
    if not page:
        raise RuntimeError(f"{channel} was published beyond {sent}, but its log ends there")
    return [(entry.seq, hub.encode(entry.kind, entry)) for entry in page]


def _reset(tail: Tail, peer: Peer) -> None:
    """What the peer has of this channel is void: it goes on from the newest window."""
    published = tail.head
    seq, frame = _once(tail, f"window at {hub.moves}", published, lambda: _window(tail.channel))
    if seq < published:  # the database was put back underneath: no reset would ever reach the head
        raise RuntimeError(f"{tail.channel} was published up to {published}, but its log ends at {seq}")
    _advance(tail, seq)
    if peer in tail.behind:
        peer.send(frame)
        tail.behind[peer] = seq


def _window(channel: str) -> tuple[int, Frame]:
    window = windows.newest(channel)
    return window["as_of"][0], hub.encode("reset", window)


def _pull_aside(tail: Tail, peer: Peer) -> None:
    """A live reader that fell behind is pulled forward as soon as it has taken what was queued."""
    if peer.drained(PATIENCE):
        _pull(tail, peer)
    else:
        _give_up(tail, peer)


def _give_up(tail: Tail, peer: Peer) -> None:
    """Who takes nothing is cut off: an open connection that is not told anything any more would never notice."""
    hub.leave(tail.channel, peer)
    peer.close()


def _pull_soon(tail: Tail, peer: Peer) -> None:
    spawn_raw(_pull_aside, tail, peer)


hub.pull = _pull_soon
