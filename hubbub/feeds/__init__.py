"""Feeds: symbols with a latest value, candles, alerts, and a demo market."""

from hubbub.feeds import alert_rules, events, newest, routes
from hubbub.slices import ChannelKind, InboxKind, Slice

slice = Slice(
    name="feeds",
    package=__name__,
    requires=("people", "notifications", "chat"),
    blueprints=(routes.blueprint,),
    handlers=(events, alert_rules),
    start=newest.start,
    page="main.js",
    stylesheets=("feeds.css",),
    offline=("sidebar-symbol.js", "feeds-view.js", "symbol-view.js", "symbol-chip.js"),
    shortcuts={"/feeds": "feeds.title"},
    addresses=("/feeds", "/feed/<path:symbol>"),
    channels={"feed": ChannelKind("/feed/{name}")},
    inbox_kinds={"alert": InboxKind("feeds.inbox.alert", "chart-line", urgent=True)},
)
