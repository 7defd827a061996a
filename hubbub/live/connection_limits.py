"""How many sockets a person and an address may have open; existing ones stay, and one too many is refused.

Accounts do not count for their address: an office shares one address and has more than a hundred people, each with a
limit of their own.
"""

from collections import Counter
from typing import Any

from hubbub import limits
from hubbub.core import node
from hubbub.core.access import Refused, Visitor

PER_PERSON, PER_ADDRESS = 20, 100
RETRY_AFTER = 30.0  # seconds


COUNTED = "hubbub.counted"  # in the environ of a socket: what it counts for, None once it is closed


class OpenConnections:
    """The numbers of open connections in this node."""

    def __init__(self) -> None:
        self.counts: Counter[int | str] = Counter()  # by person and by address


state = node.state(OpenConnections)


def check(network: str, is_stranger: bool = False) -> None:
    """Refuse an address that tries too often, or a stranger beyond its limit, before a guest is created."""
    limits.take_address(limits.CONNECT, network)
    if is_stranger and network and state().counts[network] >= PER_ADDRESS:
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
    if not is_account and network not in counted and counts[network] >= PER_ADDRESS:
        raise _refusal("error.address_connections", PER_ADDRESS)
    if person is not None and person not in counted and counts[person] >= PER_PERSON:
        raise _refusal("error.person_connections", PER_PERSON)
    new = {each for each in (person, None if is_account else network) if each is not None} - counted
    counted |= new
    counts.update(new)


def release(environ: dict[str, Any]) -> None:
    """Stop counting a socket that closed."""
    counts = state().counts
    for each in environ.get(COUNTED) or ():
        counts[each] -= 1
        if not counts[each]:
            del counts[each]
    environ[COUNTED] = None


def _refusal(id: str, limit: int) -> Refused:
    return Refused(id, "too_fast", limit=limit, retry_after=RETRY_AFTER)
