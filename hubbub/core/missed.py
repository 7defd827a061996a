"""What other nodes wrote: used as it arrives where it follows the head of a tail, and otherwise read in the log.

A tail may lack entries because a message was lost or overtaken, came without its entry, or was not to be trusted: over
a hole, of another history, or from before an entry was blanked.
"""

import logging

import msgspec
from gevent.lock import BoundedSemaphore

from hubbub.core import access, bus, db, follow, hub, log, node
from hubbub.core.access import Refused
from hubbub.core.tail import Peer, Published, Tail

OVERTAKEN = 0.02  # seconds in which an entry may still arrive that a later one has overtaken
READS = 4  # channels that are read at the same time
RETRY = 1.0  # seconds between attempts to read the log while the database is busy

logger = logging.getLogger(__name__)
reading = node.state(lambda: BoundedSemaphore(READS))


@bus.on(bus.Published)
def _receive_published(message: bus.Published) -> None:
    tail = hub.open_tail(message.channel)
    if tail is None:
        return
    if isinstance(message.entry, msgspec.UnsetType) or message.seq <= max(tail.head, tail.blanked):
        tail.expect(message.seq, message.key)
    else:
        tail.add(msgspec.json.decode(message.entry, type=log.Entry), message.before)


@hub.on_hole
def _fill_soon(tail: Tail) -> None:
    if not tail.is_filling:
        tail.is_filling = True
        node.spawn(_fill, tail)


def _fill(tail: Tail) -> None:
    """Read what a tail lacks, after a moment in which it may still arrive; try until the database answers."""
    try:
        if tail.waiting:
            node.sleep(OVERTAKEN)
        while tail.has_hole and hub.open_tail(tail.channel) is tail:
            try:
                with reading():
                    _read(tail)
            except Refused as error:
                logger.warning("could not read what other nodes wrote, so trying again: %s", error)
                node.sleep(RETRY)
    finally:
        tail.is_filling = False


def _read(tail: Tail) -> None:
    if tail.expected > tail.head + 1:
        tail.evict_frames()  # a message was lost, perhaps the one that an entry was blanked
    if not tail.is_forked:
        follow.advance(tail, tail.expected)
    if tail.is_forked:
        _restart(tail)
    elif tail.head < tail.expected:
        tail.expected = tail.head  # the database failed over to an earlier state, and the log ends here


def _restart(tail: Tail) -> None:
    """Replace what the readers of a channel have: the database failed over to an earlier state, and went on from it."""
    logger.warning("%s has another history now, which its readers get instead", tail.channel)
    tail.restart(*log.head(db, tail.channel))
    tail.evict_frames()
    for peer in (*tail.live, *tail.behind):
        hub.join(tail, peer, 0)
        node.spawn(_replace, tail, peer)


def _replace(tail: Tail, peer: Peer) -> None:
    while peer in tail.behind:
        try:
            with reading():
                follow.reset(tail, peer)
            follow.pull(tail, peer)
        except Refused as error:
            logger.warning("could not read what other nodes wrote, so trying again: %s", error)
            node.sleep(RETRY)


def renew_after_gap(kind: str) -> None:
    """Have the readers of this kind of channel get its newest window again after a gap: signals are never repeated."""
    _renewed.add(kind)


_renewed: set[str] = set()


@bus.on_gap
def _renew(topic: str) -> None:
    tail = hub.open_tail(topic)
    if tail is None or topic.partition(":")[0] not in _renewed:
        return
    if tail.is_subscribed:  # the first report only says so, and its readers have just got their window
        for peer in list(tail.live):
            hub.join(tail, peer, 0)
            node.spawn(_replace, tail, peer)
    tail.is_subscribed = True


@hub.on_removal
def _readmit_soon(tail: Tail, peers: dict[Peer, int], removal: Published) -> None:
    node.spawn(_readmit, tail, peers, removal)


def _readmit(tail: Tail, peers: dict[Peer, int], removal: Published) -> None:
    """Serve readers again who were added again after their removal: they may have joined before this node read it."""
    try:
        is_undone = hub.is_undone(removal, log.read(db, tail.channel, removal.seq))
        may_read = is_undone and access.allowed(db, removal.data["person"], [tail.channel], "read")
    except Refused:  # they resume when the database answers
        for peer in peers:
            peer.close()
        return
    for peer, sent in peers.items() if may_read and hub.open_tail(tail.channel) is tail else ():
        if hub.is_connected(peer) and tail.channel not in hub.channels_of(peer):
            hub.join(tail, peer, sent)
            follow.pull(tail, peer)


class Gaps:
    """The channels of which messages from other nodes may be missing, until their heads are read."""

    def __init__(self) -> None:
        self.channels: set[str] = set()


gaps = node.state(Gaps)


@bus.on_gap
def _note_gap(topic: str) -> None:
    if tail := hub.open_tail(topic):
        tail.evict_frames()
        if not gaps().channels:
            node.spawn(_close_gaps)
        gaps().channels.add(topic)


def _close_gaps() -> None:
    """Read the heads of channels of which messages may be missing; try until the database answers."""
    while channels := gaps().channels:
        tails = [tail for channel in channels if (tail := hub.open_tail(channel))]
        channels.clear()
        try:
            follow.catch_up(tails)
        except Refused as error:
            logger.warning("could not read what other nodes wrote, so trying again: %s", error)
            channels.update(tail.channel for tail in tails)
            node.sleep(RETRY)
        except Exception:
            logger.exception("could not read what other nodes wrote; the next heartbeat tries again")
