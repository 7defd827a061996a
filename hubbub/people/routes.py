"""People over HTTP: coming in as a guest, and what the page needs to know of its reader."""

from typing import Any

import msgspec
from flask import Blueprint, Response, jsonify, request

from hubbub import web
from hubbub.core import db, log
from hubbub.core.access import Visitor
from hubbub.people import guests, model
from hubbub.web import api, door

blueprint = Blueprint("people", __name__)

YEAR = 365 * 24 * 3600


@api.route(blueprint, "POST", "/api/guests", scope="anyone", status=201)
def come_in(visitor: Visitor | None, name: str | None = None) -> Response:
    """Become a guest: who you are, the secret for scripts, and the cookie for the browser."""
    person, secret = guests.take_in(request.environ, name)
    answer = jsonify(person=msgspec.to_builtins(person), token=secret)
    answer.set_cookie(door.COOKIE, secret, max_age=YEAR, httponly=True, samesite="Lax", secure=request.is_secure)
    answer.status_code = 201
    return answer


@web.identity
def who(environ: dict[str, Any]) -> Visitor | None:
    """Who sends a request, by their secret."""
    secret = door.token(environ)
    return model.known(secret) if secret else None


def me(person: int | None) -> object:
    """The page's reader, or None for a stranger."""
    return msgspec.to_builtins(model.directory(db, [person])[0]) if person is not None else None


web.module("people/static/main.js")
web.stylesheet("people/static/people.css")
web.contribute("me", me)
web.contribute("guests", lambda person: guests.may_come_in(request.environ))
web.contribute("peopleAsOf", lambda person: log.head(db, model.EVERYBODY))
