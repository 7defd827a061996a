"""Notifications: an inbox for each person, which is a channel; levels; and Web Push."""

from hubbub.notifications import events, push, routes
from hubbub.notifications.push_message import SCRIPT
from hubbub.slices import Slice

slice = Slice(
    name="notifications",
    package=__name__,
    requires=("people",),
    blueprints=(routes.blueprint,),
    handlers=(events,),
    start=push.begin,
    page="main.js",
    stylesheets=("notifications.css",),
    addresses=("/inbox",),
    boot={"inbox": routes.opening, "kinds": routes.kinds},
    entries={
        "notification": ("inbox:…", '`{"cause", "channel", "target", "root", "title", "text", "url"}`'),
        "settled": ("inbox:…", '`{"targets", "gone"?}`: these are read, or what they were about was deleted'),
    },
    signals={"level": ("own:…", '`{"channel", "level"}`: how much of a channel one is notified of')},
    inbox_kinds={"script": SCRIPT},
)
