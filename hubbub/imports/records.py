"""What every format is read into: people, rooms and messages, with the ids that they have in the other program."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal, NamedTuple, Protocol

import msgspec

from hubbub.imports.archive import Archive
from hubbub.imports.report import Report

Names = Mapping[str, str]  # by an id there: the handle of a person, the name of a room
LARGEST = 2**53
Whole = Annotated[int, msgspec.Meta(ge=0, le=LARGEST)]  # a time in milliseconds, or a size in bytes


def seconds(at: datetime) -> float:
    """Return a time in seconds since 1970; one without a zone is in UTC."""
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


class Person(NamedTuple):
    """A person or a bot."""

    id: str
    name: str
    handle: str = ""  # as wished: it may be taken
    email: str = ""
    role: Literal["member", "guest", "bot"] = "member"
    is_active: bool = True
    zone: str = ""


class Pin(NamedTuple):
    """A message that is pinned, by whom and when."""

    message: str
    person: str
    at: float


class Room(NamedTuple):
    """A room or a conversation; a direct is known by its members."""

    id: str
    name: str
    kind: Literal["public", "private", "direct"]
    topic: str = ""
    members: tuple[str, ...] = ()
    creator: str = ""
    created: float = 0.0
    is_archived: bool = False
    pins: tuple[Pin, ...] = ()


class File(msgspec.Struct, array_like=True, frozen=True):
    """A file of a message: where its bytes are, in the export or at an address; or why there are none."""

    id: str
    name: str
    size: int = 0
    path: str = ""
    url: str = ""
    missing: str = ""  # why there are none; "external" if it lies elsewhere for good

    def is_available(self, has_token: bool) -> bool:
        """Return whether the bytes can be had."""
        return not self.missing and bool(self.path or self.url and has_token)


class Message(msgspec.Struct, array_like=True, frozen=True):
    """A message, its text as Markdown with the handles of this server."""

    id: str
    at: float
    author: str
    text: str
    thread: str = ""  # the id of the message that it answers
    also_to_room: bool = False
    quote: str = ""
    alias: dict[str, str] = {}  # the name and the icon under which a bot says it
    reactions: tuple[tuple[str, str], ...] = ()  # emoji and person
    files: tuple[File, ...] = ()
    edited: float = 0.0
    is_deleted: bool = False  # only its place is left, with the thread below it
    pinned: float = 0.0  # when it was pinned, where the room does not say it


class Export(Protocol):
    """An export that is being read; everything that cannot be read is in its report."""

    source: str  # names the program and the workspace, the same for a later export
    archive: Archive
    report: Report

    def people(self) -> Iterator[Person]: ...

    def rooms(self) -> Iterator[Room]: ...

    def conversations(self, names: Names) -> Iterator[tuple[str, Iterator[Message]]]:
        """Yield the messages of each room, by its id, in the order of their times."""

    def unlisted(self, id: str) -> Person:
        """Return an author who is not among the people."""

    def unlisted_room(self, id: str) -> Room:
        """Return a room that has messages and is not among the rooms."""
