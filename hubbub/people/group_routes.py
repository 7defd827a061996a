"""HTTP routes for groups of people."""

from typing import Annotated

from flask import Response
from msgspec import Meta

from hubbub.core import access, db
from hubbub.core.access import Visitor
from hubbub.people import groups
from hubbub.people.groups import Group
from hubbub.people.model import EVERYBODY
from hubbub.people.routes import Text, blueprint
from hubbub.web import api
from hubbub.web.schema import Seq

People = Annotated[list[Seq], Meta(max_length=groups.MOST_MEMBERS)]


@api.route(blueprint, "GET", "/api/groups")
def all_groups(visitor: Visitor) -> list[Group]:
    """Return the groups of people by name; anybody can mention them."""
    access.check(db, visitor.person, EVERYBODY, "read")
    return groups.everything(db)


@api.route(blueprint, "POST", "/api/groups", scope="admin", status=201)
def create_group(visitor: Visitor, handle: Text, name: Text, people: People = []) -> Group:  # noqa: B006
    """Create a group of people with a handle of its own."""
    return groups.create(visitor.person, handle, name, people)


@api.route(blueprint, "PATCH", "/api/groups/<id>", scope="admin")
def change_group(visitor: Visitor, id: Seq, handle: Text | None = None, name: Text | None = None,
                 people: People | None = None) -> Group:
    """Change the handle, the name or the members of a group."""
    return groups.change(visitor.person, id, handle, name, people)


@api.route(blueprint, "DELETE", "/api/groups/<id>", scope="admin", status=204)
def delete_group(visitor: Visitor, id: Seq) -> Response:
    """Delete a group, unless an on-call list asks it; messages that mention it stay as they are."""
    groups.delete(visitor.person, id)
    return Response(status=204)
