"""HTTP routes for set-up, invites, sign-in, sign-out and guests; and the identity of a request."""

from typing import Annotated, Any

import msgspec
from flask import Blueprint, Response, jsonify, request
from msgspec import Meta, to_builtins

from hubbub import limits, web
from hubbub.core import db, log
from hubbub.core.access import Visitor
from hubbub.people import accounts, assistants, guests, invites, links, model, settings, sign_ins
from hubbub.web import api, client, credentials, origin

blueprint = Blueprint("people", __name__)

Secret = Annotated[str, Meta(min_length=1, max_length=100)]
Text = Annotated[str, Meta(max_length=1000)]


class Link(msgspec.Struct, frozen=True):
    """The purpose of a link: a new account with a role and perhaps a room, the set-up, a reset, an account to claim."""

    role: str
    owner: bool
    reset: bool
    by: model.Person | None
    room: str | None = None
    channel: str | None = None
    account: model.Person | None = None  # to claim: imported, and without a password


class SignedIn(msgspec.Struct, frozen=True):
    """The person who signed in; with a token for scripts only, and after the set-up a first invite for the team."""

    person: model.Person
    token: str = ""
    invite: links.Link | None = None
    channel: str | None = None


@api.route(blueprint, "POST", "/api/guests", scope="anyone", status=201, returns=SignedIn, rate=limits.HEAVY)
def create_guest(visitor: Visitor | None, name: str | None = None) -> Response:
    """Become a guest; the response has the person, a secret for scripts, and a cookie for browsers."""
    person, secret = guests.create(request.environ, name)
    answer = jsonify(person=to_builtins(person), token=secret)
    credentials.set_cookie(answer, secret)
    answer.status_code = 201
    return answer


@api.route(blueprint, "POST", "/api/join", scope="anyone", status=201, returns=SignedIn, rate=limits.HEAVY)
def join(visitor: Visitor | None, password: Text, secret: Secret | None = None, name: Text = "",
         handle: Text = "") -> Response:
    """Use a link: claim this server, join with an invite, or reset a password."""
    browser = _browser(visitor or _guest())
    use = invites.find(db, secret) if secret is not None else None
    if use is None or use.role == "owner":
        result, first = accounts.set_up(browser, secret, name, handle, password)
        return _welcome(result, 201, invite=to_builtins(links.invite(first)))
    if use.person is not None:
        assert secret is not None
        return _welcome(accounts.reset(browser, secret, password), 200)
    assert secret is not None
    return _welcome(accounts.join(browser, secret, name, handle, password), 201, channel=_channel(use))


@api.route(blueprint, "POST", "/api/invites/accept", rate=limits.HEAVY)
def accept_invite(visitor: Visitor, secret: Secret) -> dict[str, str]:
    """Join the room of an invite with your account; return its channel."""
    return {"channel": accounts.accept(visitor.person, secret)}


@api.route(blueprint, "POST", "/api/invites/check", scope="anyone", rate=limits.HEAVY)
def check_invite(visitor: Visitor | None, secret: Secret) -> Link:
    """Return the purpose of a link without using it; the secret is in the body, so that no log contains it."""
    use = invites.find(db, secret)
    by = model.directory(db, [use.by]) if use.by else []
    return Link(use.role, use.role == "owner", use.person is not None, by[0] if by else None,
                invites.room_name(db, use.room), _channel(use), invites.unclaimed(db, use))


def _channel(use: invites.Use) -> str | None:
    return None if use.room is None else f"room:{use.room}"


@api.route(blueprint, "POST", "/api/sign-in", scope="anyone", returns=SignedIn, rate=limits.HEAVY)
def sign_in(visitor: Visitor | None, handle: Text, password: Text) -> Response:
    """Sign in with handle and password; a browser gets a cookie, a script (no Origin header) gets a token."""
    return _welcome(accounts.sign_in(_browser(visitor), handle, password), 200)


@api.route(blueprint, "POST", "/api/sign-out", scope="read", status=204)
def sign_out(visitor: Visitor) -> Response:
    """End the sign-in of this request, and close its open connections."""
    sign_ins.end(visitor.person, visitor.sign_in)
    answer = Response(status=204)
    credentials.delete_cookie(answer)
    return answer


def _browser(visitor: Visitor | None) -> accounts.Browser:
    return accounts.Browser(visitor, credentials.device(), client.address(request.environ),
                            request.headers.get("User-Agent", ""), client.is_this_machine(request.environ))


def _welcome(result: accounts.SignInResult, status: int, **more: object) -> Response:
    """Return the response to a sign-in; only scripts get the secret, since pages must not be able to read it."""
    token = {} if origin.is_present(request.environ) else {"token": result.secret}
    answer = jsonify(person=to_builtins(result.person), **token, **more)
    credentials.set_cookie(answer, result.secret)
    credentials.set_cookie(answer, result.device, credentials.DEVICE_COOKIE)
    answer.status_code = status
    return answer


@web.identity
def identify(environ: dict[str, Any]) -> Visitor | None:
    """Return the sender of a request, by their secret."""
    secret = credentials.token(environ)
    visitor = model.authenticate(secret, client.address(environ)) if secret else None
    if visitor is None or not guests.is_allowed(visitor, environ):
        return None
    if visitor.is_audited or assistants.TOOL in environ:
        assistants.note(visitor, environ, client.network(environ))
    return visitor


def _guest() -> Visitor | None:
    """Return the guest who sent this request, even if guests are not allowed now."""
    secret = credentials.token(request.environ)
    return model.authenticate(secret) if secret else None


def me(person: int | None) -> object:
    """Return the page's reader, or None for a stranger."""
    return to_builtins(model.directory(db, [person])[0]) if person is not None else None


def guests_allowed(person: int | None) -> bool:
    """Return whether the page may offer to continue as a guest."""
    return guests.are_allowed(request.environ)


def may_set_up(person: int | None) -> bool:
    """Return whether the page's reader may claim this server."""
    return not model.has_owner(db) and client.is_this_machine(request.environ)


def is_owned(person: int | None) -> bool:
    """Return whether this server has an owner."""
    return model.has_owner(db)


def workspace(person: int | None) -> dict[str, str]:
    """Return the name of this server, and the path of its icon, if it has one of its own."""
    found = settings.current(db)
    return {"name": found.name, "icon": f"/icon/{found.icon}" if found.icon else ""}


def people_as_of(person: int | None) -> log.Cursor:
    """Return the cursor from which the page follows the names of people."""
    return log.head(db, model.EVERYBODY)
