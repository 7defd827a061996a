"""Notifications: an inbox channel for each person, notification levels, Web Push and e-mail."""

from hubbub.core.consumers import Job
from hubbub.notifications import (
    alarms,
    events,
    mail_routes,
    mailing,
    push,
    quiet,
    routes,
    rule_routes,
    snooze,
    subscriptions,
)
from hubbub.notifications.push_message import SCRIPT
from hubbub.slices import InboxKind, Slice

HOUR = 3600.0

slice = Slice(
    name="notifications",
    package=__name__,
    requires=("people",),
    blueprints=(routes.blueprint, mail_routes.blueprint),
    handlers=(events, quiet, rule_routes),
    start=push.start,
    consumers=(push.consumer, Job("push_expired", HOUR, subscriptions.delete_expired),
               Job("mail", mailing.EVERY, mailing.send_due)),
    timers={snooze.TIMER: snooze.wake, alarms.TIMER: alarms.ring},
    page="main.js",
    stylesheets=("notifications.css",),
    offline=("inbox-view.js", "device-notifications.js"),
    shortcuts={"/inbox": "notifications.inbox.title"},
    addresses=("/inbox",),
    boot={"inbox": routes.opening, "kinds": routes.kinds},
    entries={
        "notification": ("inbox:…", '`{"cause", "channel", "target", "root", "title", "text", "text_id"?, "params"?, '
                         '"url", "why"?, "alias"?, "urgent"?, "alarm"?, "steps"?, "conversation"?, "replaces"?}`: '
                         'the text is in English if it has the id of a string; `replaces` is a snoozed one that came '
                         'back as this'),
        "reminder": ("inbox:…", '`{…, "until"}`: a notification that comes at this time'),
        "revised": ("inbox:…", '`{"targets", "text", …}`: their text, and what else is here, is this now'),
        "read": ("inbox:…", '`{"targets", "deleted"?, "was_read"?}`: these were read, or their message was deleted; '
                 '`was_read`: they did not count as unread before'),
        "snoozed": ("inbox:…", '`{"targets", "until", "was_read"?}`: these are not shown until then; 0: they are back'),
        "rang": ("inbox:…", '`{"targets"}`: these ring again, since nobody has acknowledged them'),
        "acknowledged": ("inbox:…", '`{"targets", "person", "at"}`: a person acknowledged these'),
        "escalated": ("inbox:…", '`{"targets", "step": {"nth", "at", "people"}}`: the next step of an on-call list was '
                      'asked about these; nobody, after the last'),
        "unread": ("inbox:…", '`{"targets", "snoozed"?}`: these are unread again, or snoozed'),
    },
    signals={"level": ("user:…", '`{"channel", "level"}`: how much of a channel notifies the person'),
             "rules": ("user:…", '`{"kind"}`: the person changed a rule of this kind')},
    inbox_kinds={"script": SCRIPT, "reminder": InboxKind("notifications.inbox.reminder", "clock-4"),
                 "acknowledged": InboxKind("notifications.inbox.acknowledged", "check-check")},
)
