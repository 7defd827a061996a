"""Notifications: an inbox channel for each person, notification levels, and Web Push."""

from hubbub.core.consumers import Job
from hubbub.notifications import events, push, quiet, routes, subscriptions
from hubbub.notifications.push_message import SCRIPT
from hubbub.slices import Slice

HOUR = 3600.0

slice = Slice(
    name="notifications",
    package=__name__,
    requires=("people",),
    blueprints=(routes.blueprint,),
    handlers=(events, quiet),
    start=push.start,
    consumers=(push.consumer, Job("push_expired", HOUR, subscriptions.delete_expired)),
    page="main.js",
    stylesheets=("notifications.css",),
    offline=("inbox-view.js", "device-notifications.js"),
    shortcuts={"/inbox": "notifications.inbox.title"},
    addresses=("/inbox",),
    boot={"inbox": routes.opening, "kinds": routes.kinds},
    entries={
        "notification": ("inbox:…", '`{"cause", "channel", "target", "root", "title", "text", "text_id"?, "params"?, '
                         '"url", "alias"?, "urgent"?}`: the text is in English if it has the id of a string'),
        "revised": ("inbox:…", '`{"targets", "text"}`: their text is this now'),
        "read": ("inbox:…", '`{"targets", "deleted"?, "was_read"?}`: these were read, or their message was deleted, '
                 'after they were read if `was_read`'),
    },
    signals={"level": ("user:…", '`{"channel", "level"}`: how much of a channel notifies the person')},
    inbox_kinds={"script": SCRIPT},
)
