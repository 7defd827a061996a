"""Hooks: addresses to which other programs post messages, in the formats that they already speak."""

from hubbub.hooks import bot_routes, cards, routes, slack_routes
from hubbub.slices import Slice

slice = Slice(
    name="hooks",
    package=__name__,
    requires=("people", "chat", "feeds"),
    blueprints=(routes.blueprint, slack_routes.blueprint),
    handlers=(cards, bot_routes),
    page="main.js",
    stylesheets=("hooks.css",),
    entries={"hook_changed": ("room:…", '`{"target", "hook"}`; how a status card looks now: `{"tone"?, "state"}`')},
)
