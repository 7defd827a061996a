"""A notification as a program publishes it: read from headers, parameters or JSON, in the words of ntfy."""

import re
from typing import Any, NamedTuple

import msgspec

from hubbub import short_text
from hubbub.core.access import Refused
from hubbub.hooks import actions, ntfy
from hubbub.hooks.actions import Action
from hubbub.hooks.message import CONTROL, is_on
from hubbub.publishing import times

MESSAGE, TITLE, TAG, TAGS, URL = 4096, 250, 60, 10, 2000  # characters, except `TAGS`
SEQUENCE = re.compile(r"[^\s/?#\x00-\x1f\x7f]{1,100}\Z")
LINK = re.compile(r"https?://[^\s\\]+\Z", re.IGNORECASE)
OFF = ("0", "no", "false", "off")
TRIGGERED = "triggered"  # ntfy's text of a notification without one


class Attachment(msgspec.Struct, omit_defaults=True):
    """A file: an address elsewhere, or one of this server's files, which has an `id`."""

    name: str
    url: str = ""
    id: str = ""
    type: str = ""
    size: int = 0


class Message(msgspec.Struct, omit_defaults=True, frozen=True):
    """What is shown; `tags` are as they were sent, names of emoji among them."""

    message: str
    title: str = ""
    priority: int = 3
    tags: tuple[str, ...] = ()
    click: str = ""
    icon: str = ""
    actions: tuple[Action, ...] = ()
    attachment: Attachment | None = None
    markdown: bool = False
    acknowledge: bool = False  # whether it rings until somebody acknowledges it


class Options(NamedTuple):
    """How it is published."""

    due: float | None = None  # seconds since 1970; None: now
    email: str = ""
    sequence: str = ""  # the same one changes what was published before
    notify: bool = False  # whether a change notifies again
    filename: str = ""  # a body with a file name is a file
    may_create: bool = True  # whether a name that nothing has becomes a topic


def read(get: ntfy.Get, body: str, now: float, zone: str, is_markdown: bool = False) -> tuple[Message, Options]:
    """Return the notification of a request, and how to publish it; refuse what is invalid."""
    attachment = _attachment(get("attach"), get("filename"))
    text = clean(body) or clean(get("message").replace("\\n", "\n"))
    if not text:
        text = f"You received a file: {attachment.name}" if attachment else TRIGGERED
    message = checked(Message(
        text, clean(get("title"), " "), priority(get("priority")), _tags(get("tags")), get("click").strip(),
        get("icon").strip(), read_actions(get("actions")), attachment, is_markdown or is_on(get("markdown")),
        is_on(get("acknowledge"))))
    delay = get("delay").strip()
    if delay and get("cache").lower() in OFF:
        raise Refused("error.publish_delay_cache", "bad_input")
    if get("call"):
        raise Refused("error.publish_call", "bad_input")
    return message, Options(times.parse(delay, now, zone) if delay else None, get("email").strip(),
                            sequence(get("sequence").strip()), is_on(get("notify")), clean(get("filename"), " "),
                            get("create").lower() not in OFF)


def checked(message: Message) -> Message:
    """Return a message whose fields are all valid; refuse it otherwise."""
    if len(message.message) > MESSAGE or len(message.title) > TITLE:
        raise Refused("error.publish_too_long", "too_large", limit=MESSAGE, title=TITLE)
    if not short_text.has_visible(message.message):
        raise Refused("error.note_empty", "bad_input")
    if message.click and not _is_address(message.click):
        raise Refused("error.publish_click", "bad_input")
    if message.icon and not LINK.match(message.icon) or len(message.icon) > URL:
        raise Refused("error.publish_icon", "bad_input")
    return message


def priority(text: str) -> int:
    """Return a priority by its number or name; 3 for none."""
    found = ntfy.priority(text)
    if not found and text.strip() not in ("", "0"):
        raise Refused("error.publish_priority", "bad_input")
    return found or 3


def read_actions(text: str) -> tuple[Action, ...]:
    """Return the actions of a text in either of ntfy's forms."""
    try:
        return tuple(actions.parse(text)) if text.strip() else ()
    except actions.Invalid as problem:
        raise Refused("error.publish_actions", "bad_input", why=str(problem)[:200]) from None


def sequence(text: str) -> str:
    """Return the sender's own name of a notification, if it is one."""
    if text and not SEQUENCE.match(text):
        raise Refused("error.publish_sequence", "bad_input")
    return text


def clean(text: str, line: str = "\n") -> str:
    """Return a text without what cannot be stored; in one line, if `line` is a space."""
    tidy = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return " ".join(tidy.split()) if line == " " else tidy


def _tags(text: str) -> tuple[str, ...]:
    found = [clean(tag, " ")[:TAG] for tag in text.split(",")]
    return tuple([tag for tag in found if tag][:TAGS])


def _attachment(url: str, filename: str) -> Attachment | None:
    if not url:
        return None
    if not LINK.match(url) or len(url) > URL:
        raise Refused("error.publish_attach", "bad_input")
    last = url.partition("?")[0].partition("#")[0].partition("://")[2].rstrip("/").partition("/")[2].rpartition("/")[2]
    return Attachment(clean(filename or last, " ")[:150] or "attachment", url)


def _is_address(url: str) -> bool:
    is_path = url.startswith("/") and not url.startswith("//")
    return len(url) <= URL and "\\" not in url and url.split() == [url] and short_text.is_visible(url) and (
        is_path or actions.ADDRESS.match(url) is not None)


def packed(listed: tuple[dict[str, Any], ...] | str) -> str:
    """Return actions of JSON as the text that `read_actions` reads."""
    return listed if isinstance(listed, str) else msgspec.json.encode(listed).decode() if listed else ""
