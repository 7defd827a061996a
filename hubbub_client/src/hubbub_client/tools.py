"""The tools of `hubbub mcp`: what each returns, within bounds that suit an assistant."""

from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

TEXT, TOTAL, PART = 4_000, 40_000, 20_000  # characters: of one message, of an answer, of a part of a document


class Room(BaseModel):
    """A room; `channel` names it in other tools."""

    channel: str
    name: str
    kind: str
    topic: str
    joined: bool
    archived: bool


class Rooms(BaseModel):
    """Rooms by name."""

    rooms: list[Room]


class Message(BaseModel):
    """A message: `seq` is its number in the channel, `thread` that of the message whose thread it is in.

    Anybody may have any name as `author`; only one has the `handle`, by which `@handle` mentions them.
    """

    channel: str
    seq: int
    author: str
    handle: str
    at: str
    text: str
    thread: int = 0
    replies: int = 0
    edited: bool = False
    files: list[str] = []


class Messages(BaseModel):
    """Messages, oldest first; `before` is for the page of those before them, 0 if there is none."""

    messages: list[Message]
    before: int


class Found(BaseModel):
    """Messages that were found, newest first; `before` is for the next page, 0 if there is none."""

    messages: list[Message]
    before: int


class Document(BaseModel):
    """A document."""

    id: int
    title: str
    room: str
    changed: str


class Documents(BaseModel):
    """Documents, last changed first, or the best matches first."""

    documents: list[Document]


class Text(BaseModel):
    """A part of a document's Markdown; `next` is the offset of the following part, 0 if this is the last one."""

    title: str
    text: str
    next: int


class Symbol(BaseModel):
    """A symbol of a feed and its newest value."""

    name: str
    title: str
    feed: str
    value: float | None
    at: str


class Symbols(BaseModel):
    """Symbols."""

    symbols: list[Symbol]


class Candle(BaseModel):
    """A stretch of time: the first, highest, lowest and last value in it."""

    start: str
    open: float
    high: float
    low: float
    close: float


class Candles(BaseModel):
    """Candles, oldest first."""

    candles: list[Candle]


class Written(BaseModel):
    """What was written: the channel, and the number of the entry in it."""

    channel: str
    seq: int


def moment(at: float) -> str:
    """Return a time as text."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def cut(text: str, limit: int) -> str:
    """Return the beginning of a text, and how much is missing."""
    return text if len(text) <= limit else f"{text[:limit]} … ({len(text) - limit} more characters)"


def room(found: dict[str, Any]) -> Room:
    """Return a room of the API."""
    return Room(channel=found["channel"], name=found["name"], kind=found["kind"], topic=found["topic"],
                joined=bool(found["role"]) or found["kind"] == "lobby", archived=found["archived"])


def message(item: dict[str, Any], people: dict[str, Any], channel: str) -> Message:
    """Return a message, or a line such as "joined"."""
    person = people.get(str(item["author"]), {})
    name = str(person.get("name", item["author"]))
    alias = item.get("alias", {}).get("name", "")
    text = item["text"] if item["kind"] == "message" else f"({item['kind']})"
    return Message(channel=item.get("channel", channel), seq=item["seq"], author=f"{alias} ({name})" if alias else name,
                   handle=person.get("handle", ""), at=moment(item["at"]), text=cut(text, TEXT),
                   thread=item.get("thread", 0), replies=item.get("replies", {}).get("n", 0),
                   edited=bool(item.get("edited")),
                   files=[file["name"] for file in item.get("files", ())])


def messages(items: list[dict[str, Any]], people: dict[str, Any], channel: str = "") -> tuple[list[Message], int]:
    """Return the last messages that fit in an answer, and the seq before which others are left; no deleted ones."""
    found: list[Message] = []
    size = 0
    for item in reversed([item for item in items if not item.get("deleted")]):
        if size > TOTAL:
            return found[::-1], found[-1].seq
        found.append(message(item, people, channel))
        size += len(found[-1].text)
    return found[::-1], 0


def document(found: dict[str, Any]) -> Document:
    """Return a document of the API."""
    return Document(id=found["id"], title=found["title"], room=found["room"], changed=moment(found["changed"]))


def symbol(found: dict[str, Any]) -> Symbol:
    """Return a symbol of the API."""
    quote = found.get("quote") or {}
    at = quote.get("at")
    return Symbol(name=found["name"], title=found["title"], feed=found["feed"], value=quote.get("value"),
                  at=moment(at) if at else "")
