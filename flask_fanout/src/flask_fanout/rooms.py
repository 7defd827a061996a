"""Who is in a room, and how all of them are told something: listed once, until somebody comes or goes."""

from collections.abc import Iterable
from typing import Any

from .link import LIMIT, Link
from .message import Message


class Held:
    """Stands in a room for a client whose CONNECT is not answered yet, and keeps what is sent to it until then."""

    __slots__ = ("eio_sid", "link", "messages", "size")
    gathers = False

    def __init__(self, link: Link) -> None:
        self.link, self.eio_sid, self.size = link, link.eio_sid, 0
        self.messages: list[Message] = []

    def send(self, message: Message) -> None:
        """Keep a message, up to the limit that an outbox has."""
        self.size += len(message)
        if self.size <= LIMIT:
            self.messages.append(message)
        else:
            self.link.close()


Told = tuple[list[Any], list[Link | Held]]  # who is told together at the end of the turn, and who at once


def told(links: Iterable[Link | Held]) -> Told:
    """How these are told something."""
    together: list[Any] = []
    others: list[Link | Held] = []
    for link in links:
        (together if link.gathers else others).append(link)
    return together, others


class Room(dict[str, Link | Held]):
    """The sids of a room's clients, each with its connection."""

    __slots__ = ("_told",)

    def __init__(self, *members: Any) -> None:
        super().__init__(*members)
        self._told: Told | None = None

    def put(self, sid: str, link: Link | Held) -> None:
        """Let a client in, or its connection take the place of what stood for it."""
        self[sid], self._told = link, None

    def drop(self, sid: str) -> None:
        """Let a client go, if it is here."""
        self.pop(sid, None)
        self._told = None

    def told(self) -> Told:
        """How its clients are told something."""
        if self._told is None:
            self._told = told(self.values())
        return self._told
