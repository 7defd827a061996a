"""Markdown as mrkdwn, Slack's markup: one pass over its tokens, so hostile text costs no more than other text."""

import re
from collections.abc import Mapping

ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
TOKEN = re.compile(
    r"```(?P<language>[^\n`]*\n)?(?P<fence>.*?)```|`(?P<code>[^`\n]+)`|\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|\[(?P<words>[^\[\]\n]{1,1000})\]\((?P<target>(?:https?://|mailto:)[^\s()<>]{1,3000})\)"
    r"|(?P<url>https?://[^\s<>\[\]`|)]{1,3000})|(?<![\w@])@(?P<handle>[a-z0-9][a-z0-9._-]*)"
    r"|(?P<mark>\*\*\*|\*\*|~~|\*|(?<!\w)_|_(?!\w))", re.DOTALL | re.IGNORECASE)
MARKS = {"***": "*_", "**": "*", "*": "_", "_": "_", "~~": "~"}
WIDE = {"room": "<!channel>", "here": "<!here>"}


def escape(text: str) -> str:
    """Return a text with the three signs that Slack escapes."""
    return re.sub("[&<>]", lambda found: ESCAPES[found[0]], text)


def mrkdwn(text: str, mentioned: Mapping[str, int]) -> str:
    """Return Markdown as mrkdwn; `mentioned` are the people whom it mentions, by handle."""
    parts: list[str] = []
    opened: dict[str, int] = {}  # the marks of this paragraph that wait for their second one: their places in `parts`
    at = 0
    for token in TOKEN.finditer(text):
        before = text[at:token.start()]
        if "\n\n" in before:
            opened.clear()
        parts.append(escape(before))
        at = token.end()
        if token["mark"]:
            _mark(parts, opened, text, token)
        else:
            parts.append(_token(token, mentioned))
    return "".join([*parts, escape(text[at:])])


def _token(token: re.Match[str], mentioned: Mapping[str, int]) -> str:
    if token["fence"] is not None:
        return f"```{escape(token['fence'])}```"
    if token["code"]:
        return f"`{escape(token['code'])}`"
    if token["escaped"]:
        return escape(token["escaped"])
    if token["target"]:
        return f"<{escape(token['target'])}|{escape(token['words']).replace('|', '¦')}>"
    if token["url"]:
        return f"<{escape(token['url'])}>"
    name = token["handle"].rstrip(".")
    end = token["handle"][len(name):]
    if wide := WIDE.get(name.lower()):
        return wide + end
    person = mentioned.get(name.lower()) or mentioned.get(name)
    return f"<@U{person}>{end}" if person else token[0]


def _mark(parts: list[str], opened: dict[str, int], text: str, token: re.Match[str]) -> None:
    """Take a mark as the second of a pair, as the first of one, or as plain characters."""
    mark, before, after = token[0], text[token.start() - 1:token.start()], text[token.end():token.end() + 1]
    if mark in opened and before and not before.isspace():
        first = opened.pop(mark)
        parts[first] = MARKS[mark]
        parts.append(MARKS[mark][::-1])
        for other in [other for other, place in opened.items() if place > first]:
            del opened[other]
        return
    if after and not after.isspace():
        opened[mark] = len(parts)
    parts.append(mark)
