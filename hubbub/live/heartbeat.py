"""The heartbeat of this node: it announces heads, and notices what other nodes wrote."""

import logging
from typing import Any

import gevent

from hubbub.core import follow, hub, node
from hubbub.live import connections, registry
from hubbub.live.connections import Connection

INTERVAL = 20.0  # seconds

logger = logging.getLogger(__name__)


class Heartbeat:
    """The greenlet of a node's heartbeat, while there are connections."""

    def __init__(self) -> None:
        self.greenlet: gevent.Greenlet[..., Any] | None = None


state = node.state(Heartbeat)


@registry.on_connect
def connected(connection: Connection) -> None:
    """Start the heartbeat with the first connection."""
    start()


def start() -> None:
    """Start the heartbeat, which ends when nothing reads a channel any more."""
    heartbeat = state()
    if not heartbeat.greenlet:
        heartbeat.greenlet = node.spawn(_run)
        node.current().on_close(_stop)


def _run() -> None:
    while hub.active_tails() or connections.state().by_sid:
        node.sleep(INTERVAL)
        try:
            follow.heartbeat()
        except Exception as problem:
            logger.warning("the heartbeat could not announce heads: %s", problem)


def _stop() -> None:
    if greenlet := state().greenlet:
        greenlet.kill()
