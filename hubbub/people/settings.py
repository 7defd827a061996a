"""The settings that owners and admins choose for the whole server."""

from collections.abc import Callable

import msgspec

from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.people import audit, model


class Settings(msgspec.Struct, frozen=True):
    """Each setting with its default; `guests`: may strangers come in as guests, once there is an owner?"""

    guests: bool = False


_hooks: list[Callable[[], None]] = []


def current(reads: Reads) -> Settings:
    """Return the present settings."""
    rows = reads.execute("select value from setting where name = 'people'")
    return msgspec.json.decode(rows[0][0], type=Settings) if rows else Settings()


def change(person: int, guests: bool) -> Settings:
    """Change the settings; Refused unless the person is an owner or admin."""
    wanted = Settings(guests)
    with db.transaction() as tx:
        model.require(tx, person, "admin")
        tx.execute("insert into setting (name, value) values ('people', :value) "
                   "on conflict (name) do update set value = :value", value=msgspec.json.encode(wanted).decode())
        audit.note(tx, "settings_changed", person, guests=guests)
        announce(tx)
    return wanted


def on_change(call: Callable[[], None]) -> Callable[[], None]:
    """Call the decorated function after a commit that changed the settings, or gave the server its first owner."""
    _hooks.append(call)
    return call


def announce(tx: db.Transaction) -> None:
    """Call the hooks of `on_change` after the commit."""
    for call in _hooks:
        tx.after_commit(call)
