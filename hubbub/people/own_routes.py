"""HTTP routes for your own profile, picture, sign-ins, password and tokens."""

from typing import Annotated, Any

from flask import Response
from msgspec import Meta, to_builtins

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.people import accounts, avatars, preferences, profiles, sign_ins, tokens
from hubbub.people.model import Person
from hubbub.people.routes import Text, blueprint
from hubbub.web import api, credentials, headers

Days = Annotated[int, Meta(ge=1, le=3650)]


@api.route(blueprint, "PATCH", "/api/me")
def change_me(visitor: Visitor, name: Text | None = None, handle: Text | None = None,
              status: Text | None = None) -> Person:
    """Change your name, handle or status; omitted fields stay as they are."""
    return profiles.change(visitor.person, name, handle, status)


@api.route(blueprint, "PATCH", "/api/me/preferences")
def change_preferences(visitor: Visitor, changes: dict[Text, Text]) -> preferences.Values:
    """Change some of your preferences by name; return each with its version. Your other devices follow."""
    return preferences.change(visitor.person, changes)


@api.route(blueprint, "PUT", "/api/me/avatar", rate=limits.HEAVY)
def change_avatar(visitor: Visitor, body: bytes) -> Person:
    """Set your picture (1 MB at most); the server crops it to a square and re-encodes it."""
    return avatars.change(visitor.person, body)


@api.route(blueprint, "DELETE", "/api/me/avatar")
def remove_avatar(visitor: Visitor) -> Person:
    """Remove your picture, so that your initials show again."""
    return avatars.remove(visitor.person)


@api.route(blueprint, "GET", "/avatars/<id>", returns=bytes)
def picture(visitor: Visitor, id: Text) -> Response:
    """Return a person's picture; it never changes, so browsers may cache it."""
    return picture_response(id)


def picture_response(id: str) -> Response:
    """Return the response with an avatar or the server's icon."""
    answer = Response(avatars.read(id), mimetype="image/webp")
    answer.headers["Cache-Control"] = f"private, {headers.IMMUTABLE}"
    answer.headers["Content-Security-Policy"] = headers.FILE_POLICY
    return answer


@api.route(blueprint, "POST", "/api/password", scope="admin", returns=dict[str, int], rate=limits.HEAVY)
def change_password(visitor: Visitor, old: Text, new: Text) -> Response:
    """Change your password; your other sign-ins end, and `ended` is how many there were."""
    ended, device = accounts.change_password(visitor, old, new)
    answer = Response(f'{{"ended":{ended}}}', mimetype="application/json")
    credentials.set_cookie(answer, device, credentials.DEVICE_COOKIE)
    return answer


@api.route(blueprint, "GET", "/api/sign-ins", scope="admin")
def own_sign_ins(visitor: Visitor) -> list[sign_ins.SignIn]:
    """Return the browsers in which you are signed in, most recently used first."""
    return sign_ins.current(visitor.person, visitor.sign_in)


@api.route(blueprint, "DELETE", "/api/sign-ins/<id>", scope="admin", status=204)
def end_sign_in(visitor: Visitor, id: Text) -> Response:
    """End one of your sign-ins; its open connections close."""
    sign_ins.end(visitor.person, id)
    return Response(status=204)


@api.route(blueprint, "GET", "/api/tokens", scope="admin")
def own_tokens(visitor: Visitor) -> list[tokens.Token]:
    """Return your tokens for scripts, without their secrets."""
    return tokens.current(db, visitor.person)


@api.route(blueprint, "POST", "/api/tokens", scope="admin", status=201)
def make_token(visitor: Visitor, name: Text, scope: Text, days: Days | None = None,
               audited: bool = False) -> dict[str, Any]:
    """Create a token for a script; its `secret` is only in this response.

    With `audited` it is for an assistant: each request with it is noted in the audit log.
    """
    token, secret = tokens.make(visitor.person, name, scope, days, audited)
    return {**to_builtins(token), "secret": secret}


@api.route(blueprint, "DELETE", "/api/tokens/<id>", scope="admin", status=204)
def revoke_token(visitor: Visitor, id: Text) -> Response:
    """Revoke one of your tokens; its open connections close."""
    tokens.revoke(visitor.person, id)
    return Response(status=204)
