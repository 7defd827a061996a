"""People: guests with a name and a cookie, so that everything has an author."""

from hubbub.people import events, routes

blueprint = routes.blueprint

__all__ = ["blueprint", "events"]
