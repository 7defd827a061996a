"""Buttons of Slack's messages: elements of blocks, and actions of attachments, that open no address."""

from collections.abc import Iterator
from typing import Any

from hubbub.hooks import shortcodes
from hubbub.hooks.message import CONTROL, Button, field

MOST = 10  # of one message
ID, TEXT, VALUE = 100, 75, 1000  # characters
STYLES = ("primary", "danger")


def read(payload: dict[str, Any]) -> list[Button]:
    """Return the buttons of a payload, each with an id of its own."""
    found: dict[str, Button] = {}
    for button in _all(payload):
        if len(found) == MOST:
            break
        id = button["id"] if button["id"] not in found else f"{button['id']}/{len(found)}"
        found[id] = Button(**{**{name: value for name, value in button.items() if value}, "id": id})  # type: ignore
    return list(found.values())


def _all(payload: dict[str, Any]) -> Iterator[Button]:
    yield from _of_blocks(payload.get("blocks"))
    for attachment in _dicts(payload.get("attachments")):
        yield from _of_blocks(attachment.get("blocks"))
        for action in _dicts(attachment.get("actions")):
            if _is_button(action):
                yield _button(action, "name", field(attachment, "callback_id"), "action")


def _of_blocks(blocks: Any) -> Iterator[Button]:
    for block in _dicts(blocks):
        elements = _dicts(block.get("elements")) if block.get("type") == "actions" else _dicts([block.get("accessory")])
        for element in elements:
            if _is_button(element):
                yield _button(element, "action_id", field(block, "block_id"))


def _is_button(found: dict[str, Any]) -> bool:
    return found.get("type", "button") == "button" and not found.get("url") and bool(_words(found.get("text")))


def _button(found: dict[str, Any], id: str, block: str, kind: str = "") -> Button:
    text, style, confirm = _words(found.get("text")), field(found, "style"), found.get("confirm")
    question = _words(confirm.get("text")) or _words(confirm.get("title")) if isinstance(confirm, dict) else ""
    return Button(id=_line(field(found, id), ID) or text, text=text, value=_line(field(found, "value"), VALUE),
                  style=style if style in STYLES else "", confirm=question, block=_line(block, ID), kind=kind)


def _words(found: Any) -> str:
    text = field(found, "text") if isinstance(found, dict) else found if isinstance(found, str) else ""
    return shortcodes.replace(" ".join(CONTROL.sub("", text[:500]).split()))[:TEXT]


def _line(text: str, limit: int) -> str:
    return CONTROL.sub("", text)[:limit]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value[:100] if isinstance(one, dict)] if isinstance(value, list) else []
