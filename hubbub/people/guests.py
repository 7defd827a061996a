"""Guests: whether a stranger may become one, and creating them.

Before there is an owner, guests are allowed from this machine only, so that two commands are enough to try Hubbub and
no one else gets in by mistake; a request with a proxy's headers does not count as local (`client`).  Once there is an
owner, guests are a setting, off by default, and the same for all addresses: through a proxy that adds no headers, the
whole internet would look local.
"""

from collections.abc import Callable
from typing import Any

from hubbub import limits
from hubbub.core import bus, db, node
from hubbub.core.access import Refused
from hubbub.people import guesses, model, settings
from hubbub.web import client

PER_ADDRESS = 60  # guests from one address before further ones are delayed

_refusal_hooks: list[Callable[[], None]] = []


def are_allowed(environ: dict[str, Any]) -> bool:
    """Return whether guests are allowed from the sender of this request."""
    return settings.current(db).guests if model.has_owner(db) else client.is_this_machine(environ)


def check(environ: dict[str, Any]) -> None:
    """Refuse a sender who may not become a guest."""
    if not are_allowed(environ):
        raise Refused("error.no_guests" if model.has_owner(db) else "error.guests_only_local", "sign_in")


def create(environ: dict[str, Any], name: str | None = None) -> tuple[model.Person, str]:
    """Create a guest; return the person and the secret of their sign-in, or raise Refused if guests are not allowed."""
    check(environ)
    if not client.is_this_machine(environ):
        guesses.begin(guesses.Place(f"guests {limits.network(client.address(environ))}", PER_ADDRESS, 900))
    return model.guest(name)


def on_refusal(call: Callable[[], None]) -> Callable[[], None]:
    """Call the decorated function on every node when strangers may no longer become guests."""
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
