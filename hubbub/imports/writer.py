"""Writes an export into the database, in sets: each is one transaction, so a run that was killed continues there."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TypeVar

from hubbub import slices
from hubbub.chat import history
from hubbub.chat import rooms as chat_rooms
from hubbub.chat.history import Past
from hubbub.core import consumers, db, node
from hubbub.imports import people, rooms
from hubbub.imports.people import Known
from hubbub.imports.plan import Plan
from hubbub.imports.records import Export, Message, Person, Room
from hubbub.imports.report import Report
from hubbub.imports.rooms import Opened

SET, PEOPLE = 1000, 100  # messages and people of one transaction
NO_THREAD = "replies to messages that are not in the export, now messages of the room"
NO_TARGET = "pins of messages that are not in the export"
GONE = "changes of messages that were deleted here"
UNLISTED = "people who are not listed in the export"
KNOWN = "select id, seq from imported where room = :room and seq > 0 and id = any(:ids)"
DELETED = "select seq from message where channel = :channel and deleted is not null and seq = any(:seqs)"
END = """select entry.seq, entry.at from channel join entry on entry.channel = channel.name
    and entry.seq = channel.head where channel.name = :channel"""
REMEMBER = """insert into imported (room, id, seq) select cast(:room as bigint), id, seq
    from each(:rows) as entry(id text, seq bigint)"""
COUNTED = {"message": "messages", "reply": "replies", "edited": "edits", "reacted": "reactions", "pinned": "pins",
           "deleted": "deleted messages", "archived": "archived rooms"}

T = TypeVar("T")


def in_sets(found: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of up to `size` items."""
    rest = iter(found)
    while some := list(islice(rest, size)):
        yield some


class Writer:
    """An import into this server's database."""

    def __init__(self, export: Export, accounts: Mapping[str, int], report: Report) -> None:
        self.export, self.report, self.accounts = export, report, accounts
        self.people: dict[str, Known] = {}
        self.named: dict[str, int] = {}  # by handle, those whom a message can mention
        self.has_files = False  # whether the bytes of any can be had

    def add_people(self, found: Iterable[Person]) -> None:
        """Add the people who are new."""
        if not self.people:
            self.people = people.known(db, self.export.source)
            self.report.present["people"] = len(self.people)
            self._name(self.people)
        for some in in_sets(found, PEOPLE):
            there, new = db.retry(partial(people.add, self.export.source, some, self.accounts, self.report))
            self.people.update(there)
            self._name(there)
            self.report.added["people"] += new

    def _name(self, found: Mapping[str, Known]) -> None:
        self.named.update({one.handle: one.id for one in found.values() if one.is_active})

    def person(self, id: str) -> int:
        """Return a person by the id there; create one who is not listed."""
        if id not in self.people:
            self.add_people([self.export.unlisted(id)])
            self.report.note(UNLISTED, id)
        return self.people[id].id

    def open(self, room: Room) -> Opened:
        """Return the room here, which is created if it is new."""
        is_new = rooms.find(db, self.export.source, room.id) is None
        (self.report.added if is_new else self.report.present)["rooms"] += 1
        for id in room.members if room.kind == "direct" else ():
            self.person(id)
        return db.retry(lambda: rooms.open(self.export.source, room, self.people, self.report))

    def write(self, room: Room, opened: Opened, found: Iterable[Message], progress: Callable[[int], None]) -> None:
        """Write the messages of a room, then its pins, and archive it if it is archived there."""
        plan = Plan(opened.number, room.name, self.person, self.named, self.report)
        is_changed = False
        for some in in_sets(found, SET):
            is_changed |= self.store(opened, plan.entries(some))
            progress(len(some))
        leader = room.creator or next(iter(room.members), "")
        last = [plan.past(f"{pin.message}/p", min(pin.at, node.now()), "pinned", pin.person or leader, {"on": True},
                          pin.message) for pin in room.pins if pin.person or leader]
        if room.is_archived and leader:
            last.append(plan.past("/archived", room.created, "archived", leader, {"on": True}))
        if self.store(opened, last) or is_changed:
            self.tell(opened)

    def store(self, opened: Opened, past: list[Past]) -> bool:
        """Store what is not here yet; return whether there was something."""
        new = db.retry(lambda: self._store(opened, past)) if past else []
        return self.count(past, new)

    def _store(self, opened: Opened, past: list[Past]) -> list[Past]:
        with db.transaction(opened.channel) as tx:
            ids = {id for one in past for id in (one.id, one.target, one.quote) if id}
            places = dict(tx.execute(KNOWN, room=opened.number, ids=sorted(ids)))
            [(after, at)] = tx.execute(END, channel=opened.channel) or [(0, 0.0)]
            deleted = {seq for seq, in tx.execute(DELETED, channel=opened.channel, seqs=sorted(places.values()))}
            new = self.new(past, places, at, deleted)
            if new:
                rows = tx.execute("select person from member join person on person.id = member.person "
                                  "where room = :room and person.role <> 'bot'", room=chat_rooms.number(opened.channel))
                members = {person for person, in rows}
                entry = history.store(tx, opened.channel, new, places, members.__contains__)
                tx.execute(REMEMBER, room=opened.number, rows=[(one.id, places[one.id]) for one in new])
                assert entry
                consumers.skip(tx, _consumers(), opened.channel, after, entry.seq)
        return new

    def new(self, past: Iterable[Past], known: Mapping[str, int], at: float, deleted: Collection[int]) -> list[Past]:
        """Return what is not known yet, and is no change of what was deleted here.

        `known` are the seqs by ids there; `at` is the time of the last entry, before which nothing changes a message.
        """
        new: dict[str, Past] = {}
        for one in past:
            if one.id in known or one.id in new:
                continue
            is_message = one.kind in ("message", "reply")
            if not is_message and known.get(one.target) in deleted:
                self.report.note(GONE, one.id)
                continue
            if one.target and one.target not in known and one.target not in new:
                self.report.note(NO_THREAD if is_message else NO_TARGET, one.id)
                if not is_message:
                    continue
                one = one._replace(kind="message", target="")
            at = max(at, one.at)
            new[one.id] = one if is_message else one._replace(at=at)
        return list(new.values())

    def count(self, past: list[Past], new: list[Past]) -> bool:
        """Count what was there and what was stored; return whether anything was."""
        for kind, number in Counter(one.kind for one in new).items():
            self.report.added[COUNTED[kind]] += number
        self.report.present["messages"] += sum(one.kind in ("message", "reply") for one in past) - sum(
            one.kind in ("message", "reply") for one in new)
        return bool(new)

    def tell(self, opened: Opened) -> None:
        """Show the room to its members who are here."""
        def tell() -> None:
            with db.transaction(opened.channel) as tx:
                rows = tx.execute("select person from member where room = :room",
                                  room=chat_rooms.number(opened.channel))
                history.tell_members(tx, chat_rooms.number(opened.channel), [person for person, in rows])

        db.retry(tell)


def _consumers() -> list[consumers.Consumer]:
    return [one for slice in slices.installed for one in slice.consumers if isinstance(one, consumers.Consumer)]
