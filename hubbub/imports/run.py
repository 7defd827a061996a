"""One run of an import: people, then room after room, then files; a dry run only reads."""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from hubbub.config import Config
from hubbub.core import db, node
from hubbub.core.db import copies, migrate
from hubbub.core.db.copies import Progress
from hubbub.core.db.engine import Unusable
from hubbub.files import store
from hubbub.imports import archive, parts, rooms
from hubbub.imports.files import Files
from hubbub.imports.parts import Part
from hubbub.imports.records import Export, Message, Room
from hubbub.imports.rehearsal import Rehearsal
from hubbub.imports.report import Report
from hubbub.imports.writer import Writer
from hubbub.live import bus_link
from hubbub.people import model

OTHER_ROOMS = "rooms that were not asked for"
DAY = 24 * 3600.0
NO_ACCOUNT = "people named by --account who are not in the export"
NO_TIME = "messages with a time that cannot be"
EARLIER = "messages from before --since"
NOT_HERE = "files that are not in the export: their names are in the messages"

Read = Callable[[archive.Archive], Export]


class Wish(NamedTuple):
    """What to import, and how."""

    path: Path
    is_dry: bool = False
    since: float = 0.0
    rooms: tuple[str, ...] = ()  # names or ids there; empty: all
    accounts: Mapping[str, str] = {}  # the handle here, by an id, handle or e-mail address there
    token: str = ""
    part: Part = Part()


@contextlib.contextmanager
def database(config: Config) -> Iterator[None]:
    """Open the database as a node that serves no one; with SQLite, the server must be stopped first."""
    if not config.database_url and not (config.data / copies.DATABASE).exists():
        raise Unusable(f"there is no {copies.DATABASE} in {config.data}: start Hubbub once, or set the right folder "
                       "with --data")
    with node.Node(config).active():
        try:
            db.open(config.data, config.database_url)
        except Unusable as problem:
            why = str(problem)
            raise Unusable(f"{why}: stop it first" if why.startswith("another Hubbub") else why) from problem
        try:
            bus_link.start()
            store.make_folders()
            yield
        finally:
            db.close()


def run(config: Config, read: Read, wish: Wish, report: Report, progress: Progress) -> None:
    """Import an export; a further run adds what is missing."""
    with archive.opened(wish.path, report) as found:
        export = read(found)
        if wish.is_dry:
            with copies.opened(config.data, config.database_url) as snapshot:
                if ("imports", 1) not in migrate.applied(snapshot.dialect, snapshot.execute):
                    raise Unusable("the database is older than this Hubbub: start the server once, which updates it")
                reads = Unlocked(snapshot)
                _run(Rehearsal(export, _accounts(reads, wish), report, reads, bool(wish.token)), wish, progress)
            return
        with database(config):
            writer = Writer(export, _accounts(db, wish), report)
            _run(writer, wish, progress)
            here = {one.id for one in writer.people.values()}
            for there in wish.accounts if wish.part.number == 0 else ():
                if writer.accounts[there] not in here:
                    report.note(NO_ACCOUNT, there)
            _attach(writer, wish)


def run_parts(config: Config, read: Read, wish: Wish, command: Sequence[str], jobs: int, report: Report,
              progress: Progress) -> None:
    """Import an export in several processes, once its people are here."""
    if not config.database_url:
        raise Unusable("several jobs need PostgreSQL: SQLite has one writer")
    with archive.opened(wish.path, report) as found, database(config):
        Writer(export := read(found), _accounts(db, wish), report).add_people(export.people())
    parts.run(command, jobs, report, progress)


class Unlocked:
    """Reads without the locks that only a transaction takes."""

    def __init__(self, reads: copies.Copy) -> None:
        self._reads = reads

    def execute(self, sql: str, /, **values: object) -> list[tuple[object, ...]]:
        """Run one statement and return its rows."""
        return self._reads.execute(sql.removesuffix(" for update"), **values)


def _accounts(reads: object, wish: Wish) -> dict[str, int]:
    """Return the accounts that the wish names; Unusable if there is none with a handle."""
    found: dict[str, int] = {}
    for there, handle in wish.accounts.items():
        person = model.by_handle(reads, handle.removeprefix("@"))  # type: ignore[arg-type]
        if person is None:
            raise Unusable(f"no one here has the handle {handle}")
        found |= {there: person.id, there.lower(): person.id}  # an id, or a handle or address in any case
    return found


def _run(writer: Writer, wish: Wish, progress: Progress) -> None:
    export = writer.export
    writer.add_people(export.people())
    listed = {room.id: room for room in export.rooms()}
    left = {id: room for id, room in listed.items() if _is_wanted(room, wish, writer.report)}
    total = export.archive.total

    def update(_: int) -> None:
        progress(export.archive.done, total)

    for id, messages in export.conversations(_names(writer, listed)):
        room = left.pop(id, None) if id in listed else export.unlisted_room(id)
        if room and (id in listed or _is_wanted(room, wish, writer.report)):
            _write(writer, room, _chosen(messages, wish, writer), update)
    for room in left.values():
        _write(writer, room, iter(()), update)
    progress(1, 1)


def _is_wanted(room: Room, wish: Wish, report: Report) -> bool:
    if not wish.part.has(room.id):
        return False
    is_wanted = not wish.rooms or bool({room.id.lower(), room.name.lower()} & {*wish.rooms})
    if not is_wanted:
        report.note(OTHER_ROOMS, room.name)
    return is_wanted


def _names(writer: Writer, listed: Mapping[str, Room]) -> dict[str, str]:
    """Return handles and names of rooms by their ids there, for the mentions in texts."""
    return {id: room.name for id, room in listed.items()} | {id: one.handle for id, one in writer.people.items()}


def _write(writer: Writer, room: Room, messages: Iterator[Message], update: Callable[[int], None]) -> None:
    """Write a room, which is as old as its first message."""
    first, created = next(messages, None), room.created if 0 < room.created < node.now() else 0.0
    if first:
        messages = chain([first], messages)
        created = min(created or first.at, first.at)
    room = room._replace(created=created or node.now())
    writer.write(room, writer.open(room), messages, update)


def _chosen(messages: Iterator[Message], wish: Wish, writer: Writer) -> Iterator[Message]:
    """Yield the messages that are wanted, and note the files that cannot be had."""
    for message in messages:
        if not 0 < message.at < node.now() + DAY:  # not even a number, or in a time unit of its own
            writer.report.note(NO_TIME, message.id)
            continue
        if message.at < wish.since:
            writer.report.note(EARLIER)
            continue
        for file in message.files:
            if file.is_available(bool(wish.token)):
                writer.has_files = True
            elif file.missing != "external":
                writer.report.note(NOT_HERE, file.name)
        yield message


def _attach(writer: Writer, wish: Wish) -> None:
    """Attach the files, in a pass of their own: it may take hours, and the messages are there before."""
    export = writer.export
    if not writer.has_files:
        return
    files = Files(export, wish.token, writer.report)
    export.report = export.archive.report = Report()  # what cannot be read is in the report already
    for id, messages in export.conversations(_names(writer, {})):
        opened = rooms.find(db, export.source, id) if wish.part.has(id) else None
        if opened:
            files.attach(opened, messages)
