"""Pictures of people: re-encoded in a limited child process, kept under an id that nobody guesses, never changed."""

import re
import secrets

from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.files import images, store
from hubbub.people import model
from hubbub.people.model import Person

EDGE = 256  # pixels: twice what the largest place shows
ID = re.compile(r"[0-9a-f]{32}")


def wear(person: int, data: bytes) -> Person:
    """Wear this picture, cut to a square; Refused for what is no picture or too large."""
    [picture] = images.square(data, (EDGE,))
    id = secrets.token_hex(16)
    store.put(_name(id), picture)
    return _show(person, id)


def take_off(person: int) -> Person:
    """Wear no picture: the initials show again."""
    return _show(person, "")


def read(id: str) -> bytes:
    """A picture, as WebP; Refused when nobody wears it any more."""
    try:
        return store.get(_name(id))
    except FileNotFoundError:
        raise Refused("there is no such picture", "absent") from None


def _show(person: int, avatar: str) -> Person:
    """Tell everybody of it; the bytes of the picture before go once that is kept."""
    with db.transaction() as tx:
        [(before,)] = tx.execute("select avatar from person where id = :id", id=person)
        tx.execute("update person set avatar = :avatar where id = :id", avatar=avatar, id=person)
        if before:
            tx.after_commit(lambda: store.remove(_name(before)))
        return model.announce(tx, person)


def _name(id: str) -> str:
    """What a picture's bytes are called in the store, which knows by `files.uploads.avatars` that they are in use."""
    if not ID.fullmatch(id):
        raise Refused("there is no such picture", "absent")
    return f"avatar-{id}"
