"""How many connections a person and an address may have: the oldest are kept, and a new one too many is refused."""

from collections import Counter

from hubbub import limits
from hubbub.core.access import Refused

PERSON, ADDRESS = 20, 100
WAIT = 30.0  # seconds until another try makes sense

_counts: Counter[int | str] = Counter()
_entered: dict[str, tuple[int | None, str]] = {}


def look(network: str) -> None:
    """Refuse an address that has too many open, or tries too often, before anybody is looked up."""
    limits.take_address(limits.ARRIVAL, network)
    if network and _counts[network] >= ADDRESS:
        raise _refusal(f"your address has {ADDRESS} connections open")


def enter(sid: str, person: int | None, network: str) -> None:
    """Count a connection that opens; Refused if it is one too many."""
    if not network:
        return
    if _counts[network] >= ADDRESS:
        raise _refusal(f"your address has {ADDRESS} connections open")
    if person is not None and _counts[person] >= PERSON:
        raise _refusal(f"you have {PERSON} connections open")
    _entered[sid] = person, network
    _counts.update(_counted(person, network))


def leave(sid: str) -> None:
    """A connection closed; one that was never counted changes nothing."""
    if counted := _entered.pop(sid, None):
        for each in _counted(*counted):
            _counts[each] -= 1
            if not _counts[each]:
                del _counts[each]


def _counted(person: int | None, network: str) -> tuple[int | str, ...]:
    return (network,) if person is None else (person, network)


def _refusal(words: str) -> Refused:
    return Refused(f"{words}: close one, or wait a little", "too_fast", retry_after=WAIT)


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _counts.clear()
    _entered.clear()
