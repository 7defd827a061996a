"""Preferences: how the page looks and behaves for a person, the same on all their devices.

Each is a latest value: a row with a version, and a signal to the person's other devices.
"""

from collections.abc import Callable

import msgspec

from hubbub.core import cursors, db, hub, strings
from hubbub.core.access import Reads, Refused

CHOICES = {  # the first of each is the default
    "theme": ("system", "light", "dark"),
    "density": ("comfortable", "compact"),
    "text": ("medium", "small", "large", "largest"),
    "clock": ("system", "12", "24"),
    "motion": ("system", "reduced"),
    "contrast": ("system", "high"),
    "rooms": ("unread", "newest"),
    "sending": ("enter", "control"),
    "keys": ("on", "off"),
    "undo": ("off", "on"),
}

checks: dict[str, Callable[[str], bool]] = {}  # of preferences with other values: whether one is valid

Values = dict[str, tuple[str, int]]  # name: value, version

CHANGE = """insert into preference (person, name, value, version) select :person, name, value, 1
    from each(:changes) as change(name text, value text) where true
    on conflict (person, name) do update set value = excluded.value, version = preference.version + 1
    returning name, version"""


def choices(name: str) -> tuple[str, ...]:
    """Return the values that a preference can have; none if there is no such preference."""
    return ("system", *strings.known()) if name == "language" else CHOICES.get(name, ())


def register(name: str, check: Callable[[str], bool]) -> None:
    """Add a preference with values of any kind, as far as `check` accepts them; its default is empty."""
    checks[name] = check


def is_valid(name: str, value: str) -> bool:
    """Return whether a preference can have this value."""
    return value in choices(name) or name in checks and (not value or checks[name](value))


def of(reads: Reads, person: int) -> Values:
    """Return the preferences that a person has chosen; the others have their defaults."""
    rows = reads.execute("select name, value, version from preference where person = :person", person=person)
    return {name: (value, version) for name, value, version in rows if is_valid(name, value)}


def value(reads: Reads, person: int, name: str) -> str:
    """Return one preference of a person; empty for the default."""
    return of(reads, person).get(name, ("", 0))[0]


def change(person: int, changes: dict[str, str]) -> Values:
    """Change some preferences and tell the person's other devices; the last call wins."""
    for name, value in changes.items():
        if not is_valid(name, value):
            raise Refused("error.preference_unknown", "bad_input")
    with db.transaction() as tx:
        rows = tx.execute(CHANGE, person=person, changes=sorted(changes.items())) if changes else []
        changed = {name: (changes[name], version) for name, version in rows}
        tx.after_commit(lambda: hub.signal(cursors.user_channel(person), "preferences", msgspec.to_builtins(changed)))
    return changed


def of_reader(person: int | None) -> Values:
    """Return the preferences of the page's reader."""
    return {} if person is None else of(db, person)
