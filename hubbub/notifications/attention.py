"""Attention: which devices are looked at now; while one of a person's is, nothing is pushed to them."""

from hubbub import live

_looking: dict[str, int] = {}  # the person, by connection


def say(caller: live.Caller, on: bool) -> None:
    """This device is looked at, or no more."""
    if on:
        _looking[caller.sid] = caller.person
    else:
        _looking.pop(caller.sid, None)


def is_looking(person: int) -> bool:
    """Whether some device of the person is looked at."""
    return person in _looking.values()


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _looking.clear()


live.on_departure(lambda caller: say(caller, False))
