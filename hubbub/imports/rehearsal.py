"""A dry run: it reads an export and the database as an import does, and writes nothing."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from hubbub.chat.history import Past
from hubbub.core.access import Reads
from hubbub.imports import people, rooms
from hubbub.imports.people import Known
from hubbub.imports.records import Export, Message, Person, Room
from hubbub.imports.report import Report
from hubbub.imports.rooms import Opened
from hubbub.imports.writer import SET, Writer, in_sets

SOME = 500  # values of one statement
PLACES = "select id, seq from imported where room = :room and seq > 0 and id in ({})"
DELETED = "select seq from message where channel = :channel and deleted is not null and seq in ({})"


class Rehearsal(Writer):
    """An import that only counts; people and rooms that would be new have numbers below 0."""

    def __init__(self, export: Export, accounts: Mapping[str, int], report: Report, reads: Reads,
                 has_token: bool) -> None:
        super().__init__(export, accounts, report)
        self._reads, self._has_token = reads, has_token
        self.people = people.known(reads, export.source)
        self.report.present["people"] = len(self.people)
        self._next = 0
        self._ids: set[int] = set()  # hashes of those in the room that is being read

    def add_people(self, found: Iterable[Person]) -> None:
        for person in found:
            if person.id not in self.people:
                self._next -= 1
                people.shown_name(person, self.report)
                handle = people.free_handle(self._reads, person, self.report)
                self.people[person.id] = Known(self._next, handle, person.is_active, person.role)
                self.report.added["people"] += 1

    def open(self, room: Room) -> Opened:
        self._ids.clear()
        for id in room.members if room.kind == "direct" else ():
            self.person(id)
        if found := rooms.find(self._reads, self.export.source, room.id):
            self.report.present["rooms"] += 1
            return found
        self.report.added["rooms"] += 1
        members = sorted({self.people[id].id for id in room.members if id in self.people})
        if (kind := rooms.kind_of(room, members, self.report)) != "direct":
            rooms.free_name(self._reads, room, kind, self.report)
        rooms.clean_topic(room, self.report)
        return Opened(0, "")

    def write(self, room: Room, opened: Opened, found: Iterable[Message], progress: Callable[[int], None]) -> None:
        super().write(room, opened, self._with_files(opened, found), progress)

    def _with_files(self, opened: Opened, found: Iterable[Message]) -> Iterator[Message]:
        """Count the files that would be attached; only the import itself notices that one is empty."""
        for some in in_sets(found, SET):
            files = [f"{message.id}/f/{file.id}" for message in some for file in message.files
                     if file.is_available(self._has_token)]
            there = self._some(PLACES, files, room=opened.number) if opened.number else ()
            self.report.added["files"] += len(files) - len(there)
            yield from some

    def _some(self, sql: str, wanted: Iterable[object], **values: object) -> list[tuple[Any, ...]]:
        """Read the rows for some values, as a snapshot can: each is a parameter of its own."""
        rows: list[tuple[Any, ...]] = []
        for some in in_sets(wanted, SOME):
            names = {f"value{number}": value for number, value in enumerate(some)}
            rows += self._reads.execute(sql.format(", ".join(f":{name}" for name in names)), **names, **values)
        return rows

    def store(self, opened: Opened, past: list[Past]) -> bool:
        ids = {one.id for one in past} | {one.target for one in past if one.target}
        known: dict[str, int] = dict.fromkeys((id for id in ids if hash(id) in self._ids), 0)
        if opened.number:
            known |= dict(self._some(PLACES, ids - known.keys(), room=opened.number))
        deleted = {seq for seq, in self._some(DELETED, {*known.values()} - {0}, channel=opened.channel)}
        new = self.new(past, known, 0.0, deleted)
        self._ids.update(hash(one.id) for one in new if one.kind in ("message", "reply"))
        self.count(past, new)
        return False
