"""Whether a stranger may come in as a guest.

Before an owner exists guests are let in from this machine only, so that two commands are enough to try Hubbub and
nobody else is let in by mistake; a proxy in front looks like this machine, so its traces shut the door (`door`).  With
an owner it is a switch, and off until an owner or admin turns it on, for everybody alike: a proxy that leaves no trace
would otherwise let the internet in.
"""

from typing import Any

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.people import guesses, model, settings
from hubbub.web import door

MANY = 60  # guests from one address at once, then ever slower


def may_come_in(environ: dict[str, Any]) -> bool:
    """Whether this request could become a guest's."""
    return settings.current(db).guests if model.has_owner(db) else door.is_this_machine(environ)


def take_in(environ: dict[str, Any], name: str | None = None) -> tuple[model.Person, str]:
    """A new guest and their secret; Refused where guests are not let in."""
    if not may_come_in(environ):
        if model.has_owner(db):
            raise Refused("say who you are: sign in, or ask for an invite", "sign_in")
        raise Refused("guests are let in only from the machine that Hubbub runs on", "sign_in")
    if not door.is_this_machine(environ):
        guesses.begin(guesses.Place(f"guests {limits.network(door.address(environ))}", MANY, 900))
    return model.guest(name)
