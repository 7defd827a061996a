"""Publishing: programs send notifications to people, groups, rooms and topics, as clients of ntfy do."""

from hubbub.publishing import delayed, foreign_routes, mailed, model, ntfy_routes, routes, streams
from hubbub.slices import InboxKind, Slice

slice = Slice(
    name="publishing",
    package=__name__,
    requires=("people", "files", "notifications", "chat", "hooks"),
    blueprints=(routes.blueprint, ntfy_routes.blueprint, streams.blueprint),
    handlers=(foreign_routes,),
    timers={model.TIMER: delayed.publish_due, mailed.TIMER: mailed.send},
    inbox_kinds={"published": InboxKind("publishing.inbox", "megaphone")},
    entries={
        "published": ("topic:…", '`{"id", "sequence", "revision", "message", "title"?, "priority"?, "tags"?, "click"?, '
                      '"icon"?, "actions"?, "attachment"?, "markdown"?}`: a notification; a later one of the same '
                      '`sequence` takes its place'),
        "withdrawn": ("topic:…", '`{"id", "sequence", "revision"}`: it was withdrawn'),
        "cleared": ("topic:…", '`{"id", "sequence", "revision"}`: its author marked it as read for everybody'),
    },
)
