"""People: accounts, guests, roles and profiles; how they are known again, and who may let others in."""

from hubbub.people import events, model, own_routes, people_routes, routes

blueprint = routes.blueprint
role = model.role

__all__ = ["blueprint", "events", "own_routes", "people_routes", "role"]
