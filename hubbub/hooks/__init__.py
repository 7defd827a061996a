"""Hooks: addresses to which other programs post messages, in the formats that they already speak."""

from hubbub.core.consumers import Job
from hubbub.hooks import (
    bot_routes,
    cards,
    discord_routes,
    foreign_routes,
    outgoing_events,
    outgoing_routes,
    routes,
    slack_routes,
)
from hubbub.hooks.outgoing import calls, sending, triggers
from hubbub.slices import Slice

slice = Slice(
    name="hooks",
    package=__name__,
    requires=("people", "chat", "feeds"),
    blueprints=(routes.blueprint, slack_routes.blueprint),
    handlers=(cards, bot_routes, discord_routes, outgoing_routes, outgoing_events, foreign_routes),
    consumers=(triggers.consumer, sending.consumer, Job("outgoing_tidy", 600.0, calls.tidy)),
    page="main.js",
    stylesheets=("hooks.css",),
    entries={"hook_changed": ("room:…", '`{"target", "hook"}`; how a message of a program looks now: `{"tone"?, '
                              '"state"?, "buttons"?}`')},
    signals={
        "only_you": ("user:…", '`{"channel", "thread", "bot", "text"}`: a reply to a command or button, for you alone'),
        "called": ("user:…", '`{"call", "channel", "thread", "word", "is_command", "error"}`: how your command '
                   'or button ended'),
    },
)
