"""Polls: a question and options in a message, one vote for each person, counted live."""

from hubbub.slices import Slice
from hubbub_polls import events, routes

slice = Slice(
    name="polls",
    package=__name__,
    requires=("chat",),
    blueprints=(routes.blueprint,),
    handlers=(events,),
    page="main.js",
    stylesheets=("polls.css",),
    entries={
        "voted": ("room:…", '`{"target", "option"}`: the author\'s vote in the poll of the message `target`'),
        "poll_closed": ("room:…", '`{"target"}`: no more votes are counted'),
    },
)
