"""HTTP routes of Hubbub's own: publish, change, withdraw, receipts; topics and subscriptions."""

from typing import Annotated, Any

from flask import Blueprint, Response
from msgspec import Meta

from hubbub import limits
from hubbub.core import db, node
from hubbub.core.access import Refused, Visitor
from hubbub.publishing import icons, mailed, message, model, pressing, receipts, topics
from hubbub.publishing.message import Message, Options
from hubbub.publishing.receipts import Receipt
from hubbub.publishing.topics import Topic
from hubbub.web import api
from hubbub.web.schema import Seq

blueprint = Blueprint("publishing", __name__)

Text = Annotated[str, Meta(max_length=2000)]
Long = Annotated[str, Meta(max_length=16_000)]
Key = Annotated[str, Meta(min_length=1, max_length=100)]
Name = Annotated[str, Meta(max_length=64)]
Priority = Annotated[int, Meta(ge=1, le=5)]
Tags = Annotated[tuple[Text, ...], Meta(max_length=message.TAGS)]
Actions = Annotated[tuple[dict[str, Any], ...], Meta(max_length=3)] | Text
Handles = Annotated[tuple[Text, ...], Meta(max_length=100)]


@api.route(blueprint, "POST", "/api/notifications", status=201, rate=limits.POST)
def publish(visitor: Visitor, to: Text, text: Long, title: Text = "", priority: Priority = 3, tags: Tags = (),
            url: Text = "", icon: Text = "", actions: Actions = (), attach: Text = "", filename: Text = "",
            delay: Text = "", email: Text = "", key: Key = "", markdown: bool = False, notify: bool = False,
            create: bool = False, acknowledge: bool = False) -> Receipt:
    """Notify people, groups, rooms and topics: `@ann`, `#ops`, `backups`, several with commas between them.

    The same `key` changes the notification in place, silently unless `notify`.  `delay` is a duration or a time;
    `actions` are buttons as ntfy has them, in JSON or short.
    With `create`, a name that nothing has becomes a topic.  With `acknowledge`, it is urgent and rings until somebody
    acknowledges it, as it does for an on-call list.
    """
    fields = {"title": title, "priority": str(priority), "tags": ",".join(tags), "click": url, "icon": icon,
              "actions": message.packed(actions), "attach": attach, "filename": filename, "delay": delay,
              "email": email, "markdown": str(int(markdown)), "notify": str(int(notify)), "create": str(int(create)),
              "acknowledge": str(int(acknowledge))}
    if not text.strip():
        raise Refused("error.note_empty", "bad_input")
    found, options = message.read(lambda name: fields.get(name, ""), text, node.now(), zone(visitor.person))
    return receipt(send(visitor.person, to, found, options._replace(sequence=message.sequence(key))))


def send(author: int, to: str, found: Message, options: Options) -> model.Publication:
    """Publish, and mail it to the author if they want that."""
    if not options.email:
        return model.publish(author, to, found, options)
    mailed.check(db, author, options.email)
    one = model.publish(author, to, found, options)
    with db.transaction() as tx:
        mailed.queue(tx, one, node.now())
    return one


def receipt(one: model.Publication) -> Receipt:
    """Return the receipt of what was published or changed."""
    with db.snapshot() as reads:
        return receipts.of(reads, one)


def zone(person: int) -> str:
    """Return the time zone of a person; empty if it is not known."""
    rows = db.execute("select zone from person where id = :id", id=person)
    return str(rows[0][0] or "") if rows else ""


@api.route(blueprint, "GET", "/api/notifications")
def mine(visitor: Visitor, waiting: bool = False) -> list[Receipt]:
    """List the last notifications that you published, without their recipients; or those still to be published."""
    with db.snapshot() as reads:
        return receipts.mine(reads, visitor.person, waiting)


@api.route(blueprint, "GET", "/api/notifications/<id>")
def show(visitor: Visitor, id: Key) -> Receipt:
    """Return a notification that you published, by its id or key: who received, read and acknowledged it, and when."""
    with db.snapshot() as reads:
        return receipts.of(reads, model.of_author(reads, visitor.person, id))


@api.route(blueprint, "GET", "/api/notifications/<id>/icon", rate=limits.HEAVY, returns=bytes)
def icon(visitor: Visitor, id: Key) -> Response:
    """Return the icon of a notification in your inbox, which this server fetched and made small."""
    return Response(icons.get(visitor.person, id), mimetype="image/webp")


@api.route(blueprint, "DELETE", "/api/notifications/<id>", rate=limits.POST)
def withdraw(visitor: Visitor, id: Key) -> Receipt:
    """Remove a notification that you published from all inboxes, rooms and topics, by its id or key."""
    return receipt(model.withdraw(visitor.person, "", id))


@api.route(blueprint, "POST", "/api/inbox/<int:seq>/actions/<int:action>", rate=limits.HEAVY)
def press(visitor: Visitor, seq: Seq, action: Seq) -> pressing.Outcome:
    """Carry out an `http` action of a notification in your inbox: once, by this server; return the status it got."""
    return pressing.press(visitor.person, seq, action)


@api.route(blueprint, "GET", "/api/topics")
def listed(visitor: Visitor) -> list[Topic]:
    """List the topics that you may read, those you subscribe to first."""
    return topics.listed(db, visitor.person)


@api.route(blueprint, "POST", "/api/topics", status=201, rate=limits.HEAVY)
def create(visitor: Visitor, name: Name, open: bool = True) -> Topic:
    """Create a topic: an open one is for all members, a closed one for the people whom you add."""
    with db.transaction() as tx:
        return topics.create(tx, visitor.person, name, open)


@api.route(blueprint, "GET", "/api/topics/<topic>")
def show_topic(visitor: Visitor, topic: Name) -> dict[str, Any]:
    """Return a topic, and its people if you manage it."""
    with db.snapshot() as reads:
        return {"topic": topics.get(reads, visitor.person, topic),
                "people": topics.members(reads, visitor.person, topic)}


@api.route(blueprint, "PUT", "/api/topics/<topic>/subscription")
def subscribe(visitor: Visitor, topic: Name, subscribed: bool | None = None, muted: bool | None = None,
              least: Priority | None = None) -> Topic:
    """Subscribe to a topic, mute it, or choose the lowest priority that reaches your inbox; omitted ones stay."""
    return topics.subscribe(visitor.person, topic, subscribed, muted, least)


@api.route(blueprint, "PATCH", "/api/topics/<topic>")
def change(visitor: Visitor, topic: Name, open: bool | None = None, add: Handles = (), remove: Handles = ()) -> Topic:
    """Open or close a topic that you manage, and add or remove people of a closed one, by handle."""
    return topics.change(visitor.person, topic, open, list(add), list(remove))


@api.route(blueprint, "DELETE", "/api/topics/<topic>", status=204)
def delete(visitor: Visitor, topic: Name) -> Response:
    """Delete a topic that you manage; what was published to it stays in the inboxes."""
    topics.delete(visitor.person, topic)
    return Response(status=204)
