"""Password rules, and argon2id in native threads, so that hashing does not block the event loop.

19 MiB and two passes are OWASP's minimum for argon2id, about 11 ms a hash here.  Strangers have a thread pool and a
short queue of their own, separate from people with a known device or a sign-in: a flood of guesses exhausts only the
strangers' pool, uses bounded memory and does not delay members.  The threads run at low priority (nice 19), which
halves the loop's longest stall on two cores.  An unknown handle is compared with a hash that matches no password, so
that it takes as long as an existing one.
"""

import os
import sys
import threading
from collections.abc import Callable
from functools import cache

import argon2
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from hubbub import short_text
from hubbub.core.access import Refused

SHORTEST, LONGEST = 10, 256
THREADS = max(1, (os.cpu_count() or 2) // 2)  # hashes at a time in each of the two pools
WAITING = 32  # further ones that may wait in each

HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NO_PASSWORD = ("$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
           "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
COMMON = {
    "1234567890", "0123456789", "0987654321", "12345678910", "123456789a", "1234567891", "12345678901",
    "123123123123", "1q2w3e4r5t", "1qaz2wsx3edc", "q1w2e3r4t5", "q1w2e3r4t5y6", "qwertyuiop", "qwertyuiop123",
    "qwerty1234", "qwerty12345", "qwerty123456", "qwerty123456789", "asdfghjkl1", "asdfghjkl123", "asdfasdfasdf",
    "zxcvbnm123", "1qazxsw23edc", "zaq12wsxcde3", "abcdefghij", "abcd123456", "abc1234567", "password12",
    "password123", "password1234", "password12345", "passw0rd123", "p@ssw0rd123", "p@ssword123", "passwordpassword",
    "mypassword", "iloveyou12", "iloveyou123", "letmein123", "welcome123", "welcome1234", "sunshine123",
    "princess123", "football123", "baseball123", "superman123", "michael123", "admin12345", "admin123456",
    "administrator", "changeme123", "changeme1234", "starwars123", "computer123", "internet123", "manchester",
    "basketball", "liverpool1", "bluemountain", "christopher", "hubbub1234", "hubbubhubbub",
}


class Pool:
    """A thread pool with a bounded queue; Refused when it is full."""

    def __init__(self) -> None:
        self.pool = ThreadPool(THREADS)
        self.places = BoundedSemaphore(THREADS + WAITING)

    def run(self, work: Callable[[], str | bool]) -> str | bool:
        if not self.places.acquire(blocking=False):
            raise Refused("error.sign_in_busy", "busy")
        try:
            return self.pool.apply(_at_low_priority, (work,))
        finally:
            self.places.release()


def _at_low_priority(work: Callable[[], str | bool]) -> str | bool:
    if sys.platform == "linux":  # elsewhere it would be the priority of the whole process
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
    return work()


@cache
def _pool(known: bool) -> Pool:
    return Pool()


def check(password: str, *names: str) -> None:
    """Refuse a password that is easy to guess."""
    plain = short_text.fold(password)
    if len(password) < SHORTEST:
        raise Refused("error.password_too_short", "bad_input", limit=SHORTEST)
    if len(password) > LONGEST:
        raise Refused("error.password_too_long", "bad_input", limit=LONGEST)
    if plain in COMMON or len(set(plain)) < 4:
        raise Refused("error.password_common", "bad_input")
    if any(len(name) > 3 and short_text.fold(name) in plain and len(plain) - len(name) < 6 for name in names):
        raise Refused("error.password_like_name", "bad_input")


def hashed(password: str, known: bool = False) -> str:
    """Return the hash of a password; takes about 11 ms in a thread, and yields to the event loop."""
    return str(_pool(known).run(lambda: HASHER.hash(password)))


def matches(hash: str | None, password: str, known: bool = False) -> bool:
    """Return whether a password has this hash; takes equally long if there is no hash."""
    return bool(_pool(known).run(lambda: _matches(hash or NO_PASSWORD, password))) and hash is not None


def _matches(hash: str, password: str) -> bool:
    try:
        return HASHER.verify(hash, password)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
