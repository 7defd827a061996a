"""HTTP routes for the directory, roles, bans, password resets, invites and the settings of the server."""

from typing import Annotated, Any

from flask import Response
from msgspec import Meta, to_builtins

from hubbub import limits, slices
from hubbub.core import access, db, strings
from hubbub.core.access import Refused, Visitor
from hubbub.people import invites, links, model, own_routes, presence, roles, settings
from hubbub.people.model import EVERYBODY, Person
from hubbub.people.routes import Text, blueprint
from hubbub.web import api, page, static_tree
from hubbub.web.address import url
from hubbub.web.schema import Seq

Limit = Annotated[int, Meta(ge=1, le=200)]
Uses = Annotated[int, Meta(ge=1, le=1000)]
Days = Annotated[int, Meta(ge=1, le=365)]
FirstRooms = Annotated[list[Seq], Meta(max_length=50)]
SHARED = {"method": "POST", "enctype": "multipart/form-data", "params": {
    "title": "title", "text": "text", "url": "url", "files": [{"name": "files", "accept": ["*/*"]}]}}
ICONS = (("icon.svg", "image/svg+xml", "any", "any"), ("icon-192.png", "image/png", "192x192", "any"),
         ("icon-512.png", "image/png", "512x512", "any"), ("icon-maskable.png", "image/png", "512x512", "maskable"))


@api.route(blueprint, "GET", "/api/people")
def find_people(visitor: Visitor, q: Text = "", limit: Limit = 50) -> list[Person]:
    """Return the people whose name or handle contains `q`."""
    access.check(db, visitor.person, EVERYBODY, "read")
    return model.find(db, q, limit)


@api.route(blueprint, "GET", "/api/people/<id>")
def one_person(visitor: Visitor, id: Seq) -> dict[str, Any]:
    """Return a person, the time they joined, their time zone if it is known, and whether they are online."""
    access.check(db, visitor.person, EVERYBODY, "read")
    rows = db.execute("select since, zone from person where id = :id and id > 0", id=id)
    if not rows:
        raise Refused("error.person_not_found", "not_found")
    return {"person": model.directory(db, [id])[0], "since": rows[0][0], "zone": rows[0][1],
            "online": id in presence.online()}


@api.route(blueprint, "PATCH", "/api/people/<id>", scope="admin")
def change_person(visitor: Visitor, id: Seq, role: Text) -> Person:
    """Change a person's role; their open connections close and reconnect."""
    return roles.change(visitor.person, id, role)


@api.route(blueprint, "POST", "/api/people/<id>/ban", scope="admin")
def ban(visitor: Visitor, id: Seq) -> Person:
    """Ban a person; their sign-ins, tokens and links end at once."""
    return roles.ban(visitor.person, id)


@api.route(blueprint, "POST", "/api/people/<id>/unban", scope="admin")
def unban(visitor: Visitor, id: Seq) -> Person:
    """Lift a ban, so that the person can sign in again."""
    return roles.unban(visitor.person, id)


@api.route(blueprint, "POST", "/api/people/<id>/reset", scope="admin", status=201)
def reset(visitor: Visitor, id: Seq) -> links.Link:
    """Create a link to reset a person's password; it is valid once, within a day."""
    return links.invite(roles.reset(visitor.person, id))


@api.route(blueprint, "GET", "/api/invites", scope="admin")
def open_invites(visitor: Visitor) -> list[invites.Invite]:
    """Return the open invites, newest first, without their links."""
    return invites.current(visitor.person)


@api.route(blueprint, "POST", "/api/invites", scope="admin", status=201)
def make_invite(visitor: Visitor, role: Text, room: Seq | None = None, uses: Uses = 1,
                days: Days = 7) -> dict[str, Any]:
    """Create an invite for `uses` people, with a role and perhaps a room; its link is only in this response."""
    invite, secret = invites.make(visitor.person, role, room, uses, days)
    return {**to_builtins(invite), **to_builtins(links.invite(secret))}


@api.route(blueprint, "DELETE", "/api/invites/<id>", scope="admin", status=204)
def revoke_invite(visitor: Visitor, id: Seq) -> Response:
    """Revoke an invite."""
    invites.revoke(visitor.person, id)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/settings", scope="admin")
def read_settings(visitor: Visitor) -> settings.Settings:
    """Return the settings of the server."""
    model.require(db, visitor.person, "admin")
    return settings.current(db)


@api.route(blueprint, "PATCH", "/api/settings", scope="admin")
def change_settings(visitor: Visitor, guests: bool | None = None, name: Text | None = None,
                    rooms: FirstRooms | None = None) -> settings.Settings:
    """Change whether strangers may become guests, which rooms new people join, or, as an owner, the server's name."""
    return settings.change(visitor.person, guests, name, rooms)


@api.route(blueprint, "PUT", "/api/settings/icon", scope="admin", rate=limits.HEAVY)
def change_icon(visitor: Visitor, body: bytes) -> settings.Settings:
    """Set the server's icon (1 MB at most), as an owner; the server crops it to a square and re-encodes it."""
    return settings.change_icon(visitor.person, body)


@api.route(blueprint, "DELETE", "/api/settings/icon", scope="admin")
def remove_icon(visitor: Visitor) -> settings.Settings:
    """Remove the server's icon, as an owner, so that Hubbub's own shows again."""
    return settings.change_icon(visitor.person, None)


@api.route(blueprint, "GET", "/icon/<id>", scope="anyone", returns=bytes)
def icon(visitor: Visitor | None, id: Text) -> Response:
    """Return the server's icon, which strangers see at sign-in; it never changes, so browsers may cache it."""
    if not id or id != settings.current(db).icon:
        raise Refused("error.picture_not_found", "not_found")
    return own_routes.picture_response(id)


@api.route(blueprint, "GET", "/manifest.json", scope="anyone")
def manifest(visitor: Visitor | None) -> dict[str, Any]:
    """Return the web app manifest, with the server's name and icon, for home screens."""
    found, tree = settings.current(db), static_tree.tree()
    language = page.browser_language()  # browsers request it without a cookie
    texts = tree.catalogues[language]
    shares = [slice.share for slice in slices.installed if slice.share]
    shortcuts = [(id, path) for slice in slices.installed for path, id in slice.shortcuts.items()]
    picture = {"src": url(f"/icon/{found.icon}"), "type": "image/webp", "sizes": "512x512"}
    own = [{"src": url(tree.url(f"web/static/{name}")), "type": kind, "sizes": sizes, "purpose": purpose}
           for name, kind, sizes, purpose in ICONS]
    return {"id": url("/"), "name": found.name, "short_name": found.name, "lang": language,
            "dir": strings.direction(language), "description": texts["web.page.about"],
            "start_url": url("/home"), "scope": url("/"), "display": "standalone", "background_color": "#ffffff",
            "theme_color": "#ffffff", "icons": [picture] if found.icon else own,
            "shortcuts": [{"name": texts[id], "url": url(path)} for id, path in shortcuts],
            **({"share_target": {"action": url(shares[0]), **SHARED}} if shares else {})}
