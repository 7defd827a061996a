"""Slack's markup, mrkdwn, as Markdown: one pass over its tokens, so hostile text costs no more than other text.

Slack's text is not Markdown, yet many programs send Markdown in its fields.  What clearly is Markdown stays as it is,
except for Slack's `<…>` links.  A name after a bare `@` mentions nobody: in Slack only `<@…>` and `<!…>` do.
"""

import html
import re
from collections.abc import Mapping

from hubbub.hooks import shortcodes

TOKEN = re.compile(r"```(?P<fence>.*?)```|`(?P<code>[^`\n]+)`|<(?P<angle>[^<>\n]{1,3000})>"
                   rf"|:(?P<emoji>{shortcodes.WORD}):|(?P<mark>[*_~])", re.DOTALL)
IS_MARKDOWN = re.compile(r"\*\*\S|\]\(\s*<?(?:https?|mailto):|^\|?[ :]*-{3,}[ :]*\||^#{2,6} \S|^```\w", re.MULTILINE)
MARKS = {"*": "**", "_": "*", "~": "~~"}
WIDE = {"here": "@here", "channel": "@room", "everyone": "@room", "group": "@room"}
LINK = re.compile(r"(?:https?://|mailto:|tel:)\S+\Z", re.IGNORECASE)
AT = re.compile(r"(?<![\\A-Za-z0-9])([@＠])(?=[A-Za-z0-9])")
HEADING = re.compile(r"^(#{1,6})(?= )", re.MULTILINE)
URL = re.compile(r"(https?://[^\s<>\[\]`|]+)")
SPECIAL = re.compile(r"([\\`*\[\]~<|]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")
QUOTED = re.compile(r"^(>[^\n]*\n)(?=[^>\n])", re.MULTILINE)
NO_NAMES: Mapping[str, str] = {}


def markdown(text: str, names: Mapping[str, str] = NO_NAMES) -> str:
    """Return a text of Slack's as Markdown; `names` has handles and names of rooms by Slack's ids."""
    parts: list[str] = []
    opened: dict[str, int] = {}  # the marks of this line that wait for their second one: their places in `parts`
    is_markdown, at = IS_MARKDOWN.search(text) is not None, 0
    for token in TOKEN.finditer(text):
        before = text[at:token.start()]
        if "\n" in before:
            opened.clear()
        parts.append(_words(before, is_markdown))
        at = token.end()
        if token["mark"] and is_markdown:
            parts.append(token["mark"])
        elif token["mark"]:
            _mark(parts, opened, text, token.start())
        else:
            parts.append(_token(token, "".join(parts[-1:]), names))
    found = "".join([*parts, _words(text[at:], is_markdown)])
    return found if is_markdown or ">" not in found else _with_ends_of_quotes(found)


def _with_ends_of_quotes(text: str) -> str:
    """Return Markdown in which a quote ends with its line, as in Slack, and does not go on in the next."""
    parts = text.split("```")
    parts[::2] = [QUOTED.sub(r"\1\n", part) for part in parts[::2]]
    return "```".join(parts)


def plain(text: str, mentions: bool = False) -> str:
    """Return Markdown that shows a text as it is, with emoji for their names and links; perhaps with its mentions."""
    parts = URL.split(text)
    parts[::2] = [shortcodes.replace(HEADING.sub(r"\\\1", SPECIAL.sub(r"\\\1", part))) for part in parts[::2]]
    return "".join(parts if mentions else [AT.sub(r"\\\1", part) for part in parts])


def link(url: str, text: str = "") -> str:
    """Return a link in Markdown, or the words alone where the address is not one of the web or of e-mail."""
    words = " ".join(text.split()).replace("[", "\\[").replace("]", "\\]")
    if not LINK.match(url):
        return words or plain(url)
    if not words or words == url:
        return url if url.startswith("http") else f"[{url.partition(':')[2]}]({url})"
    return f"[{words}]({url.replace('(', '%28').replace(')', '%29')})"


def _words(text: str, is_markdown: bool) -> str:
    found = html.unescape(text) if "&" in text else text
    if "@" in found or "＠" in found:
        found = AT.sub(r"\\\1", found)
    return HEADING.sub(r"\\\1", found) if "#" in found and not is_markdown else found


def _token(token: re.Match[str], before: str, names: Mapping[str, str]) -> str:
    if token["fence"] is not None:
        code = html.unescape(token["fence"]).strip("\n")
        return f"{'' if not before or before.endswith(chr(10)) else chr(10)}```\n{code}\n```\n"
    if token["code"] is not None:
        return f"`{html.unescape(token['code'])}`"
    if token["emoji"] is not None:
        return shortcodes.emoji_named(token["emoji"]) or token[0]
    return _angle(html.unescape(token["angle"]), names)


def _mark(parts: list[str], opened: dict[str, int], text: str, at: int) -> None:
    """Take a mark as the second of a pair, as the first of one, or as a plain character."""
    mark, before, after = text[at], text[at - 1:at], text[at + 1:at + 2]
    if mark in opened and not before.isspace() and before != mark and not (after.isalnum() or after == mark):
        first = opened.pop(mark)
        parts[first] = MARKS[mark]
        parts.append(MARKS[mark])
        for other in [other for other, place in opened.items() if place > first]:
            del opened[other]
        return
    if after and not after.isspace() and after != mark and not before.isalnum() and before not in (mark, "\\"):
        opened[mark] = len(parts)
    parts.append("\\*" if mark == "*" else mark)


def _angle(inner: str, names: Mapping[str, str]) -> str:
    """Return what stands between angle brackets: a link, a mention, a room, a time."""
    target, _, label = inner.partition("|")
    if target[:1] in ("@", "#"):
        name = names.get(target[1:]) or label or target[1:]
        return f"{target[0]}{name.removeprefix(target[0])}"
    if target.startswith("!"):
        name, *rest = target[1:].split("^")
        if name in WIDE:
            return WIDE[name]
        words = label or (rest[0] if name == "date" and rest else name)
        return link(rest[2], words) if name == "date" and len(rest) > 2 else plain(words)
    return link(target, label) if LINK.match(target) else plain(f"<{inner}>")
