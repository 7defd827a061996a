"""Payloads in the format of Slack's incoming webhooks, as Markdown: `text`, `attachments` and `blocks`.

Whatever has an unexpected type is left out: a message that lacks a field is better than an alert that is lost.
"""

import colorsys
import re
from functools import partial
from typing import Any

from hubbub.hooks import blocks, buttons, shortcodes
from hubbub.hooks.message import Message, Rejected, clean, clean_key, clean_name, field, joined, worst
from hubbub.hooks.mrkdwn import link, markdown, plain

ATTACHMENTS, FIELDS = 100, 100
NAMED = {"good", "warning", "danger"}
HUES = ((20, "danger"), (70, "warning"), (170, "good"), (330, "info"), (361, "danger"))  # degrees
HEX = re.compile(r"#?([0-9a-fA-F]{6})\Z")


def read(payload: Any) -> Message:
    """Return the message of a payload; refuse what has neither text nor attachments nor blocks."""
    if not isinstance(payload, dict):
        raise Rejected("invalid_payload")
    attachments = [one for one in _list(payload.get("attachments"))[:ATTACHMENTS] if isinstance(one, dict)]
    shown = blocks.markdown(payload.get("blocks"))
    text = field(payload, "text")
    first = shown or (plain(text) if payload.get("mrkdwn") is False else markdown(text))
    rest = joined(map(_attachment, attachments), "\n\n")
    if first and rest.lstrip("#* ").startswith(first):
        first = ""  # many programs send a title as the text, too
    body = clean(joined([first, rest], "\n\n"))
    if not body:
        raise Rejected("invalid_blocks" if payload.get("blocks") and not text else "no_text")
    return Message(body, clean_name(field(payload, "username")), shortcodes.icon(field(payload, "icon_emoji")),
                   worst([tone(field(one, "color")) for one in attachments]),
                   room=clean_key(field(payload, "channel")), thread=clean_key(field(payload, "thread_ts")),
                   buttons=tuple(buttons.read(payload)))


def tone(color: str) -> str:
    """Return the tone that is nearest to a colour: the themes of the page have their own colours."""
    if color.lower() in NAMED:
        return color.lower()
    found = HEX.match(color)
    if not found:
        return ""
    red, green, blue = (int(found[1][at:at + 2], 16) / 255 for at in (0, 2, 4))
    hue, _, saturation = colorsys.rgb_to_hls(red, green, blue)
    if saturation < .2:
        return ""
    return next(name for below, name in HUES if hue * 360 < below)


def _attachment(found: dict[str, Any]) -> str:
    """Return an attachment as Markdown; its fallback only where it shows nothing else."""
    get = partial(field, found)
    title, author = markdown(get("title")), plain(get("author_name"))
    nested = blocks.markdown(found.get("blocks"))
    heads = [
        markdown(get("pretext")),
        (link(get("author_link"), author) if get("author_link") else author) if author else "",
        (f"**{link(get('title_link'), title)}**" if get("title_link") else f"**{title}**") if title else "",
        markdown(get("text")),
    ]
    rest = [
        nested,
        " · ".join(filter(None, map(_action, _list(found.get("actions"))[:25]))),
        link(get("image_url"), "🖼 " + (title or "image")) if get("image_url") else "",
        plain(get("footer")),
    ]
    fields = map(_field, _list(found.get("fields"))[:FIELDS])
    return joined([*heads, joined(fields, "\n"), *rest], "\n") or plain(get("fallback"))


def _field(found: Any) -> str:
    return named(field(found, "title"), markdown(field(found, "value"))) if isinstance(found, dict) else ""


def named(name: str, value: str) -> str:
    """Return a field, whose value is Markdown: in a line, or below its name if it is long."""
    title, value = plain(name).strip(), value.strip()
    if not title:
        return value
    return f"**{title}**{chr(10) if chr(10) in value or len(value) > 80 else ' '}{value}" if value else f"**{title}**"


def _action(action: Any) -> str:
    """Return a button that opens an address; the others need an application."""
    if not isinstance(action, dict) or not field(action, "url"):
        return ""
    return link(field(action, "url"), plain(field(action, "text")) or "↗")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
