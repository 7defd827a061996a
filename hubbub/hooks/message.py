"""A message that another program sends, whatever its format; and the refusals, in the words of Slack's webhooks."""

import re
from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict

from hubbub import short_text
from hubbub.chat import messages

NAME_LIMIT = 60
LONGEST = messages.TEXT_LIMIT + 1  # characters of one text that are read
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
URGENT = 5  # the highest priority
TONES = ("good", "info", "warning", "danger")  # each worse than the ones before


class Rejected(Exception):
    """A request that is refused: a word that programs written for Slack know, and the status of the response."""

    def __init__(self, word: str, status: int = 400, *, retry_after: float | None = None) -> None:
        super().__init__(word)
        self.word, self.status, self.retry_after = word, status, retry_after


class Button(TypedDict, total=False):
    """A button: what it is called by, what it says, and what the program gets back."""

    id: str
    text: str
    value: str
    style: str
    confirm: str  # the question before it is pressed
    block: str
    kind: str  # "action": of an attachment


class Message(NamedTuple):
    """What to post: Markdown, and how this one message differs from the others of its hook."""

    text: str
    name: str = ""
    icon: str = ""  # an emoji
    tone: str = ""  # one of `TONES`
    room: str = ""  # a room's name, where the hook may post elsewhere
    thread: str = ""  # the key of the message that it answers
    card: str = ""  # its own key, under which later requests change it
    notify: bool = False  # whether a change notifies like a new message
    resolve: bool = False  # whether this is the last change
    priority: int = 0  # 1 to 5, which is urgent; 0 if its sender gave none
    buttons: tuple[Button, ...] = ()

    @property
    def is_urgent(self) -> bool:
        """Whether it rings in quiet times, too."""
        return self.priority == URGENT


def clean(text: str) -> str:
    """Return a text without what cannot be stored, cut to the length of a message."""
    tidy = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return tidy if len(tidy) <= messages.TEXT_LIMIT else f"{tidy[:messages.TEXT_LIMIT - 1]}…"


def clean_key(text: str) -> str:
    """Return a key of the sender's, for a thread or a message."""
    return CONTROL.sub("", text[:100]).strip()


def clean_name(text: str) -> str:
    """Return a name in one line; empty where none of it can be seen."""
    name = short_text.clean(CONTROL.sub("", text[:500]))[:NAME_LIMIT].strip()
    return name if name and short_text.is_visible(name) else ""


def is_on(value: str) -> bool:
    """Return whether the value of a switch means on."""
    return value.lower() in ("1", "yes", "true")


def text_of(value: Any) -> str:
    """Return a text or a number of JSON as text; empty for null, lists and objects, which many programs send too."""
    if isinstance(value, str):
        return value[:LONGEST]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)


def field(found: dict[str, Any], name: str) -> str:
    """Return a field of an object as text."""
    return text_of(found.get(name))


def joined(parts: Iterable[str], between: str) -> str:
    """Return parts that have text, joined; without those that would not fit into a message, which are not even made."""
    found, size = [], 0
    for part in parts:
        if part.strip():
            found.append(part.strip("\n"))
            size += len(part)
        if size > messages.TEXT_LIMIT:
            break
    return between.join(found)


def worst(tones: list[str]) -> str:
    """Return the worst of some tones; empty for none."""
    return max(tones, key=("", *TONES).index, default="")
