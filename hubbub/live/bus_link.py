"""This node's link to the bus: opened as the settings say, and replaced by polling the database while it is away."""

import logging
from functools import partial

from flask_fanout.bus import connect

from hubbub.core import bus, db, follow, hub, metrics, missed, node, rights  # noqa: F401  (missed)
from hubbub.core.access import Refused

BEAT = 1.0  # seconds between two messages that say which changes of rights this node knows
POLL = 0.25  # seconds between two readings of the heads while the bus is away

logger = logging.getLogger(__name__)
polls = metrics.counter("hubbub_bus_polls_total", "Readings of the database in place of a bus that is away.")


class Link:
    """When this node sent its last beat, and since when the bus is away."""

    def __init__(self) -> None:
        self.sent = float("-inf")
        self.away_since: float | None = None


state = node.state(Link)


def start() -> None:
    """Connect this node to the others: by the bus of HUBBUB_BUS_URL, else by PostgreSQL; on SQLite it is alone."""
    here = node.current()
    rights.start()
    url = here.config.bus_url or here.config.database_url
    if here.bus is None and url and here.config.database_url:
        bus.state().prefix = f"{rights.installation()}/"
        here.bus = _connect(url)
    if here.bus is not None:
        bus.subscribe(bus.EVERY_NODE)
        here.on_close(_close)
        watching = node.spawn(_watch)
        here.on_close(lambda: watching.kill(block=False))


def _connect(url: str) -> node.Bus:
    run = node.current().run
    try:
        return connect(url, receive=partial(run, bus.receive), on_gap=partial(run, bus.report_gap))
    except ModuleNotFoundError:
        raise db.Unusable("HUBBUB_BUS_URL needs one more package: pip install 'hubbub[valkey]'") from None


def _close() -> None:
    bus.flush()
    if (link := node.current().bus) is not None:
        link.close()


def _watch() -> None:
    while True:
        check()
        node.sleep(POLL)


def check() -> None:
    """Send a beat every second; while the bus is away, read what the other nodes wrote."""
    link, now = state(), node.monotonic()
    if bus.is_up():
        link.away_since = None
        if now - link.sent >= BEAT:
            link.sent = now
            bus.send(rights.Changed(rights.state().seq))
        return
    if link.away_since is None:
        link.away_since = now
    polls().value += 1
    try:
        rights.catch_up()
        follow.catch_up(list(hub.state().tails.values()))
    except Refused as error:
        logger.warning("could not read what other nodes wrote, so trying again: %s", error)


def away() -> float:
    """Return for how many seconds the bus has been away; 0 if it is there, or not needed."""
    since = state().away_since
    return 0.0 if since is None else node.monotonic() - since


metrics.gauge("hubbub_bus_up", "1 if messages of other nodes arrive, 0 while the database is polled instead.",
              lambda: int(bus.is_up()))
