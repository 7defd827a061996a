"""How many connections a person and an address may have: the oldest are kept, and a new one too many is refused.

Accounts do not count for their address: an office behind one has more than a hundred, and each has its own bound.
"""

from collections import Counter

from hubbub import limits
from hubbub.core.access import Refused, Visitor

PERSON, ADDRESS = 20, 100
WAIT = 30.0  # seconds until another try makes sense

_counts: Counter[int | str] = Counter()
_entered: dict[str, tuple[int | str, ...]] = {}


def look(network: str, is_stranger: bool = False) -> None:
    """Refuse an address that tries too often, or a stranger who would be one guest too many, before any is made."""
    limits.take_address(limits.ARRIVAL, network)
    if is_stranger and network and _counts[network] >= ADDRESS:
        raise _refusal(f"your address has {ADDRESS} connections open")


def enter(sid: str, visitor: Visitor | None, network: str) -> None:
    """Count a connection that opens; Refused if it is one too many."""
    if not network:
        return
    person, is_account = (visitor.person, not visitor.is_guest) if visitor else (None, False)
    if not is_account and _counts[network] >= ADDRESS:
        raise _refusal(f"your address has {ADDRESS} connections open")
    if person is not None and _counts[person] >= PERSON:
        raise _refusal(f"you have {PERSON} connections open")
    counted = tuple(each for each in (person, None if is_account else network) if each is not None)
    _entered[sid] = counted
    _counts.update(counted)


def leave(sid: str) -> None:
    """A connection closed; one that was never counted changes nothing."""
    if counted := _entered.pop(sid, None):
        for each in counted:
            _counts[each] -= 1
            if not _counts[each]:
                del _counts[each]


def _refusal(words: str) -> Refused:
    return Refused(f"{words}: close one, or wait a little", "too_fast", retry_after=WAIT)


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _counts.clear()
    _entered.clear()
