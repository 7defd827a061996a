"""Leases: what must run at one node of the cluster only runs at the node that holds its lease.

A lease ends by itself unless it is renewed.  Its fence is a number that grows each time another node takes it: a node
that was away for longer than its lease finds a higher one, and stores nothing.
"""

import contextlib
from collections.abc import Iterable

from hubbub.core import cluster, db, node
from hubbub.core.access import Refused

FREE = """(:renews = 1 and consumer_lease.holder = :holder or consumer_lease.until <= :now
    or consumer_lease.until > :now + 2 * :seconds)"""  # the last where the clock was far ahead
TAKE = f"""insert into consumer_lease (name, holder, fence, until) values (:name, :holder, 1, :now + :seconds)
    on conflict (name) do update set holder = excluded.holder, until = excluded.until,
    fence = consumer_lease.fence + case when consumer_lease.holder = excluded.holder then 0 else 1 end
    where {FREE} returning fence"""


class Lost(Exception):
    """Another node has taken the lease since."""


def holder() -> str:
    """Return the name under which this node takes leases; on SQLite a restarted server is the one that had them."""
    return "server" if db.dialect() == "sqlite" else cluster.state().id


def take(name: str, seconds: float, *, renews: bool = True) -> int:
    """Take a lease for `seconds`, or with `renews` keep one that this node has; return its fence, 0 if it is taken."""
    values = {"name": name, "holder": holder(), "now": node.now(), "seconds": float(seconds), "renews": int(renews)}
    if db.execute(f"select 1 from consumer_lease where name = :name and not {FREE}", **values):
        return 0  # without waiting for the lock of the row
    with db.transaction() as tx:
        rows = tx.execute(TAKE, **values)
    return int(rows[0][0]) if rows else 0


def renew(tx: db.Transaction, name: str, fence: int, seconds: float) -> None:
    """Renew a lease within a transaction, whose commit no other node can then overtake; `Lost` if one has it."""
    if not tx.execute("update consumer_lease set until = :until where name = :name and holder = :holder "
                      "and fence = :fence returning fence",
                      name=name, holder=holder(), fence=fence, until=node.now() + seconds):
        raise Lost(f"another node runs {name} now")


def release(names: Iterable[str]) -> None:
    """Let other nodes take these leases at once, as far as this node has them."""
    with contextlib.suppress(Refused), db.transaction() as tx:  # they end by themselves, only later
        tx.execute("update consumer_lease set until = 0 where holder = :holder and name = any(:names)",
                   holder=holder(), names=list(names))
