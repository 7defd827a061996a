"""Feeds: symbols with a newest value, candles, alerts, and a demo market."""

from hubbub.feeds import routes

blueprint = routes.blueprint

__all__ = ["blueprint"]
