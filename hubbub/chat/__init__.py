"""Chat: rooms and their messages; for now one room, the Lobby."""

from hubbub.chat import events, routes

blueprint = routes.blueprint

__all__ = ["blueprint", "events"]
