"""What a person says of themselves: name, handle, status and a picture."""

import secrets

from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.people import model, names
from hubbub.people.model import Person


def change(id: int, name: str | None = None, handle: str | None = None, status: str | None = None) -> Person:
    """Change what is given; everybody hears of it, and earlier messages show it too."""
    wanted = {"name": names.tidy(name) if name is not None else None,
              "handle": names.handle(handle) if handle is not None else None,
              "status": names.status(status) if status is not None else None}
    with db.transaction() as tx:
        if tx.execute("select 1 from person where handle = :handle and id <> :id", handle=wanted["handle"], id=id):
            raise Refused(f"@{wanted['handle']} is taken: choose another handle", "taken")
        if not tx.execute("update person set name = coalesce(:name, name), handle = coalesce(:handle, handle), "
                          "status = coalesce(:status, status) where id = :id and banned is null returning id",
                          id=id, **wanted):
            raise Refused("you are not here any more", "sign_in")
        return model.tell(tx, id)


def show(id: int, avatar: str) -> tuple[Person, str]:
    """Wear another picture, or none; returns the person and the picture they wore before."""
    with db.transaction() as tx:
        [(before,)] = tx.execute("select avatar from person where id = :id", id=id)
        tx.execute("update person set avatar = :avatar where id = :id", avatar=avatar, id=id)
        return model.tell(tx, id), before


def picture_id() -> str:
    """The id of a new picture; not guessable, so it may be kept for ever where it was seen once."""
    return secrets.token_hex(16)
