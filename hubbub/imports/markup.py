"""What the formats with Markdown have in common: mentions, names of emoji, and code, which stays as it is."""

import hashlib
import re
from collections.abc import Callable

from hubbub.hooks import shortcodes
from hubbub.imports.records import Names
from hubbub.people import handles

CODE = re.compile(r"(```.*?```|~~~.*?~~~|`[^`\n]*`)", re.DOTALL)
EMOJI = re.compile(rf"(?<![\w:]):({shortcodes.WORD}):(?![\w:])")
WIDE = {"all": "@room", "channel": "@room", "everyone": "@room", "here": "@here"}


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Return a text with everything but its code changed."""
    if "`" not in text and "~~~" not in text:
        return change(text)
    parts = CODE.split(text)
    parts[::2] = map(change, parts[::2])
    return "".join(parts)


def with_emoji(text: str) -> str:
    """Return a text with emoji in place of their names; unknown names stay."""
    return EMOJI.sub(lambda found: shortcodes.emoji_named(found[1]) or found[0], text) if ":" in text else text


def with_handles(text: str, names: Names) -> str:
    """Return a text with the handles of here in place of those of there, and `@room` for everybody."""
    def handle(found: re.Match[str]) -> str:
        name = found[1].lower()
        for form in (name, name.rstrip("._-")):
            if form in WIDE or form in names:
                return f"{WIDE.get(form) or '@' + names[form]}{name[len(form):]}"
        return found[0]

    return handles.HANDLE.sub(handle, text) if "@" in text else text


def id_of(at: object, author: str, text: str) -> str:
    """Return an id for a message of a format that has none: the same for the same message."""
    return f"{at}/{author}/{hashlib.sha256(text.encode(errors='replace')).hexdigest()[:10]}"
