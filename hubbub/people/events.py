"""People over a connection: names, profiles, who is here, and who is calling."""

from typing import Annotated, Any

from msgspec import Meta

from hubbub import live
from hubbub.core import db
from hubbub.core.access import Refused, Visitor
from hubbub.people import guests, model, presence, profiles, sign_ins
from hubbub.web import client, credentials

Ids = Annotated[list[int], Meta(max_length=200)]


@live.on("rename")
def rename(connection: live.Connection, name: str) -> model.Person:
    """Take another name; everybody sees it, also on what was said before."""
    return profiles.change(connection.person, name=name)


@live.on("profile")
def profile(connection: live.Connection, name: str | None = None, handle: str | None = None,
            status: str | None = None) -> model.Person:
    """Change what everybody sees of the caller: name, handle, status; what is left out stays."""
    return profiles.change(connection.person, name, handle, status)


@live.on("people", scope="read")
def people(connection: live.Connection, ids: Ids) -> list[model.Person]:
    """The names behind ids; unknown ones are left out."""
    return model.directory(db, ids)


@live.on("here", scope="read")
def here(connection: live.Connection) -> list[int]:
    """The ids of the people who have a connection open now."""
    return presence.here()


@live.identify_by
def who(environ: dict[str, Any], auth: object) -> Visitor:
    """Who a connection belongs to: the holder of its secret, else a new guest where guests may come in.

    A page that says whose it is never goes on as somebody else, who signed in in another tab of its browser.
    """
    secret = credentials.token(environ, auth)
    if not secret:
        guest, secret = guests.take_in(environ)
        return Visitor(guest.id, model.sign_in_id(secret), "admin", is_guest=True)
    visitor = model.authenticate(secret, client.address(environ))
    if visitor is None:
        raise Refused("this secret is not known here: come in anew", "sign_in")
    if isinstance(auth, dict) and auth.get("person", visitor.person) != visitor.person:
        raise Refused("somebody else is signed in in this browser now", "taken")
    return visitor


sign_ins.on_end(live.disconnect)
