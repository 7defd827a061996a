"""Notifications: what a person is told, in an inbox that is a channel; levels, and Web Push."""

from hubbub.notifications import events, routes

blueprint = routes.blueprint

__all__ = ["blueprint", "events"]
