"""Whether a stranger may come in as a guest.

Before an owner exists guests are let in from this machine only, so that two commands are enough to try Hubbub and
nobody else is let in by mistake; a proxy in front looks like this machine, so its traces shut the door (`door`).
"""

from typing import Any

from hubbub.core.access import Refused
from hubbub.people import model
from hubbub.web import door


def may_come_in(environ: dict[str, Any]) -> bool:
    """Whether this request could become a guest's."""
    return door.is_this_machine(environ)


def take_in(environ: dict[str, Any], name: str | None = None) -> tuple[model.Person, str]:
    """A new guest and their secret; Refused to those who are not on the server's own machine."""
    if not may_come_in(environ):
        raise Refused("guests are let in only from the machine that Hubbub runs on", "sign_in")
    return model.guest(name)
