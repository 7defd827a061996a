"""Split texts into words and the terms of the search index: the same for both databases, in any script."""

import re
import unicodedata
from collections.abc import Callable
from itertools import pairwise

from hubbub import short_text

LIMIT = 64  # characters of a word
# Scripts that are written without spaces, or with suffixes as in Korean: their words are found inside others.
UNSPACED = ("\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ecd\u1000-\u103f\u1050-\u109d\u1100-\u11ff\u1780-\u17d3\u1950-\u19df"
            "\u1a20-\u1a7c\u1b05-\u1b4c\u2e80-\u2fdf\u3005-\u3007\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa"
            "\u30fc-\u30ff\u3105-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\ua4cf\ua980-\ua9c0\uaa60-\uaadf"
            "\uac00-\ud7ff\uf900-\ufaff\U00016fe0-\U00018d08\U0001aff0-\U0001b2fb\U00020000-\U0003fffd")
ENCODED = {"+": "＋", "#": "＃"}  # SQLite takes all signs of ASCII for spaces
GAP = "\ue000"  # between a text and what is added to it, so that no phrase spans both
# Words within words: parseError, HTTPServer, and Persian compounds; they are added to the index.
HAS_COMPOUND = re.compile("[a-z0-9][A-Z]|[A-Z]{2}[a-z]|\u200c")
COMPOUND = re.compile("[^\\W_]*(?:[a-z0-9](?=[A-Z])|[A-Z](?=[A-Z][a-z])|\u200c)[\\w\u200c]*")
JOINT = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|\u200c")


def _class(matches: Callable[[str], bool]) -> str:
    """Return the characters outside of ASCII whose category matches, as the inside of a `[…]`."""
    places = [code for code in range(0x80, 0x1F000) if matches(unicodedata.category(chr(code)))]
    starts = [code for before, code in pairwise([0, *places]) if code > before + 1]
    ends = [code for code, after in pairwise([*places, 0x1F000]) if after > code + 1]
    return "".join(f"{chr(start)}-{chr(end)}" for start, end in zip(starts, ends, strict=True))


MARK = _class(lambda category: category[0] == "M")
SYMBOL = _class(lambda category: category in ("Sc", "Sm", "So")) + "\U0001f000-\U0001faff+#"  # and unassigned emoji
ASCII_WORD = re.compile("[a-z0-9]+|[+#]")
SYLLABLE = re.compile(f"[{UNSPACED}][{MARK}]*")
WORD = re.compile(
    f"(?:[^\\W_{UNSPACED}]+[{MARK}]*)+|(?:[{UNSPACED}][{MARK}]*)+|[\U0001f1e6-\U0001f1ff]{{2}}"
    f"|\U0001f3f4[\U000e0020-\U000e007f]+|[{SYMBOL}]")


def split(text: str) -> list[str]:
    """Return the folded words of a text or query; a symbol, an emoji, or a run of an unspaced script is a word."""
    if text.isascii():
        return ASCII_WORD.findall(text.lower())
    return WORD.findall(_folded(text))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", short_text.fold(text))


def is_open(text: str) -> bool:
    """Return whether a text ends in a word, which may be unfinished."""
    if text.isascii():
        return text[-1:].isalnum() or text.endswith(tuple(ENCODED))
    folded = _folded(text)
    return any(word.end() == len(folded) for word in WORD.finditer(folded))


def indexed(text: str) -> list[str]:
    """Return the terms of a text in the index: words, and each pair of neighbours in a run of an unspaced script."""
    compounds = COMPOUND.findall(text) if HAS_COMPOUND.search(text) else []
    inner = [word for compound in compounds for word in split(JOINT.sub(" ", compound))]
    return [term for word in [*split(text), *([GAP, *inner] if inner else [])] for term in _terms(word)]


def _terms(word: str) -> list[str]:
    if word.isascii() or not (syllables := SYLLABLE.findall(word)):
        return [ENCODED.get(word, word[:LIMIT])]
    return [*map("".join, pairwise(syllables)), syllables[-1]]


def sought(words: list[str], is_unfinished: bool = False) -> tuple[str, ...]:
    """Return the terms by which adjacent words are found; one that ends in `*` is a prefix."""
    terms = [term for word in words for term in _terms(word)]
    if SYLLABLE.match(words[-1]):  # the run may go on in the text
        if len(_terms(words[-1])) > 1:
            terms.pop()
        else:
            is_unfinished = True
    return (*terms[:-1], terms[-1] + "*" * is_unfinished)
