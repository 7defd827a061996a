"""How many sockets a person and an address may have open; existing ones stay, and one too many is refused.

Accounts do not count for their address: an office shares one address and has more than a hundred people, each with a
limit of their own.

Each node shares the counts that exceed its part of the limit.  Someone whose sockets are spread evenly over the nodes
may so have up to twice as many.
"""

from collections import Counter
from typing import Any

from hubbub import limits
from hubbub.core import cluster, node
from hubbub.core.access import Refused, Visitor

PER_PERSON, PER_ADDRESS = 20, 100
RETRY_AFTER = 30.0  # seconds


many = cluster.SharedMap("connections")  # the counts of those who have many

COUNTED = "hubbub.counted"  # in the environ of a socket: what it counts for, None once it is closed


class OpenConnections:
    """The numbers of open connections in this node."""

    def __init__(self) -> None:
        self.counts: Counter[int | str] = Counter()  # by person and by address


state = node.state(OpenConnections)


def check(network: str, is_stranger: bool = False) -> None:
    """Refuse an address that tries too often, or a stranger beyond its limit, before a guest is created."""
    limits.take_address(limits.CONNECT, network)
    if is_stranger and network and _count(network) >= PER_ADDRESS:
        raise _refusal("error.address_connections", PER_ADDRESS)


def acquire(environ: dict[str, Any], visitor: Visitor | None, network: str) -> None:
    """Count a socket that enters a namespace, once for its person or address; Refused if it is one too many.

    It counts until it closes, also after it has left the namespace.
    """
    counted = environ.setdefault(COUNTED, set())
    if counted is None:
        raise Refused("error.connection_closed", "sign_in")
    if not network:
        return
    counts = state().counts
    person, is_account = (visitor.person, not visitor.is_guest) if visitor else (None, False)
    if not is_account and network not in counted and _count(network) >= PER_ADDRESS:
        raise _refusal("error.address_connections", PER_ADDRESS)
    if person is not None and person not in counted and _count(person) >= PER_PERSON:
        raise _refusal("error.person_connections", PER_PERSON)
    new = {each for each in (person, None if is_account else network) if each is not None} - counted
    counted |= new
    counts.update(new)
    _share(new)


def release(environ: dict[str, Any]) -> None:
    """Stop counting a socket that closed."""
    counts, counted = state().counts, environ.get(COUNTED) or set()
    for each in counted:
        counts[each] -= 1
        if not counts[each]:
            del counts[each]
    environ[COUNTED] = None
    _share(counted)


def _count(each: int | str) -> int:
    """Return the number of sockets of a person or address, as far as this node knows."""
    return state().counts[each] + sum(map(int, many.elsewhere(each)))


def _share(changed: set[int | str]) -> None:
    """Share the counts of those who have more than this node's part of their limit."""
    counts, nodes = state().counts, cluster.size()
    for each in changed if nodes > 1 else ():
        limit = PER_PERSON if isinstance(each, int) else PER_ADDRESS
        if counts[each] > limit / nodes:
            many.put(each, counts[each])
        else:
            many.remove(each)


def _refusal(id: str, limit: int) -> Refused:
    return Refused(id, "too_fast", limit=limit, retry_after=RETRY_AFTER)
