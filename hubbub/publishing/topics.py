"""Topics: names to which programs publish and that people subscribe to, and who may do so.

Every member may publish to an open topic and subscribe to it; a closed one is for its people only, those in
`topic_person`.  Its creator manages a topic, and so do owners and admins who may read it.  Names are unique, so a taken
name is refused, but it is never listed to those who may not read it.
"""

import re
from typing import Any

import msgspec

from hubbub.core import access, bus, db, hub, node, rights
from hubbub.core.access import Reads, Refused
from hubbub.people import audit
from hubbub.people import model as people

NAME = re.compile(r"[-_A-Za-z0-9]{1,64}\Z")  # as ntfy's clients allow it
RESERVED = ("v1", "json", "sse", "raw", "ws", "auth", "publish", "send", "trigger", "file", "docs", "static")
MOST, MINE = 10_000, 200  # topics of the server, and of one creator

MAY_USE = """(topic.open = 1 and person.role <> 'guest' or topic.created_by = person.id
    or topic.open = 0 and mine.person is not null)"""
SEEN_BY = """from topic join person on person.id {} and person.banned is null
    left join topic_person as mine on mine.topic = topic.id and mine.person = person.id"""
FROM = SEEN_BY.format("= :person")
COLUMNS = f"""topic.id, topic.name, topic.created_by, topic.open, coalesce(mine.subscribed, 0), coalesce(mine.muted, 0),
    coalesce(mine.least, 1), topic.created_by = person.id or person.role in ('admin', 'owner'), {MAY_USE}"""
SUBSCRIBERS = """select topic_person.person from topic_person join topic on topic.id = topic_person.topic
    join person on person.id = topic_person.person and person.banned is null and person.role <> 'bot'
    where topic = any(:topics) and subscribed = 1 and muted = 0 and least <= :priority
    and (topic.open = 0 or person.role <> 'guest')"""
SET = """insert into topic_person (topic, person, subscribed, muted, least)
    values (:topic, :person, :subscribed, :muted, :least) on conflict (topic, person)
    do update set subscribed = :subscribed, muted = :muted, least = :least"""


class Narrowed(bus.Message, frozen=True):
    """Fewer people may read a topic than before."""

    channel: str


@bus.on(Narrowed)
def _expel_soon(message: Narrowed) -> None:
    node.spawn(_expel, message.channel)


def _expel(channel: str) -> None:
    """End the reading of those who may not read a topic any more; of everybody if the database is away."""
    tail = hub.open_tail(channel)
    people = {peer.person for peer in (*tail.live, *tail.behind)} if tail else set()
    try:
        readers = access.readers(db, people, channel)
    except Refused:
        readers = []
    for person in people.difference(readers):
        hub.expel(channel, person)


class Topic(msgspec.Struct, frozen=True):
    """A topic as one person sees it; `least` is the lowest priority that reaches their inbox."""

    id: int
    name: str
    by: int
    open: bool
    subscribed: bool
    muted: bool
    least: int
    manages: bool

    @property
    def channel(self) -> str:
        """The channel of what was published to it."""
        return f"topic:{self.id}"


@access.rule("topic")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Return whether a person may read a topic, or publish to it ("post")."""
    if not re.fullmatch("[1-9][0-9]{0,14}", name) or verb not in ("read", "post"):
        return False
    return bool(reads.execute(f"select 1 {FROM} where topic.id = :id and {MAY_USE}", person=person, id=int(name)))


@access.rule_for_readers("topic")
def readers(reads: Reads, people: list[int], name: str) -> list[int]:
    """Return those of these people who may read a topic."""
    rows = reads.execute(f"select person.id {SEEN_BY.format('= any(:people)')} where topic.id = :id and {MAY_USE}",
                         people=people, id=int(name))
    return [person for person, in rows]


def find(reads: Reads, person: int, name: str) -> Topic | None:
    """Return the topic of a name; refuse it if it is closed to the person, None if there is none."""
    rows = reads.execute(f"select {COLUMNS} {FROM} where topic.name = :name", person=person, name=name)
    if rows and not rows[0][-1]:
        raise Refused("error.topic_closed", "denied", name=name)
    return _topic(rows[0]) if rows else None


def get(reads: Reads, person: int, name: str) -> Topic:
    """Return the topic of a name; refuse one that does not exist, or is closed to the person, in the same words."""
    try:
        found = find(reads, person, name)
    except Refused:
        found = None
    if found is None:
        raise Refused("error.topic_not_found", "not_found", name=name[:64])
    return found


def _locked(tx: db.Transaction, person: int, name: str) -> Topic:
    """Return a topic as `get` does; it and its people stay as they are until the commit."""
    tx.execute("select id from topic where name = :name for update", name=name)
    return get(tx, person, name)


def listed(reads: Reads, person: int) -> list[Topic]:
    """Return the topics that a person may read, those they subscribe to first."""
    rows = reads.execute(f"select {COLUMNS} {FROM} where {MAY_USE} order by coalesce(mine.subscribed, 0) desc, "
                         "topic.name limit 1000", person=person)
    return [_topic(row) for row in rows]


def create(tx: db.Transaction, person: int, name: str, is_open: bool = True) -> Topic:
    """Return the topic of a name for a member or bot; create it if there is none."""
    if found := find(tx, person, name):
        return found
    if not NAME.match(name) or name.lower() in RESERVED:
        raise Refused("error.topic_name", "bad_input")
    if people.role(tx, person) in ("", "guest"):
        raise Refused("error.only_members", "denied")
    [(all, mine)] = tx.execute("select count(*), count(case when created_by = :person then 1 end) from topic",
                               person=person)
    if all >= MOST or mine >= MINE:
        raise Refused("error.topic_limit", "too_large", limit=MOST if all >= MOST else MINE)
    tx.execute("insert into topic (name, created_by, since, open) values (:name, :by, :at, :open) "
               "on conflict (name) do nothing", name=name, by=person, at=node.now(), open=int(is_open))
    audit.note(tx, "topic_created", person, topic=name)
    return find(tx, person, name) or get(tx, person, name)


def subscribe(person: int, name: str, subscribed: bool | None = None, muted: bool | None = None,
              least: int | None = None) -> Topic:
    """Subscribe a person to a topic, or change how much of it reaches their inbox; omitted values stay."""
    with db.transaction() as tx:
        topic = _locked(tx, person, name)
        values = {"subscribed": topic.subscribed if subscribed is None else subscribed,
                  "muted": topic.muted if muted is None else muted}
        tx.execute(SET, topic=topic.id, person=person, least=topic.least if least is None else least,
                   **{key: int(value) for key, value in values.items()})
        return get(tx, person, name)


def change(person: int, name: str, is_open: bool | None, add: list[str], remove: list[str]) -> Topic:
    """Open or close a topic, and add or remove people of a closed one, by handle; refused to who does not manage it."""
    with db.transaction() as tx:
        topic = _locked(tx, person, name)
        if not topic.manages:
            raise Refused("error.not_allowed", "denied")
        if is_open is not None:
            tx.execute("update topic set open = :open where id = :id", id=topic.id, open=int(is_open))
        for handle in add:
            tx.execute("insert into topic_person (topic, person, subscribed, muted, least) values (:topic, :person, 0, "
                       "0, 1) on conflict (topic, person) do nothing", topic=topic.id, person=_person(tx, handle))
        for handle in remove:
            tx.execute("delete from topic_person where topic = :topic and person = :person",
                       topic=topic.id, person=_person(tx, handle))
        if remove or is_open is False:
            rights.announce(tx, Narrowed(topic.channel))
        audit.note(tx, "topic_changed", person, topic=name)
        return get(tx, person, name)


def members(reads: Reads, person: int, name: str) -> list[int]:
    """Return the people of a topic, to those who manage it; to others, nobody but themselves."""
    topic = get(reads, person, name)
    return [one for one, in reads.execute("select person from topic_person where topic = :id order by person",
                                          id=topic.id) if topic.manages or one == person]


def delete(person: int, name: str) -> None:
    """Delete a topic: its subscriptions end, its name is free, and notifications stay in the inboxes."""
    with db.transaction() as tx:
        topic = _locked(tx, person, name)
        if not topic.manages:
            raise Refused("error.not_allowed", "denied")
        tx.execute("delete from topic_person where topic = :id", id=topic.id)
        tx.execute("delete from publication_part where channel = :channel", channel=topic.channel)
        tx.execute("delete from topic where id = :id", id=topic.id)
        rights.announce(tx, Narrowed(topic.channel))
        audit.note(tx, "topic_deleted", person, topic=name)


def subscribers(reads: Reads, topics: list[int], priority: int) -> set[int]:
    """Return the people whose inboxes get what is published to these topics with a priority."""
    rows = reads.execute(SUBSCRIBERS, topics=topics, priority=priority) if topics else []
    return {person for person, in rows}


def _person(reads: Reads, handle: str) -> int:
    person = people.by_handle(reads, handle.removeprefix("@"))
    if person is None:
        raise Refused("error.handle_not_found", "not_found", handle=handle[:40])
    return person.id


def _topic(row: tuple[Any, ...]) -> Topic:
    id, name, by, is_open, subscribed, muted, least, manages, _ = row
    return Topic(id, name, by, bool(is_open), bool(subscribed), bool(muted), least, bool(manages))
