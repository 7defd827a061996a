"""The newest values at this node, as the database has them: at its start, and where the bus lost those of others."""

import logging

import msgspec

from hubbub.core import bus, db, latest, node
from hubbub.core.access import Reads, Refused
from hubbub.core.latest import Age
from hubbub.feeds import model

INTERVAL = 2.0  # seconds between two reads of what other nodes stored

logger = logging.getLogger(__name__)


class Loaded:
    """The age of each feed when this node last loaded its values."""

    def __init__(self) -> None:
        self.ages: dict[str, Age] = {}


state = node.state(Loaded)


def start() -> None:
    """Load all values, and from now on what other nodes store."""
    state.forget()
    load()
    reading = node.spawn(_load_regularly)
    node.current().on_close(lambda: reading.kill(block=False))


def _load_regularly() -> None:
    while True:
        node.sleep(INTERVAL)
        if not bus.is_alone():
            _try_to_load()


@bus.on_gap
def _load_after_gap(topic: str) -> None:
    if topic == latest.TOPIC:
        node.spawn(_try_to_load)


def _try_to_load() -> None:
    try:
        load()
    except Refused as refusal:
        logger.warning("the values of other nodes could not be read: %s", refusal.message)
    except Exception:
        logger.exception("the values of other nodes could not be read")


def load() -> None:
    """Load the values of the feeds that have changed since the last call."""
    loaded = state()
    with db.snapshot() as reads:
        ages: dict[str, Age] = {name: (since, n) for name, since, n in reads.execute("select name, since, n from feed")}
        if _begun(ages) != _begun(loaded.ages):  # a feed was deleted, perhaps
            latest.keep(name for name, in reads.execute("select name from symbol"))
        for feed, age in ages.items():
            before = loaded.ages.get(feed, (0.0, 0))
            if age != before:
                _load_feed(reads, feed, age, before[1] if before[0] == age[0] else -1)
    loaded.ages = ages


def _begun(ages: dict[str, Age]) -> dict[str, float]:
    return {feed: since for feed, (since, _) in ages.items()}


def _load_feed(reads: Reads, feed: str, age: Age, after: int) -> None:
    for symbol in model.changed(reads, feed, after):
        if symbol.quote is not None:
            latest.load(symbol.name, msgspec.to_builtins(symbol.quote), age)
