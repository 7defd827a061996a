"""A plain body as a message, with the headers and parameters that users of ntfy know: title, priority, tags, click …"""

import contextlib
import re
from collections.abc import Callable, Collection, Mapping
from email.errors import HeaderParseError
from email.header import decode_header, make_header

from hubbub.hooks import shortcodes
from hubbub.hooks.actions import Invalid, parse
from hubbub.hooks.message import LONGEST, Message, Rejected, clean, is_on
from hubbub.hooks.mrkdwn import link, plain

Get = Callable[[str], str]

NAMES = {  # the shorter spellings of each
    "title": ("title", "ti", "t"), "message": ("message", "m"), "priority": ("priority", "prio", "p"),
    "tags": ("tags", "tag", "ta"), "click": ("click",), "actions": ("actions", "action"), "attach": ("attach", "a"),
    "filename": ("filename", "file", "f"), "markdown": ("markdown", "md"), "icon": ("icon",),
    "delay": ("delay", "at", "in"), "email": ("email", "e-mail", "mail", "e"), "call": ("call",), "cache": ("cache",),
    "sequence": ("sequence-id", "sequence_id", "sid"),
    "notify": ("notify",), "create": ("create",), "acknowledge": ("acknowledge",),  # Hubbub's own
}
IN_HEADERS = {"t", "m", "p", "a", "f", "file", "message"}  # too short or too common to be read from a header
PRIORITIES = {"min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5}
TONES = {5: "danger", 4: "warning"}  # by priority
WORD = re.compile(r"[\w.-]{1,40}\Z")
MOST = 10


def parameters(query: Mapping[str, str], headers: Mapping[str, str], without: Collection[str] = IN_HEADERS) -> Get:
    """Return what looks a parameter up in the query, else in the headers, where `x-` may precede it."""

    def get(name: str) -> str:
        for spelling in NAMES[name]:
            found = query.get(spelling, "") or query.get(f"x-{spelling}", "")
            if not found and spelling not in without:
                found = _header(headers.get(f"x-{spelling}") or headers.get(spelling) or "")
            if found:
                return found[:4000]
        return ""

    return get


def read(body: str, get: Get) -> Message:
    """Return the message of a plain body; refuse an empty one without a title."""
    text = body.strip("\r\n")[:LONGEST] or get("message")
    if not is_on(get("markdown")):
        text = plain(text, mentions=True)
    tags = [tag.strip() for tag in get("tags").split(",") if tag.strip()][:MOST]
    importance = priority(get("priority"))
    icons, others = sorted_tags(tags)
    words = [f"`{tag}`" for tag in others if WORD.match(tag)]
    title, click = plain(" ".join(get("title").split())), get("click")
    head = " ".join([*icons, f"**{link(click, title) if click else title}**"] if title else icons)
    links = [link(click, "↗ Open")] if click and not title else []
    links += [link(url, plain(label)) for label, url in actions(get("actions"))]
    links += [link(get("attach"), f"📎 {plain(get('filename')) or _file(get('attach'))}")] if get("attach") else []
    parts = [f"{head} {text}" if icons and not title else f"{head}\n{text}", " · ".join(filter(None, links)),
             " ".join(words)]
    if not clean(text) and not title:
        raise Rejected("no_text")
    return Message(clean("\n".join(part.strip("\n") for part in parts if part.strip())),
                   tone=TONES.get(importance, ""), priority=importance)


def priority(text: str) -> int:
    """Return a priority by its number or name, 1 to 5; 0 for none."""
    word = text.strip().lower()
    return int(word) if re.fullmatch("[1-5]", word) else PRIORITIES.get(word, 0)


def sorted_tags(tags: list[str]) -> tuple[list[str], list[str]]:
    """Return the emoji that tags are the names of, and the other tags."""
    named = [(tag, shortcodes.emoji_named(tag.lower())) for tag in tags]
    return [found for _, found in named if found], [tag for tag, found in named if not found]


def actions(text: str) -> list[tuple[str, str]]:
    """Return the labels and addresses of the actions that open one; none if they are invalid."""
    try:
        return [(one.label, one.url) for one in parse(text) if one.action == "view"] if text else []
    except Invalid:
        return []


def _file(address: str) -> str:
    return plain(address.partition("?")[0].rstrip("/").rpartition("/")[2])


def _header(value: str) -> str:
    """Return a header's text: it may be UTF-8, which WSGI reads as Latin-1, or encoded as in mail."""
    with contextlib.suppress(UnicodeError):
        value = value.encode("latin-1").decode("utf-8")
    try:
        return str(make_header(decode_header(value))) if "=?" in value else value
    except (UnicodeError, LookupError, HeaderParseError, ValueError):
        return value
