"""Whether a stranger may become a guest.

Before there is an owner, guests may come in from this machine only, so that two commands are enough to try Hubbub and
nobody else gets in by mistake; a proxy in front looks like this machine, so its headers end that (`client`).  Once
there is an owner it is a setting, off until an owner or admin turns it on, for everyone alike: through a proxy that
leaves no trace, the internet would get in otherwise.
"""

from collections.abc import Callable
from typing import Any

from hubbub import limits
from hubbub.core import bus, db, node
from hubbub.core.access import Refused
from hubbub.people import guesses, model, settings
from hubbub.web import client

PER_ADDRESS = 60  # guests from one address at once, then ever more slowly

_refusal_hooks: list[Callable[[], None]] = []


def may_come_in(environ: dict[str, Any]) -> bool:
    """Return whether this request could become a guest's."""
    return settings.current(db).guests if model.has_owner(db) else client.is_this_machine(environ)


def take_in(environ: dict[str, Any], name: str | None = None) -> tuple[model.Person, str]:
    """Create a guest and return them with their secret; Refused where guests may not come in."""
    if not may_come_in(environ):
        if model.has_owner(db):
            raise Refused("say who you are: sign in, or ask for an invite", "sign_in")
        raise Refused("guests are let in only from the machine that Hubbub runs on", "sign_in")
    if not client.is_this_machine(environ):
        guesses.begin(guesses.Place(f"guests {limits.network(client.address(environ))}", PER_ADDRESS, 900))
    return model.guest(name)


def on_refusal(call: Callable[[], None]) -> Callable[[], None]:
    """Call the decorated function at every node when strangers who could come in before may not any more."""
    _refusal_hooks.append(call)
    return call


@bus.on(bus.SettingsChanged)
def _receive_settings_changed(message: bus.SettingsChanged) -> None:
    for call in _refusal_hooks:
        call()


@settings.on_change
def _settings_changed() -> None:
    message = bus.SettingsChanged()
    node.spawn(_receive_settings_changed, message)
    bus.send(message)
