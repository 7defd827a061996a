"""How many connections a person and an address may have open; existing ones stay, and one too many is refused.

Accounts do not count for their address: an office shares one address and has more than a hundred people, each with a
limit of their own.
"""

from collections import Counter

from hubbub import limits
from hubbub.core import node
from hubbub.core.access import Refused, Visitor

PER_PERSON, PER_ADDRESS = 20, 100
RETRY_AFTER = 30.0  # seconds


class OpenConnections:
    """The numbers of open connections in this node."""

    def __init__(self) -> None:
        self.counts: Counter[int | str] = Counter()  # by person and by address
        self.counted: dict[str, tuple[int | str, ...]] = {}  # by session id


state = node.state(OpenConnections)


def check(network: str, is_stranger: bool = False) -> None:
    """Refuse an address that tries too often, or a stranger beyond its limit, before a guest is created."""
    limits.take_address(limits.CONNECT, network)
    if is_stranger and network and state().counts[network] >= PER_ADDRESS:
        raise _refusal("error.address_connections", PER_ADDRESS)


def acquire(sid: str, visitor: Visitor | None, network: str) -> None:
    """Count a connection that opens; Refused if it is one too many."""
    if not network:
        return
    counts = state().counts
    person, is_account = (visitor.person, not visitor.is_guest) if visitor else (None, False)
    if not is_account and counts[network] >= PER_ADDRESS:
        raise _refusal("error.address_connections", PER_ADDRESS)
    if person is not None and counts[person] >= PER_PERSON:
        raise _refusal("error.person_connections", PER_PERSON)
    counted = tuple(each for each in (person, None if is_account else network) if each is not None)
    state().counted[sid] = counted
    counts.update(counted)


def release(sid: str) -> None:
    """Stop counting a connection that closed; does nothing for one that was never counted."""
    counts = state().counts
    for each in state().counted.pop(sid, ()):
        counts[each] -= 1
        if not counts[each]:
            del counts[each]


def _refusal(id: str, limit: int) -> Refused:
    return Refused(id, "too_fast", limit=limit, retry_after=RETRY_AFTER)
