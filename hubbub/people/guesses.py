"""Password throttling: wrong passwords delay the next attempt, by account and by address; no account is locked.

An attempt is counted before its password is checked, so parallel attempts gain nothing; an attempt that is refused
because it came too soon is not counted.  The longest delay is a minute for an account and 15 minutes for an address.
A browser that signed in to this account before, and this machine, have counters of their own: the owner can sign in
while strangers guess.  Unknown handles are counted like existing ones.

The counters are in the database, so that an attacker gains nothing from a cluster with several nodes.
"""

import hashlib
import math
from collections.abc import Iterable
from typing import NamedTuple

from hubbub.core import db, node
from hubbub.core.access import Refused
from hubbub.limits import network

MOST = 20_000  # counters that are kept
EXPIRY = 3600.0  # seconds without an attempt after which a counter is forgotten

COUNT = """insert into guess (place, count, at) values (:key, 0, :now)
    on conflict (place) do update set place = excluded.place returning count, at"""  # locks the row


class Place(NamedTuple):
    """A counter of attempts: how many are free, and the longest delay in seconds after those."""

    name: str
    free: int
    longest: float

    @property
    def key(self) -> str:
        """Its key in the database."""
        return hashlib.sha256(self.name.encode(errors="surrogatepass")).hexdigest()


def places(handle: str, address: str, own: str = "") -> list[Place]:
    """Return the counters of an attempt; `own` names this machine, or a device of the account."""
    if own:
        return [Place(f"own {handle} {own}", 5, 60)]
    return [Place(f"account {handle}", 5, 60), Place(f"address {network(address)}", 20, 900)]


def begin(*where: Place) -> None:
    """Count an attempt; Refused with the seconds to wait if it comes too soon."""
    now = node.now()
    stored = {key: (count, at) for key, count, at in db.execute(
        "select place, count, at from guess where place = any(:keys)", keys=[place.key for place in where])}
    _check(((place, *stored.get(place.key, (0, now))) for place in where), now)  # without a lock: a flood ends here
    with db.transaction() as tx:
        counted = [(place, *tx.execute(COUNT, key=place.key, now=now)[0])
                   for place in sorted(where, key=lambda place: place.key)]
        _check(counted, now)
        for place, count, at in counted:
            tx.execute("update guess set count = :count, at = :now where place = :key",
                       key=place.key, now=now, count=_current(count, at, now) + 1)


def succeeded(*where: Place) -> None:
    """Uncount a successful attempt for its address, and reset the counter of the account."""
    with db.transaction() as tx:
        for place in sorted(where, key=lambda place: place.key):
            tx.execute("delete from guess where place = :key and (count <= 1 or :resets = 1)",
                       key=place.key, resets=int(not place.name.startswith("address")))
            tx.execute("update guess set count = count - 1 where place = :key", key=place.key)


def delete_expired() -> None:
    """Delete the counters without a recent attempt, and the oldest beyond 20,000."""
    with db.transaction() as tx:
        tx.execute("delete from guess where at < :expired or at < "
                   "(select at from guess order by at desc limit 1 offset :most)",
                   expired=node.now() - EXPIRY, most=MOST - 1)


def _check(counted: Iterable[tuple[Place, int, float]], now: float) -> None:
    """Refuse an attempt that comes too soon for one of its counters."""
    left = max(_delay(place, _current(count, at, now), at, now) for place, count, at in counted)
    if left > 0:
        raise Refused("error.too_many_attempts", "too_fast", n=math.ceil(left), retry_after=left)


def _delay(place: Place, count: int, at: float, now: float) -> float:
    beyond = count - place.free
    return min(at, now) + min(place.longest, 2.0 ** min(beyond, 20)) - now if beyond >= 0 else 0.0


def _current(count: int, at: float, now: float) -> int:
    return count if now - at < EXPIRY else 0
