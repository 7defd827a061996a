"""Reading a channel live: what comes after the cursor first, then every entry as it commits; in order, once."""

from gevent import spawn_raw

from hubbub.core import access, db, hub, log, windows
from hubbub.core.hub import Peer, Tail
from hubbub.core.log import START, Cursor

FAR = 1000  # entries; further behind, the newest window is cheaper than the history
PATIENCE = 60.0  # seconds a peer may take nothing before it is no longer pulled; it resumes by cursor


def follow(peer: Peer, channel: str, cursor: Cursor) -> int:
    """Queue what comes after `cursor` and then hear the channel live; returns the head that this reaches to.

    A cursor too far behind, or of another history (a restored backup), gets `reset` with the newest window first.
    The right to read is asked again after joining: whoever is removed meanwhile is either refused here or expelled.
    """
    access.check(db, peer.person, channel, "read")
    is_new = not hub.is_open(channel)
    tail = hub.tail(channel, log.head(db, channel) if is_new else START)
    hub.join(tail, peer, cursor.seq)
    try:
        access.check(db, peer.person, channel, "read")
    except access.Refused:
        hub.leave(channel, peer)
        raise
    if is_new:  # what was published while its head was read went unheard
        _advance(tail, log.head(db, channel).seq)
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


def _advance(tail: Tail, seq: int) -> None:
    """A cursor ahead of us comes from another process: read on to there, for only the log can say that it forked."""
    while tail.head < seq and (page := log.read(db, tail.channel, tail.head)):
        for entry in page:
            tail.add(entry)


def _holds(tail: Tail, cursor: Cursor) -> bool:
    if cursor.seq > tail.head:
        return False
    known = tail.key(cursor.seq)
    return known == cursor.key if known is not None else log.holds(db, tail.channel, cursor)


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


def _page(tail: Tail, peer: Peer, sent: int) -> None:
    page = log.read(db, tail.channel, sent)
    if tail.behind.get(peer) != sent:
        return  # it left, or began anew, while the page was read
    if not page:
        raise RuntimeError(f"{tail.channel} was published up to {tail.head}, but its log ends at {sent}")
    for entry in page:
        if entry.seq <= tail.head:  # what is committed but not yet published comes with its publication
            peer.send(hub.encode(entry.kind, entry))
            tail.behind[peer] = entry.seq


def _reset(tail: Tail, peer: Peer) -> None:
    """What the peer has of this channel is void: it goes on from the newest window."""
    published = tail.head
    window = windows.newest(tail.channel)
    seq, _ = window["as_of"]
    if seq < published:  # the database was put back underneath: no reset would ever reach the head
        raise RuntimeError(f"{tail.channel} was published up to {published}, but its log ends at {seq}")
    _advance(tail, seq)
    if peer in tail.behind:
        peer.send(hub.encode("reset", window))
        tail.behind[peer] = seq


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
