"""HTTP routes for on-call lists."""

from flask import Response

from hubbub.core import access, db
from hubbub.core.access import Visitor
from hubbub.people import oncall
from hubbub.people.model import EVERYBODY
from hubbub.people.oncall import OnCall, Plan
from hubbub.people.routes import blueprint
from hubbub.web import api
from hubbub.web.schema import Seq


@api.route(blueprint, "GET", "/api/on-call")
def all_lists(visitor: Visitor) -> list[OnCall]:
    """Return the on-call lists, with who is on call now."""
    access.check(db, visitor.person, EVERYBODY, "read")
    return oncall.everything(db)


@api.route(blueprint, "PUT", "/api/on-call/<id>", scope="admin")
def save_list(visitor: Visitor, id: Seq, plan: Plan) -> OnCall:
    """Make a group an on-call list, or change its steps; the first person of a rotation has the turn of now."""
    return oncall.save(visitor.person, id, plan)


@api.route(blueprint, "DELETE", "/api/on-call/<id>", scope="admin", status=204)
def delete_list(visitor: Visitor, id: Seq) -> Response:
    """Make an on-call list an ordinary group again."""
    oncall.delete(visitor.person, id)
    return Response(status=204)


@api.route(blueprint, "POST", "/api/on-call/<id>/overrides", status=201)
def take_over(visitor: Visitor, id: Seq, until: float, person: Seq = 0, since: float = 0.0) -> OnCall:
    """Be on call first until a moment, perhaps from a later one on; admins may choose another person."""
    return oncall.take_over(visitor.person, id, until, person, since)


@api.route(blueprint, "DELETE", "/api/on-call/overrides/<id>")
def give_back(visitor: Visitor, id: Seq) -> OnCall:
    """End a time in which you, or for admins somebody else, take over."""
    return oncall.give_back(visitor.person, id)
