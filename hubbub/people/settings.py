"""The settings of the whole server: its name and icon, which owners choose, and whether guests are allowed."""

import secrets
from typing import Any

import msgspec

from hubbub.core import bus, db, rights
from hubbub.core.access import Reads
from hubbub.files import images, store
from hubbub.people import audit, avatars, model, names

DEFAULT_NAME = "Hubbub"
ICON_EDGE = 512  # pixels, for home screens


class Settings(msgspec.Struct, frozen=True):
    """Each setting with its default; `guests`: may strangers come in as guests, once there is an owner?

    `rooms` are the ids of public rooms that people join with their account.
    """

    guests: bool = False
    name: str = DEFAULT_NAME
    rooms: list[int] = []
    icon: str = ""  # the id of a picture; empty: Hubbub's own


def current(reads: Reads) -> Settings:
    """Return the present settings."""
    rows = dict(reads.execute("select name, value from setting where name in ('people', 'icon')"))
    stored = msgspec.json.decode(rows.get("people", "{}"), type=Settings)
    return msgspec.structs.replace(stored, icon=rows.get("icon", ""))


def change(person: int, guests: bool | None = None, name: str | None = None,
           rooms: list[int] | None = None) -> Settings:
    """Change the given settings; Refused unless the person is an owner, or an admin and keeps the name."""
    wanted: dict[str, Any] = {} if guests is None else {"guests": guests}
    if name is not None:
        wanted["name"] = names.tidy(name)
    if rooms is not None:
        wanted["rooms"] = sorted(set(rooms))
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, person, "admin" if name is None else "owner")
        stored = msgspec.structs.replace(current(tx), icon="", **wanted)
        _store(tx, "people", msgspec.json.encode(stored).decode())
        audit.note(tx, "settings_changed", person, **wanted)
        announce(tx)
        return current(tx)


def change_icon(person: int, data: bytes | None) -> Settings:
    """Set the icon, cropped to a square, or remove it; Refused unless the person is an owner."""
    model.require(db, person, "owner")
    id = secrets.token_hex(16) if data is not None else ""
    if data is not None:
        [picture] = images.square(data, (ICON_EDGE,))
        store.put(avatars.file_name(id), picture)
    with db.transaction(model.EVERYBODY) as tx:
        model.require(tx, person, "owner")
        if before := current(tx).icon:
            tx.after_commit(lambda: store.remove(avatars.file_name(before)))
        _store(tx, "icon", id)
        audit.note(tx, "settings_changed", person, icon=bool(id))
        return current(tx)


def _store(tx: db.Transaction, name: str, value: str) -> None:
    tx.execute("insert into setting (name, value) values (:name, :value) "
               "on conflict (name) do update set value = :value", name=name, value=value)


def announce(tx: db.Transaction) -> None:
    """Tell every node that the settings changed, or that the server got its first owner."""
    rights.announce(tx, bus.SettingsChanged())
