"""Others, over HTTP: the directory, cards, roles, bans, links for a new password, invites, and the place's settings."""

from typing import Annotated, Any

from flask import Response
from msgspec import Meta, to_builtins

from hubbub.core import access, db
from hubbub.core.access import Refused, Visitor
from hubbub.people import invites, links, model, presence, roles, settings
from hubbub.people.model import EVERYBODY, Person
from hubbub.people.routes import Text, blueprint
from hubbub.web import api
from hubbub.web.schema import Seq

Limit = Annotated[int, Meta(ge=1, le=200)]
Uses = Annotated[int, Meta(ge=1, le=1000)]
Days = Annotated[int, Meta(ge=1, le=365)]


@api.route(blueprint, "GET", "/api/people")
def find_people(visitor: Visitor, q: Text = "", limit: Limit = 50) -> list[Person]:
    """The people whose name or handle holds `q`."""
    access.check(db, visitor.person, EVERYBODY, "read")
    return model.find(db, q, limit)


@api.route(blueprint, "GET", "/api/people/<id>")
def one_person(visitor: Visitor, id: Seq) -> dict[str, Any]:
    """A person's card: who they are, since when, and whether they are here now."""
    access.check(db, visitor.person, EVERYBODY, "read")
    rows = db.execute("select since from person where id = :id and id > 0", id=id)
    if not rows:
        raise Refused("there is no such person", "absent")
    return {"person": model.directory(db, [id])[0], "since": rows[0][0], "here": id in presence.here()}


@api.route(blueprint, "PATCH", "/api/people/<id>", scope="admin")
def change_person(visitor: Visitor, id: Seq, role: Text) -> Person:
    """Give somebody another role; their open connections close and come in anew."""
    return roles.change(visitor.person, id, role)


@api.route(blueprint, "POST", "/api/people/<id>/ban", scope="admin")
def ban(visitor: Visitor, id: Seq) -> Person:
    """Put somebody out; everything they are known by ends now."""
    return roles.ban(visitor.person, id)


@api.route(blueprint, "POST", "/api/people/<id>/unban", scope="admin")
def unban(visitor: Visitor, id: Seq) -> Person:
    """Let somebody who was put out sign in again."""
    return roles.unban(visitor.person, id)


@api.route(blueprint, "POST", "/api/people/<id>/reset", scope="admin", status=201)
def reset(visitor: Visitor, id: Seq) -> dict[str, str]:
    """A link, good once and for a day, by which somebody takes a new password."""
    return links.invite(roles.reset(visitor.person, id))


@api.route(blueprint, "GET", "/api/invites", scope="admin")
def open_invites(visitor: Visitor) -> list[invites.Invite]:
    """The invites that are open, the newest first; their links are not told again."""
    return invites.current(visitor.person)


@api.route(blueprint, "POST", "/api/invites", scope="admin", status=201)
def make_invite(visitor: Visitor, role: Text, room: Seq | None = None, uses: Uses = 1,
                days: Days = 7) -> dict[str, Any]:
    """A link by which `uses` people get an account with a role within some days, perhaps into a room; told once."""
    invite, secret = invites.make(visitor.person, role, room, uses, days)
    return {**to_builtins(invite), **links.invite(secret)}


@api.route(blueprint, "DELETE", "/api/invites/<id>", scope="admin", status=204)
def revoke_invite(visitor: Visitor, id: Seq) -> Response:
    """Make an invite void."""
    invites.revoke(visitor.person, id)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/settings", scope="admin")
def read_settings(visitor: Visitor) -> settings.Settings:
    """What is chosen for the whole place."""
    model.require(db, visitor.person, "admin")
    return settings.current(db)


@api.route(blueprint, "PATCH", "/api/settings", scope="admin")
def change_settings(visitor: Visitor, guests: bool) -> settings.Settings:
    """Choose whether strangers may come in as guests."""
    return settings.change(visitor.person, guests)
