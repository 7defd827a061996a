"""The Flask-SocketIO tutorial: its events on the default namespace, and its page."""

from hubbub.slices import Slice
from hubbub.tutorial import events, routes

slice = Slice(
    name="tutorial",
    package=__name__,
    requires=("chat", "people"),
    blueprints=(routes.blueprint,),
    start=events.listen,
)
