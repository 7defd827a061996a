"""Feeds: symbols with a newest value, candles, alerts, and a demo market."""

from hubbub.feeds import events, market, model, routes

blueprint = routes.blueprint

__all__ = ["begin", "blueprint", "events"]


def begin() -> None:
    """Put the last values where watchers find them, and let the demo market go on."""
    model.catch_up()
    market.go_on()
