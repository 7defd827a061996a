"""Hooks: addresses to which other programs post messages, in the formats that they already speak."""

from hubbub.hooks import routes
from hubbub.slices import Slice

slice = Slice(
    name="hooks",
    package=__name__,
    requires=("people", "chat", "feeds"),
    blueprints=(routes.blueprint,),
    page="main.js",
    stylesheets=("hooks.css",),
)
