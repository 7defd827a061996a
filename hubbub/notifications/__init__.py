"""Notifications: what a person is told, in an inbox that is a channel; levels, and Web Push."""

from hubbub.notifications import events, push, routes

blueprint = routes.blueprint
begin = push.begin

__all__ = ["begin", "blueprint", "events"]
