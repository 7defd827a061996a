"""Guests: people without an account; whether a stranger may become one or come back as one, and creating them.

Before there is an owner, guests are allowed from this machine only, so that two commands are enough to try Hubbub and
no one else gets in by mistake; a request with a proxy's headers does not count as local (`client`).  Once there is an
owner, guests are a setting, off by default, and the same for all addresses: through a proxy that adds no headers, the
whole internet would look local.  While guests are not allowed, their sign-ins grant nothing, but are kept: a guest who
joins with an invite, or comes back when guests are allowed again, is the same person.
"""

from collections.abc import Callable
from typing import Any

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused, Visitor
from hubbub.people import guesses, model, settings
from hubbub.web import client

PER_ADDRESS = 60  # guests from one address before further ones are delayed


def are_allowed(environ: dict[str, Any]) -> bool:
    """Return whether guests are allowed from the sender of this request."""
    return rule()(environ)


def rule() -> Callable[[dict[str, Any]], bool]:
    """Return the present rule by which the sender of a request may be a guest."""
    if not model.has_owner(db):
        return client.is_this_machine
    is_allowed = settings.current(db).guests
    return lambda environ: is_allowed


def check(environ: dict[str, Any]) -> None:
    """Refuse a sender who may not become a guest."""
    if not are_allowed(environ):
        raise Refused("error.no_guests" if model.has_owner(db) else "error.guests_only_local", "sign_in")


def is_allowed(visitor: Visitor, environ: dict[str, Any]) -> bool:
    """Return whether a visitor, who may be a guest, is allowed from the sender of this request now."""
    return visitor.allowed_from == "everywhere" or visitor.allowed_from == "here" and client.is_this_machine(environ)


def create(environ: dict[str, Any], name: str | None = None) -> tuple[model.Person, str]:
    """Create a guest; return the person and the secret of their sign-in, or raise Refused if guests are not allowed."""
    check(environ)
    if not client.is_this_machine(environ):
        guesses.begin(guesses.Place(f"guests {limits.network(client.address(environ))}", PER_ADDRESS, 900))
    return model.guest(name)
