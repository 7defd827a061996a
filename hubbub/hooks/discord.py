"""Payloads in the format of Discord's webhooks, as Markdown: `content` and `embeds`.

Whatever has an unexpected type is left out, as in `slack`.  Files and pictures that are sent along are left out, too.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from hubbub.hooks import shortcodes, slack
from hubbub.hooks.message import Message, Rejected, clean, clean_name, field, joined, worst
from hubbub.hooks.mrkdwn import AT, link, plain

EMBEDS, FIELDS = 10, 25
TOKEN = re.compile(r"(```.*?```|`[^`\n]*`)|<t:([0-9]{1,11})(?::[A-Za-z])?>|<a?:([A-Za-z0-9_]{2,32}):[0-9]+>"
                   r"|@(everyone|here)\b|<(https?://[^\s<>]+)>", re.DOTALL)
START = datetime(1970, 1, 1, tzinfo=UTC)


def read(payload: Any) -> Message:
    """Return the message of a payload; refuse what has neither content nor embeds."""
    if not isinstance(payload, dict):
        raise Rejected("invalid_payload")
    found = payload.get("embeds")
    embeds = [one for one in found[:EMBEDS] if isinstance(one, dict)] if isinstance(found, list) else []
    body = clean(joined([markdown(field(payload, "content")), *map(_embed, embeds)], "\n\n"))
    if not body:
        raise Rejected("no_text")
    tone = worst([_tone(one.get("color")) for one in embeds])
    return Message(body, clean_name(field(payload, "username")), tone=tone)


def markdown(text: str) -> str:
    """Return Discord's Markdown as ours: a name after a bare `@` mentions nobody, except `@everyone` and `@here`."""
    parts, at = [], 0
    for token in TOKEN.finditer(text):
        parts += [_words(text[at:token.start()]), _token(token)]
        at = token.end()
    return "".join([*parts, _words(text[at:])])


def _words(text: str) -> str:
    return shortcodes.replace(AT.sub(r"\\\1", text))


def _token(token: re.Match[str]) -> str:
    code, time, emoji, wide, address = token.groups()
    if time:
        return f"{START + timedelta(seconds=int(time)):%Y-%m-%d %H:%M} UTC" if int(time) < 2**37 else token[0]
    if emoji:
        return shortcodes.emoji_named(emoji.lower()) or f":{emoji}:"
    if wide:
        return "@room" if wide == "everyone" else "@here"
    return code or address


def _tone(color: Any) -> str:
    return slack.tone(f"{color:06x}") if isinstance(color, int) and 0 < color < 2**24 else ""


def _embed(found: dict[str, Any]) -> str:
    """Return an embed: its author, title, description, fields, picture and footer."""
    author, footer, image = (one if isinstance(one := found.get(name), dict) else {}
                             for name in ("author", "footer", "image"))
    listed = found.get("fields")
    fields = [one for one in listed[:FIELDS] if isinstance(one, dict)] if isinstance(listed, list) else []
    return joined([
        _linked(field(author, "name"), field(author, "url")),
        f"**{title}**" if (title := _linked(field(found, "title"), field(found, "url"))) else "",
        markdown(field(found, "description")),
        joined([slack.named(field(one, "name"), markdown(field(one, "value"))) for one in fields], "\n"),
        link(field(image, "url"), "🖼 image") if field(image, "url") else "",
        plain(field(footer, "text"))], "\n")


def _linked(text: str, url: str) -> str:
    words = plain(" ".join(text.split()))
    return link(url, words) if words and url else words
