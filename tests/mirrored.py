"""A language from right to left for tests: English, in which each word is written backwards."""

import re

from hubbub.core import strings
from hubbub.web import static_tree

LANGUAGE = "ar-XB"  # as Chromium calls it; its dates and numbers are those of Arabic
MARK, BACKWARDS, END = "\u200f", "\u202e", "\u202c"
SIGNS = {"Aa"}  # texts that show something rather than say it
PART = re.compile(r"(\{[^}]*\})")


def mirrored(text):
    """Return a text, or all its plural forms, with the words between its parameters backwards."""
    if isinstance(text, dict):
        return {form: mirrored(one) for form, one in text.items()}
    if text in SIGNS:
        return text
    return MARK + "".join(part if PART.match(part) else re.sub(r"[A-Za-z’']+", rf"{BACKWARDS}\g<0>{END}", part)
                          for part in PART.split(text))


def speak():
    """Add this language to the static tree of this process."""
    merge = strings.merge

    def merge_more(folders):
        found = merge(folders)
        return found | {LANGUAGE: {id: mirrored(text) for id, text in found[strings.ENGLISH].items()}}

    strings.merge = merge_more
    static_tree.tree.cache_clear()
