"""Feeds: symbols with a newest value, candles, alerts, and a demo market."""

from hubbub.feeds import command, events, market, model, routes
from hubbub.slices import ChannelKind, InboxKind, Slice


def start() -> None:
    """Put the last values where watchers find them, and let the demo market go on."""
    model.catch_up()
    market.go_on()


slice = Slice(
    name="feeds",
    package=__name__,
    requires=("people", "notifications"),
    blueprints=(routes.blueprint,),
    handlers=(events,),
    commands=(command.feed,),
    start=start,
    page="main.js",
    stylesheets=("feeds.css",),
    addresses=("/feeds", "/feed/<symbol>"),
    channels={"feed": ChannelKind("/feed/{name}")},
    inbox_kinds={"alert": InboxKind("feeds.inbox.alert", "chart-line", urgent=True)},
)
