"""Avatars: re-encoded in a child process with limits, stored under a random id, and immutable."""

import contextlib
import re
import secrets

from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.files import images, store
from hubbub.people import model
from hubbub.people.model import Person

EDGE = 256  # pixels: twice the largest size on the page
ID = re.compile(r"[0-9a-f]{32}")


def change(person: int, data: bytes) -> Person:
    """Set a person's avatar, cropped to a square; Refused if it is too large or not a picture."""
    [picture] = images.square(data, (EDGE,))
    id = secrets.token_hex(16)
    store.put(file_name(id), picture)
    return _update(person, id)


def remove(person: int) -> Person:
    """Remove a person's avatar, so that the page shows their initials."""
    return _update(person, "")


def read(id: str) -> bytes:
    """Return an avatar as WebP; Refused if it does not exist any more."""
    with contextlib.suppress(FileNotFoundError):
        if picture := store.get(file_name(id)):
            return picture
    raise Refused("error.picture_not_found", "not_found")


def _update(person: int, avatar: str) -> Person:
    """Store and announce a person's avatar id; the old picture is deleted after the commit."""
    with db.transaction(model.EVERYBODY) as tx:
        [(before,)] = tx.execute("select avatar from person where id = :id", id=person)
        tx.execute("update person set avatar = :avatar where id = :id", avatar=avatar, id=person)
        if before:
            tx.after_commit(lambda: store.remove(file_name(before)))
        return model.announce(tx, person)


def file_name(id: str) -> str:
    """Return an avatar's name in the file store; `files.uploads.avatars` tells the store which ones are in use."""
    if not ID.fullmatch(id):
        raise Refused("error.picture_not_found", "not_found")
    return f"avatar-{id}"
