"""HTTP routes of the inbox and of push subscriptions, and the inbox's data in the page."""

from typing import Annotated, Any

from flask import Blueprint, request
from msgspec import Meta

from hubbub import limits, slices
from hubbub.core import db, log
from hubbub.core.access import Refused, Visitor
from hubbub.core.log import Entry
from hubbub.notifications import alarms, answering, conversations, model, notes, push, subscriptions, targets, vapid
from hubbub.notifications.events import Seqs
from hubbub.web import api, page
from hubbub.web.schema import Channel, Key, Seq

blueprint = Blueprint("notifications", __name__)

Text = Annotated[str, Meta(max_length=2000)]
Conversations = Annotated[int, Meta(ge=1, le=conversations.MOST)]
NoteKey = Annotated[str, Meta(min_length=1, max_length=40)]


@api.route(blueprint, "POST", "/api/inbox/read")
def read(visitor: Visitor, seqs: Seqs | None = None) -> dict[str, int]:
    """Mark these notifications as read, or all of them; return how many are unread."""
    if seqs is None:
        model.mark_all_read(visitor.person)
    else:
        model.mark_read(visitor.person, seqs)
    return {"unread": model.unread(db, visitor.person)}


@api.route(blueprint, "GET", "/api/inbox")
def inbox(visitor: Visitor, show: model.Filter = "all", before: Seq = model.ALL,
          limit: Conversations = conversations.PAGE) -> dict[str, Any]:
    """Return your inbox by conversation, newest first, a page before an entry, and the counts of all filters."""
    return conversations.newest(visitor.person, show, before, limit)


@api.route(blueprint, "POST", "/api/inbox/act", rate=limits.POST)
def act(visitor: Visitor, person: int, seq: Seq, action: answering.Action, key: Key,
        text: str = "") -> dict[str, int]:
    """Reply to a notification, or mark it as done, with those before it about the same channel.

    `person` is whose notification it is: another one may have signed in at this browser since it was shown.
    """
    if person != visitor.person:
        raise Refused("error.notification_of_another", "denied")
    return {"unread": answering.act(person, seq, action, text, key)}


@api.route(blueprint, "PUT", "/api/channels/<channel>/level")
def level(visitor: Visitor, channel: Channel, level: model.Level) -> None:
    """Choose which messages of a channel notify you: everything, mentions, nothing; empty for the default."""
    model.set_level(visitor.person, channel, level)


@api.route(blueprint, "POST", "/api/notify", status=201)
def notify(visitor: Visitor, person: Text, text: Text, key: NoteKey, url: Text = "",
           urgent: bool = False, acknowledge: bool = False) -> Entry | None:
    """Notify a person by their handle; return the entry of their inbox, the first one for a repeated key.

    If it is `urgent`, it rings in quiet times, too; with `acknowledge`, it is urgent and rings again until it is
    acknowledged, of which you are notified.  What is sent to an on-call list always asks for that.
    """
    return notes.send(visitor.person, person, text, key, url, urgent, acknowledge)


@api.route(blueprint, "POST", "/api/inbox/<id>/acknowledge")
def acknowledge(visitor: Visitor, id: Seq) -> alarms.State:
    """Acknowledge an urgent notification that asks for it, for all its recipients; return who was the first."""
    return alarms.acknowledge(visitor.person, id)


@api.route(blueprint, "GET", "/api/alarms/<id>")
def alarm(visitor: Visitor, id: Seq) -> alarms.State:
    """Return who acknowledged an urgent notification, and who was asked, to its sender and its recipients."""
    return alarms.of(visitor.person, id)


@api.route(blueprint, "POST", "/api/alarms/<id>/acknowledge")
def acknowledge_alarm(visitor: Visitor, id: Seq) -> alarms.State:
    """Acknowledge an urgent notification by the `alarm` in its entry."""
    return alarms.acknowledge_alarm(visitor.person, id)


@api.route(blueprint, "GET", "/api/push")
def push_key(visitor: Visitor) -> dict[str, str]:
    """Return the public key that this server signs push messages with (VAPID, RFC 8292)."""
    return {"key": vapid.public_key()}


@api.route(blueprint, "POST", "/api/push")
def subscribe(visitor: Visitor, endpoint: Text, p256dh: Text, auth: Text) -> None:
    """Push your notifications to a browser until this sign-in ends."""
    subscriptions.add(visitor.person, visitor.sign_in, endpoint, p256dh, auth, request.root_url,
                      page.browser_language())


@api.route(blueprint, "POST", "/api/push/check", rate=limits.HEAVY)
def check_push(visitor: Visitor, endpoint: Text) -> push.Check:
    """Push a test to one of your browsers now, and return what its push service did with it."""
    return push.check(visitor.person, endpoint)


@api.route(blueprint, "DELETE", "/api/push")
def unsubscribe(visitor: Visitor, endpoint: Text) -> None:
    """Stop pushing to a browser."""
    subscriptions.remove(visitor.person, endpoint)


@api.route(blueprint, "GET", "/api/targets")
def targets_of(visitor: Visitor) -> list[targets.Target]:
    """List where your notifications go: browsers, UnifiedPush endpoints and topics of ntfy."""
    return targets.of(visitor.person)


@api.route(blueprint, "POST", "/api/targets", status=201, rate=limits.HEAVY)
def add_target(visitor: Visitor, endpoint: Text, p256dh: Text = "", auth: Text = "",
               name: Text = "") -> targets.Target:
    """Send your notifications to a UnifiedPush endpoint, too; without keys, to a topic of ntfy (`auth`: its token)."""
    return targets.add(visitor.person, endpoint, p256dh, auth, name, request.root_url, page.browser_language())


@api.route(blueprint, "POST", "/api/targets/<int:id>/check", rate=limits.HEAVY)
def check_target(visitor: Visitor, id: Seq) -> push.Check:
    """Send a test to one of your targets now, and return what its server did with it."""
    return push.check(visitor.person, targets.endpoint(visitor.person, id))


@api.route(blueprint, "DELETE", "/api/targets/<int:id>")
def remove_target(visitor: Visitor, id: Seq) -> None:
    """Send no notifications to one of your targets any more."""
    targets.remove(visitor.person, id)


def opening(person: int | None) -> dict[str, Any] | None:
    """Return the state of the reader's inbox."""
    if person is None:
        return None
    with db.snapshot() as reads:
        return {"unread": model.unread(reads, person), "as_of": log.head(reads, model.inbox(person)),
                "levels": model.levels(reads, person)}


def kinds(person: int | None) -> dict[str, dict[str, Any]]:
    """Return how each kind of notification is shown, and the address of each kind of channel."""
    return {"inbox": {kind: [found.text, found.icon] for kind, found in slices.inbox_kinds().items()},
            "addresses": {kind: found.address for kind, found in slices.channel_kinds().items()}}

