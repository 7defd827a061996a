"""Chat: rooms, who is in them, and what is said there."""

from hubbub.chat import events, projection, room_events, room_routes, routes, search, user_state

blueprints = (routes.blueprint, room_routes.blueprint)

__all__ = ["blueprints", "events", "projection", "room_events", "search", "user_state"]
