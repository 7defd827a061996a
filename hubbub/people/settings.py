"""What owners and admins choose for the whole place."""

import msgspec

from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.people import audit, model


class Settings(msgspec.Struct, frozen=True):
    """Each with its default: may strangers come in as guests, once there is an owner?"""

    guests: bool = False


def current(reads: Reads) -> Settings:
    """The settings as they are."""
    rows = reads.execute("select value from setting where name = 'people'")
    return msgspec.json.decode(rows[0][0], type=Settings) if rows else Settings()


def change(person: int, guests: bool) -> Settings:
    """Set them; Refused but for owners and admins."""
    wanted = Settings(guests)
    with db.transaction() as tx:
        model.require(tx, person, "admin")
        tx.execute("insert into setting (name, value) values ('people', :value) "
                   "on conflict (name) do update set value = :value", value=msgspec.json.encode(wanted).decode())
        audit.note(tx, "settings", person, guests=guests)
    return wanted
