"""Blocks of Slack's Block Kit as Markdown; a block of an unknown type is left out."""

from collections.abc import Callable
from functools import partial
from typing import Any

from hubbub.hooks import shortcodes
from hubbub.hooks.message import field, joined
from hubbub.hooks.mrkdwn import WIDE, link, plain
from hubbub.hooks.mrkdwn import markdown as from_mrkdwn

FENCE, NO_FENCE = "```", "`\u200b``"  # the same to look at

MOST = 50
INNER = 100  # elements of one block
DEEPEST = 8


def markdown(blocks: Any) -> str:
    """Return blocks as Markdown; empty if there are none."""
    return joined(map(_block, _dicts(blocks)[:MOST]), "\n\n")


def _block(block: dict[str, Any]) -> str:
    draw = BLOCKS.get(field(block, "type"))
    return draw(block) if draw else ""


def _text(found: Any) -> str:
    """Return a text object: `mrkdwn` or `plain_text`."""
    if isinstance(found, str):
        return from_mrkdwn(found)
    if not isinstance(found, dict):
        return ""
    text = field(found, "text")
    return plain(text) if found.get("type") == "plain_text" else from_mrkdwn(text)


def _section(block: dict[str, Any]) -> str:
    fields = joined(map(_text, _dicts(block.get("fields"))[:INNER]), "\n")
    accessory = block.get("accessory")
    return joined([_text(block.get("text")), fields, _element(accessory) if isinstance(accessory, dict) else ""], "\n")


def _element(element: dict[str, Any]) -> str:
    """Return a picture or a button that opens an address as a link, and a text as it is."""
    kind = element.get("type")
    if kind == "image":
        return link(field(element, "image_url"), "🖼 " + (plain(field(element, "alt_text")) or "image"))
    if kind in ("mrkdwn", "plain_text"):
        return _text(element)
    return link(field(element, "url"), _text(element.get("text"))) if element.get("url") else ""


def _elements(block: dict[str, Any], between: str) -> str:
    return joined(map(_element, _dicts(block.get("elements"))[:INNER]), between)


def _context(block: dict[str, Any]) -> str:
    return joined((_text(one) for one in _dicts(block.get("elements"))[:INNER] if one.get("type") != "image"), " ")


def _image(block: dict[str, Any]) -> str:
    title = _text(block.get("title")) or plain(field(block, "alt_text")) or "image"
    address = field(block, "image_url") or field(block, "video_url") or field(block, "title_url")
    return link(address, f"🖼 {title}") if address else ""


def _header(block: dict[str, Any]) -> str:
    return f"### {' '.join(_text(block.get('text')).split())}" if _text(block.get("text")).strip() else ""


def _rich(block: dict[str, Any], depth: int = 0) -> str:
    draw = RICH.get(field(block, "type"))
    return draw(block, depth) if draw and depth < DEEPEST else ""


def _rich_inside(block: dict[str, Any], depth: int) -> str:
    return "".join(_rich(one, depth + 1) or _inline(one) for one in _dicts(block.get("elements"))[:INNER])


def _rich_text(block: dict[str, Any], depth: int = 0) -> str:
    return joined((_rich(one, depth + 1) for one in _dicts(block.get("elements"))[:INNER]), "\n")


def _rich_list(block: dict[str, Any], depth: int) -> str:
    indent = block.get("indent")
    before = "   " * min(indent, 5) if isinstance(indent, int) and indent > 0 else ""
    is_ordered = block.get("style") == "ordered"
    return "\n".join(f"{before}{f'{n}.' if is_ordered else '-'} {_rich_inside(one, depth)}"
                     for n, one in enumerate(_dicts(block.get("elements"))[:INNER], 1))


def _rich_quote(block: dict[str, Any], depth: int) -> str:
    return "\n".join(f"> {line}" for line in _rich_inside(block, depth).split("\n"))


def _rich_code(block: dict[str, Any], depth: int) -> str:
    code = "".join(field(one, "text") or field(one, "url") for one in _dicts(block.get("elements"))[:INNER])
    return f"```\n{code.replace(FENCE, NO_FENCE)}\n```"


def _inline(one: dict[str, Any]) -> str:
    """Return an element of a line of rich text."""
    kind, get = one.get("type"), partial(field, one)
    if kind == "link":
        return link(get("url"), plain(get("text")))
    if kind == "emoji":
        return shortcodes.emoji_named(get("name")) or f":{get('name')}:"
    if kind == "broadcast":
        return WIDE.get(get("range"), "")
    if kind in ("user", "channel", "usergroup"):
        return plain(get(f"{kind}_id"))
    return _styled(get("text"), one.get("style")) if kind == "text" else ""


def _styled(text: str, style: Any) -> str:
    named = {name for name, on in style.items() if on is True} if isinstance(style, dict) else set()
    words = text.strip()
    if not words or not named:
        return plain(text)
    shown = f"`{words}`" if "code" in named else plain(words)
    for name, mark in (("italic", "*"), ("bold", "**"), ("strike", "~~")):
        shown = f"{mark}{shown}{mark}" if name in named else shown
    return text.replace(words, shown) if text != words else shown


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


BLOCKS: dict[str, Callable[[dict[str, Any]], str]] = {
    "header": _header,
    "section": _section,
    "divider": lambda block: "---",
    "context": _context,
    "image": _image,
    "video": _image,
    "actions": lambda block: _elements(block, " · "),
    "rich_text": _rich_text,
    "markdown": lambda block: field(block, "text"),
}
RICH: dict[str, Callable[[dict[str, Any], int], str]] = {
    "rich_text_section": _rich_inside,
    "rich_text_list": _rich_list,
    "rich_text_quote": _rich_quote,
    "rich_text_preformatted": _rich_code,
}
