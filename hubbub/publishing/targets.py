"""To whom a notification goes: what a topic of a request means for its sender, with the rights that they have now.

`@ann` is a person or a group, `#ops` a room, and `room:5` its channel.  A bare name is the topic of this name, else a
person, a group or an open room, else a new topic.  Several are separated by commas.
"""

from typing import NamedTuple

from hubbub import short_text
from hubbub.chat import rooms
from hubbub.core import access, db
from hubbub.core.access import Reads, Refused
from hubbub.people import groups, oncall
from hubbub.people import model as people
from hubbub.publishing import topics
from hubbub.publishing.topics import Topic

MOST = 20  # of one notification
NAMED = """select id from room where folded = :folded and archived is null and kind <> 'direct' order by id"""


class Targets(NamedTuple):
    """People, by any of the names; channels of rooms; topics; groups that are on-call lists."""

    people: set[int]
    rooms: list[str]
    topics: list[Topic]
    oncall: list[int]

    @property
    def is_one_room(self) -> bool:
        """Whether it goes to one room, and to nobody else."""
        return len(self.rooms) == 1 and not self.people and not self.topics


def names(text: str) -> list[str]:
    """Return the names of a topic that has several, each once; refuse too many."""
    found = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if not found or len(found) > MOST:
        raise Refused("error.publish_topics", "bad_input", limit=MOST)
    return found


def resolve(tx: db.Transaction, author: int, text: str, may_create: bool = True) -> Targets:
    """Return who a notification of an author goes to; refuse what they may not notify.  It may create topics."""
    if people.role(tx, author) in ("", "guest"):
        raise Refused("error.only_members", "denied")
    found = Targets(set(), [], [], [])
    for name in names(text):
        _add(tx, author, name, found, may_create)
    return found


def _add(tx: db.Transaction, author: int, name: str, found: Targets, may_create: bool) -> None:
    if name.startswith("@"):
        if not _add_people(tx, name[1:], found):
            raise Refused("error.handle_not_found", "not_found", handle=name[1:41])
    elif name.startswith(("#", "room:")):
        channel = name if name.startswith("room:") else room(tx, author, name[1:])
        rooms.check(tx, author, channel or name, "post")
        found.rooms.append(channel)
    elif topic := topics.find(tx, author, name):
        found.topics.append(topic)
    elif _add_people(tx, name, found):
        return
    elif channel := room(tx, author, name):
        rooms.check(tx, author, channel, "post")
        found.rooms.append(channel)
    elif not may_create:
        raise Refused("error.publish_nobody", "not_found", name=name[:40])
    else:
        found.topics.append(topics.create(tx, author, name))


def _add_people(reads: Reads, handle: str, found: Targets) -> bool:
    person = people.by_handle(reads, handle)
    if person is not None and people.is_at_least(reads, person.id, "guest"):
        found.people.add(person.id)
        return True
    group = groups.by_handle(reads, handle)
    if group is not None and oncall.plan_of(reads, group.id):
        found.oncall.append(group.id)
        found.people.update(oncall.people_of_step(reads, group.id, 1))
    elif group is not None:
        found.people.update(group.members)
    return group is not None


def room(reads: Reads, author: int, name: str) -> str:
    """Return the channel of the room of a name that a person may read; empty if there is none."""
    rows = reads.execute(NAMED, folded=short_text.fold(name))
    found = [f"room:{id}" for id, in rows]
    readable = [channel for channel in found if access.allows(reads, author, channel, "read")]
    return readable[0] if readable else ""
