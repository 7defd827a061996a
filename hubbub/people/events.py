"""Socket.IO events of people: names, profiles, presence; and the identity of a connection."""

import logging
from typing import Annotated, Any

from msgspec import Meta

from hubbub import live
from hubbub.core import bus, db, node
from hubbub.core.access import Refused, Visitor
from hubbub.people import assistants, guests, model, presence, profiles, sidebar
from hubbub.web import client, credentials
from hubbub.web.schema import Channel, Key

logger = logging.getLogger(__name__)

Ids = Annotated[list[int], Meta(max_length=200)]
Channels = Annotated[list[Channel], Meta(max_length=500)]
Zone = Annotated[str, Meta(min_length=1, max_length=64)]


@live.on("set_name")
def set_name(connection: live.Connection, name: str) -> model.Person:
    """Change your name, which everyone sees, on earlier messages too."""
    return profiles.change(connection.person, name=name)


@live.on("profile")
def profile(connection: live.Connection, name: str | None = None, handle: str | None = None,
            status: str | None = None) -> model.Person:
    """Change your name, handle or status; omitted fields stay as they are."""
    return profiles.change(connection.person, name, handle, status)


@live.on("set_zone")
def set_zone(connection: live.Connection, zone: Zone) -> None:
    """Set the time zone that you are in, such as Europe/Berlin: others see your local time."""
    profiles.set_zone(connection.person, zone)


@live.on("arrange")
def arrange(connection: live.Connection, channels: Channels, section: Key | None = None) -> None:
    """Put channels into a section of your sidebar, in this order; without a section, where they stand by themselves.

    The section is `starred`, the id of one of yours, or `kind`: that of the channels' own kind.
    """
    sidebar.arrange(connection.person, section, channels)


@live.on("set_section")
def set_section(connection: live.Connection, id: Key, name: str, rank: float) -> None:
    """Create, rename or move a section of your sidebar; without a name, delete it: its channels stay."""
    sidebar.set_section(connection.person, id, name, rank)


@live.on("people", scope="read")
def people(connection: live.Connection, ids: Ids) -> list[model.Person]:
    """Return the people with these ids; unknown ids are left out."""
    return model.directory(db, ids)


@live.on("online", scope="read")
def online(connection: live.Connection) -> list[int]:
    """Return the ids of the people who have a connection open now."""
    return presence.online()


@live.identify_by
def identify(environ: dict[str, Any], auth: object) -> Visitor:
    """Return the owner of a connection's secret, or a new guest where guests are allowed.

    A page that names its person is refused if another person has since signed in, in another tab of the same browser.
    """
    secret = credentials.token(environ, auth)
    if not secret:
        guest, secret = guests.create(environ)
        return Visitor(guest.id, model.sign_in_id(secret), "admin", is_guest=True)
    visitor = model.authenticate(secret, client.address(environ))
    if visitor is None:
        raise Refused("error.secret_invalid", "sign_in")
    assistants.refuse_socket(visitor)
    if not guests.is_allowed(visitor, environ):
        guests.check(environ)
    if isinstance(auth, dict) and auth.get("person", visitor.person) != visitor.person:
        raise Refused("error.other_person", "conflict")
    return visitor


@bus.on(bus.SettingsChanged)
def _settings_changed(message: bus.SettingsChanged) -> None:
    node.spawn(_close_guests)


def _close_guests() -> None:
    """Close the connections of guests that would not be accepted now; all of them if that is unknown."""
    try:
        may_stay = guests.rule()
    except Exception as problem:
        logger.warning("could not check whether guests are still allowed, so they must reconnect: %s", problem)
        may_stay = lambda environ: False  # noqa: E731
    live.close_guests(may_stay)


@bus.on(bus.Disconnected)
def _forget(message: bus.Disconnected) -> None:
    model.forget(message.person)
