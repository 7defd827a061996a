"""Handles in a text, `@ann`, `@room` and `@here`, outside of code, and the people behind them."""

import re
from collections import deque

from hubbub.core.access import Reads

EVERYBODY = 0
WIDE = ("room", "here")
MOST = 50  # handles that one text resolves

# The page has the same grammar, in chat/static/markdown.js; tests/data/texts.json has the cases that both must pass.
STOP = "«»‹›‘’‚“”„…—―、。，．：；？！・「」『』（）［］｛｝【】〔〕〖〗《》〈〉\u2600-\u27bf\U0001f000-\U0001faff"
LINK = re.compile(rf"(?<![A-Za-z0-9])https?://[^\s<>\"`\\{STOP}]*", re.IGNORECASE)
HANDLE = re.compile(r"(?<![A-Za-z0-9/&\\])(?<![A-Za-z0-9]_)[@＠]([a-z0-9][a-z0-9._-]{1,31})(?![a-z0-9._-])",
                    re.IGNORECASE | re.ASCII)
FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")
TICKS = re.compile(r"`+")
RESOLVE = """select handle, id from person where handle = any(:handles) and banned is null and id > 0
    union all select handle, -id from people_group where handle = any(:handles)"""


def named(text: str) -> list[str]:
    """Return the handles in a text, in lower case, each once, without those inside code."""
    if "@" not in text and "＠" not in text:
        return []
    found = (one.lower() for one in HANDLE.findall(prose(text)))
    return list(dict.fromkeys(found))[:MOST]


def prose(text: str) -> str:
    """Return a text without its code blocks, code spans and links, in linear time."""
    parts, fence = [], ""
    for line in text.split("\n"):
        opened = FENCE.match(line)
        if fence:
            if opened and opened[1].startswith(fence):
                fence = ""
        elif opened:
            fence = opened[1]
        else:
            parts.append(line)
    return LINK.sub(" ", _without_spans("\n".join(parts)))


def _without_spans(text: str) -> str:
    """Return a text without code spans, which are between two equally long runs of backticks."""
    runs = list(TICKS.finditer(text))
    equal: dict[int, deque[int]] = {}
    for number, run in enumerate(runs):
        equal.setdefault(len(run[0]), deque()).append(number)
    parts, at, number = [], 0, 0
    while number < len(runs):
        same = equal[len(runs[number][0])]
        while same and same[0] <= number:
            same.popleft()
        if same:
            parts.append(text[at:runs[number].start()])
            number = same[0]
            at = runs[number].end()
        number += 1
    return " ".join([*parts, text[at:]])


def resolve(reads: Reads, text: str) -> dict[str, int]:
    """Return the ids of the people that a text mentions, by handle; `room` and `here` have the id 0.

    A group has an id below zero, which `groups` explains.
    A dot, dash or underscore at the end belongs to the sentence, unless there is a handle that ends with it.
    """
    wanted = [(handle, handle.rstrip("._-")) for handle in named(text)]
    if not wanted:
        return {}
    ids = dict(reads.execute(RESOLVE, handles=[form for forms in wanted for form in forms]))
    ids |= dict.fromkeys(WIDE, EVERYBODY)
    found = (next((form for form in forms if form in ids), "") for forms in wanted)
    return {form: ids[form] for form in found if form}
