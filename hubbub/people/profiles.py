"""Profiles: name, handle, status and time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hubbub import short_text
from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.people import model, names
from hubbub.people.model import Person


def change(id: int, name: str | None = None, handle: str | None = None, status: str | None = None) -> Person:
    """Change the given fields and announce the result, which earlier messages show too."""
    clean = names.tidy(name) if name is not None else None
    wanted = {"name": clean, "folded": short_text.fold(clean) if clean is not None else None,
              "handle": names.handle(handle) if handle is not None else None,
              "status": names.status(status) if status is not None else None}
    with db.transaction(model.EVERYBODY) as tx:
        if tx.execute("select 1 from person where handle = :handle and id <> :id union all "
                      "select 1 from people_group where handle = :handle", handle=wanted["handle"], id=id):
            raise Refused("error.handle_taken", "conflict", handle=str(wanted["handle"]))
        if not tx.execute("update person set name = coalesce(:name, name), folded = coalesce(:folded, folded), "
                          "handle = coalesce(:handle, handle), status = coalesce(:status, status) "
                          "where id = :id and banned is null returning id",
                          id=id, **wanted):
            raise Refused("error.account_gone", "sign_in")
        return model.announce(tx, id)


def is_zone(name: str) -> bool:
    """Return whether there is a time zone with this name, such as Europe/Berlin."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False
    return True


def set_zone(id: int, zone: str) -> None:
    """Note the time zone that a person is in."""
    if not is_zone(zone):
        raise Refused("error.zone_unknown", "bad_input")
    with db.transaction() as tx:
        tx.execute("update person set zone = :zone where id = :id and zone <> :zone", id=id, zone=zone)
