"""Changes of rights, on which every node acts: whatever the bus loses, no node misses one.

A change is stored in the transaction that makes it, under the next number.  The bus only wakes the other nodes, which
read the changes after the last one that they know; so they do with every heartbeat that has a higher number, after
every gap, and four times a second while the bus is away.
"""

import logging
import secrets

import msgspec
from gevent.lock import BoundedSemaphore

from hubbub.core import bus, cluster, db, node
from hubbub.core.access import Refused

KEPT = 24 * 3600.0  # seconds for which a change is stored; no node is behind for longer

logger = logging.getLogger(__name__)


class Changed(bus.Message, frozen=True):
    """There are changes of rights up to this number; None if only the database knows it."""

    seq: int | None


class Rights:
    """The number of the last change of rights that this node knows."""

    def __init__(self) -> None:
        self.seq = 0
        self.reading = BoundedSemaphore(1)


state = node.state(Rights)


def announce(tx: db.Transaction, message: bus.Message) -> None:
    """Have every node handle a message once `tx` has committed: this one at once, the others within a second."""
    now = node.now()
    tx.execute_last("update rights_change set at = :at where seq = 0", at=now)  # the lock
    tx.execute_last("insert into rights_change (seq, node, at, message) "
                    "select coalesce(max(seq), 0) + 1, cast(:node as text), cast(:at as double precision), "
                    "cast(:message as text) from rights_change", node=cluster.state().id, at=now,
                    message=msgspec.json.encode(message).decode())
    tx.execute_last("delete from rights_change where seq > 0 and at < :before and seq < "
                    "(select max(seq) from rights_change)", before=now - KEPT)
    tx.after_commit(lambda: bus.handle(message))
    tx.after_commit(_tell)


def _tell() -> None:
    """Wake the other nodes, and read the new number, which this node's next beat repeats."""
    if not bus.is_alone():
        bus.send(Changed(None))
        node.spawn(_catch_up)


def start() -> None:
    """Begin at the newest change: what is read from now on has all those before it."""
    state().seq = _newest()


def installation() -> str:
    """Return the random name of this installation, the same at all its nodes."""
    with db.transaction() as tx:
        tx.execute("update rights_change set message = :name where seq = 0 and message = ''", name=secrets.token_hex(8))
        [(name,)] = tx.execute("select message from rights_change where seq = 0")
    return str(name)


def catch_up() -> None:
    """Act on the changes that other nodes made since the last one that this node knows."""
    rights = state()
    with rights.reading:
        for seq, maker, message in db.execute("select seq, node, message from rights_change where seq > :seq "
                                              "order by seq", seq=rights.seq):
            rights.seq = seq
            if maker != cluster.state().id:
                for each in bus.decode(f"[{message}]".encode()):
                    bus.handle(each)


def _newest() -> int:
    return int(db.execute("select max(seq) from rights_change")[0][0])


@bus.on(Changed)
def _receive_changed(message: Changed) -> None:
    if message.seq is None or message.seq > state().seq:
        node.spawn(_catch_up)


@bus.on_gap
def _catch_up_after_gap(topic: str) -> None:
    if topic == bus.EVERY_NODE:
        node.spawn(_catch_up)


def _catch_up() -> None:
    try:
        catch_up()
    except Refused as error:  # with the next heartbeat
        logger.warning("could not read the changes of rights that other nodes made: %s", error)
