"""Exports of Rocket.Chat: the zip for its CSV importer, and the JSON that "Export messages" of a room writes.

It follows "Import from CSV" and the export of rooms as of Rocket.Chat 8.  The JSON does not say who may read a room, so
it becomes a private room of the people who wrote there.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import msgspec

from hubbub.core.db import Unusable
from hubbub.hooks.message import field
from hubbub.imports import spool
from hubbub.imports.archive import INVALID, Archive, decode_one
from hubbub.imports.markup import id_of, outside_code, with_emoji, with_handles
from hubbub.imports.records import File, Message, Names, Person, Room, seconds
from hubbub.imports.report import Report
from hubbub.imports.slack import NOTICES

LISTS = {"users.csv", "channels.csv", "contacts.csv"}
DIRECTS = "directmessages"
MILLISECONDS = re.compile("[0-9]{1,15}")
csv.field_size_limit(1024 * 1024)


class Sent(msgspec.Struct):
    """A message in the JSON of a room."""

    ts: datetime
    username: str
    msg: str | None = None
    type: str | None = None
    attachments: list[Any] | None = None


class RocketChat:
    """An export of Rocket.Chat that is open."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.report = archive, archive.report
        self.source = "rocketchat"
        self._users = [row for row in self._rows("users.csv", 3) if row[0]]
        self._channels = {row[0]: row for row in self._rows("channels.csv", 4)}
        self._csv = [name for name in sorted(archive.names) if name.endswith(".csv") and name not in LISTS]
        self._json = [name for name in sorted(archive.names) if name.endswith(".json")]
        if not (self._users or self._channels or self._csv or self._json):
            raise Unusable("this is no export of Rocket.Chat: it has neither users.csv nor the messages of a room")
        self._members: dict[str, dict[str, None]] = {}
        for name in self._json:
            for sent in self._sent(name, self.report):
                self._members.setdefault(_room(name), {})[sent.username] = None

    def _rows(self, name: str, width: int) -> Iterator[list[str]]:
        """Yield the rows of a file of CSV that have enough columns."""
        if name not in self.archive.names:
            return
        text = self.archive.read(name).decode("utf-8-sig", "replace").replace("\0", "")
        rows = csv.reader(io.StringIO(text), skipinitialspace=True)
        while True:
            try:
                row = next(rows)
            except StopIteration:
                return
            except csv.Error as problem:
                self.report.note(INVALID, f"{name}:{rows.line_num}: {problem}")
                continue
            if len(row) >= width:
                yield [one.strip() for one in row[:width - 1]] + [row[width - 1]]
            elif row:
                self.report.note(INVALID, f"{name}:{rows.line_num}: {len(row)} columns instead of {width}")

    def _sent(self, name: str, report: Report | None) -> Iterator[Sent]:
        """Yield the messages of the JSON of a room: a line each, or a list."""
        data = self.archive.read(name)
        decoder = msgspec.json.Decoder(Sent)
        lines: Iterable[bytes | msgspec.Raw] = data.split(b"\n")
        if data.lstrip()[:1] == b"[":
            lines = self.archive.one(name, list[msgspec.Raw]) or []
        for number, line in enumerate(lines, 1):
            if (sent := decode_one(decoder, line, f"{name}:{number}", report)) is not None:
                yield sent

    def people(self) -> Iterator[Person]:
        for username, email, name in self._users:
            yield Person(username, name or username, username, email.lower())
        known = {row[0] for row in self._users}
        for some in self._members.values():
            yield from (Person(name, name, name) for name in some if name not in known)
            known |= {*some}

    def rooms(self) -> Iterator[Room]:
        for name, creator, kind, members in self._channels.values():
            people = dict.fromkeys([creator, *(one.strip() for one in members.split(";"))])
            yield Room(name, name, "private" if kind.strip() == "private" else "public",
                       members=tuple(filter(None, people)), creator=creator)
        for name in self._json:
            if _room(name) not in self._channels:
                yield Room(_room(name), _room(name), "private", members=tuple(self._members.get(_room(name), ())))

    def unlisted(self, id: str) -> Person:
        return Person(id, id, id)

    def unlisted_room(self, id: str) -> Room:
        members = tuple(id.partition("/")[2].split(",")) if id.startswith("direct/") else ()
        return Room(id, id, "direct" if members else "private", members=members)

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        yield from spool.by_room(self._messages(names))

    def _messages(self, names: Names) -> Iterator[tuple[str, Message]]:
        for name in self._csv:
            folder = name.rpartition("/")[0]
            for row in self._rows(name, 4 if folder == DIRECTS else 3):
                author, *to, ts, text = row
                room = "direct/" + ",".join(sorted({author, *to})) if to else folder
                if MILLISECONDS.fullmatch(ts) and author:
                    yield room, _message(int(ts) / 1000, author, text, names)
                else:
                    self.report.note(INVALID, f"{name}: {ts} is no time in milliseconds")
        for name in self._json:
            for sent in self._sent(name, None):  # reported at the first reading
                if sent.type:
                    self.report.note(NOTICES)
                else:
                    files = tuple(self._files(name, sent))
                    yield _room(name), _message(seconds(sent.ts), sent.username, sent.msg or "", names, files)

    def _files(self, name: str, sent: Sent) -> Iterator[File]:
        folder = name.rpartition("/")[0]
        for one in sent.attachments or ():
            if isinstance(one, dict) and (id := field(one, "fileId")):
                shown = field(one, "fileName") or field(one, "title") or id
                path = f"{folder}/assets/{id}-{shown}".lstrip("/")
                is_here = path in self.archive.names
                yield File(id, shown, self.archive.size(path) if is_here else 0, path if is_here else "")


def _message(at: float, author: str, text: str, names: Names, files: tuple[File, ...] = ()) -> Message:
    shown = outside_code(text, lambda part: with_handles(with_emoji(part), names))
    return Message(id_of(at, author, text), at, author, shown, files=files)


def _room(name: str) -> str:
    """Return the room of a file of JSON: its name, or that of its folder."""
    folder, _, file = name.rpartition("/")
    stem = file.removesuffix(".json")
    return folder.rpartition("/")[2] if stem == "messages" and folder else stem
