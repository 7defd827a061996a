"""What a server sends, and how it fails."""

from dataclasses import dataclass
from typing import Any, NamedTuple, Self
from urllib.parse import quote, unquote


class Cursor(NamedTuple):
    """A position in a channel: everything up to and including `seq`; the key tells this history from a restored one."""

    seq: int
    key: str = ""

    def __str__(self) -> str:
        return f"{self.seq}:{quote(self.key, safe='!/')}" if self.key or not self.seq else str(self.seq)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote: the id of an event."""
        seq, _, key = text.partition(":")
        return cls(int(seq), unquote(key))


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of a channel: a message, an edit, a reaction, a notification …; `at` is in UTC seconds."""

    channel: str
    seq: int
    n: int
    kind: str
    author: int
    at: float
    key: str
    data: dict[str, Any]

    @property
    def cursor(self) -> Cursor:
        """The position after this entry: `tail(channel, after=entry.cursor)` goes on there."""
        return Cursor(self.seq, self.key)

    @property
    def text(self) -> str:
        """The text of a message or notification; empty if there is none."""
        return str(self.data.get("text", ""))


@dataclass(frozen=True, slots=True)
class Window:
    """A channel as it looks now, with edits and reactions applied: items, oldest first, and the people in them."""

    channel: str
    items: list[dict[str, Any]]
    people: dict[str, Any] | list[Any]
    as_of: Cursor


@dataclass(frozen=True, slots=True)
class Value:
    """The newest value of a symbol, and the first, highest and lowest of its day."""

    symbol: str
    value: float
    at: float
    open: float
    high: float
    low: float


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who was notified: when it came to their inbox, was read and was acknowledged; None: not yet."""

    person: int
    handle: str
    name: str
    delivered: float
    read: float | None
    acknowledged: float | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A notification that you published; `state` is waiting, published, withdrawn or failed."""

    id: str
    key: str
    topics: str
    at: float
    due: float | None
    state: str
    problem: str
    title: str
    message: str
    priority: int
    recipients: list[Recipient]
    posted: list[str]


class HubbubError(Exception):
    """The base of all errors."""


class Unreachable(HubbubError):
    """The server did not answer in time."""


class Refused(HubbubError):
    """The server refused a request; decide by `code`, such as "not_found", and not by the message."""

    def __init__(self, message: str, code: str, status: int, retry_after: float = 0.0) -> None:
        super().__init__(message)
        self.code, self.status, self.retry_after = code, status, retry_after

    @property
    def is_temporary(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in (429, 502, 503, 504)


class Restored(HubbubError):
    """The server has another history than the cursor: it was restored from a backup; `as_of` is where it is now."""

    def __init__(self, channel: str, as_of: Cursor) -> None:
        super().__init__(f"{channel} has another history: the server was restored from a backup. Go on after {as_of}")
        self.channel, self.as_of = channel, as_of
