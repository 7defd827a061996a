"""Delayed publications: each has a timer, and the node that claims it publishes with the author's rights of then."""

import logging

from hubbub.core import db, node, timers
from hubbub.core.access import Refused
from hubbub.core.timers import Timer
from hubbub.publishing import model

logger = logging.getLogger(__name__)


def publish_due(timer: Timer) -> None:
    """Publish what is due, or store why that is refused."""
    one = model.by_id(db, timer.key)
    problem = ""
    if one is not None:
        try:
            with db.transaction(f"publications:{one.author}") as tx:
                _publish(tx, timer)
            return
        except Refused as refused:
            if refused.code in ("busy", "not_saved", "too_fast"):
                raise
            problem = refused.id
            logger.info("a delayed notification was not published: %s", problem)
    with db.transaction() as tx:
        timers.finish(tx, timer)
        tx.execute("update publication set due = null, problem = :problem where id = :id", id=timer.key,
                   problem=problem)


def _publish(tx: db.Transaction, timer: Timer) -> None:
    timers.finish(tx, timer)
    one = model.by_id(tx, timer.key)
    if one is not None and one.due is not None:
        tx.execute("update publication set due = null, at = :at where id = :id", id=one.id, at=node.now())
        model.deliver(tx, one)
