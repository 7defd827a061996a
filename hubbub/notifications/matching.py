"""Match messages with the keywords, people and priorities that people want to be notified of, all at once.

All rules are compiled into dictionaries by word, author and priority, so a message costs as much as it has words, not
as there are rules.  A keyword matches whole words, in any case: `deploy` is not in "deployed".  In scripts without
spaces between words, such as Chinese and Thai, it matches anywhere.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec
from gevent import get_hub

from hubbub.core import db, node

UNSPACED = ("\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
            "\U00020000-\U0003ffff")  # Thai, Lao, Burmese, Khmer, kana, Han
NORMAL = 3  # the priority of a message that has none


def _marks() -> str:
    """Return the characters that belong to the letter before them, as ranges of a character class."""
    found: list[list[int]] = []
    for one in (*range(0x20000), *range(0xe0100, 0xe01f0)):
        if unicodedata.category(chr(one))[0] == "M":
            if found and found[-1][1] == one - 1:
                found[-1][1] = one
            else:
                found.append([one, one])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in found)


MARKS = _marks()
WORD = re.compile(rf"(?:[^\W{UNSPACED}]+[{MARKS}\u200c\u200d]*)+")
IS_UNSPACED = re.compile(f"[{UNSPACED}]")


class Match(NamedTuple):
    """Why a message is for a person: the kind of rule, and its word or number."""

    kind: str
    detail: str | int = ""


Row = tuple[int, str, str, int]  # person, kind, word, about


class Matcher:
    """The compiled rules of everybody."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._words: dict[str, list[tuple[str, int]]] = {}  # keyword and person, by a keyword that is one word
        self._phrases: dict[str, list[tuple[str, int, str, int]]] = {}  # by its longest word, which is at an offset
        self._loose: dict[str, list[tuple[str, str, int]]] = {}  # by its first character, for those without words
        self._authors: dict[int, list[int]] = {}
        self._priorities: list[tuple[int, int]] = []
        for person, kind, word, about in rows:
            if kind == "keyword":
                self._add_keyword(person, word)
            elif kind == "person":
                self._authors.setdefault(about, []).append(person)
            elif kind == "priority":
                self._priorities.append((about, person))

    def _add_keyword(self, person: int, keyword: str) -> None:
        folded = fold(keyword)
        longest = max(WORD.finditer(folded), key=lambda word: len(word[0]), default=None)
        if longest is None or IS_UNSPACED.search(folded):
            self._loose.setdefault(folded[:1], []).append((folded, keyword, person))
        elif longest[0] == folded:
            self._words.setdefault(folded, []).append((keyword, person))
        else:
            self._phrases.setdefault(longest[0], []).append((folded, longest.start(), keyword, person))

    def match(self, text: str, author: int, priority: int = 0) -> dict[int, Match]:
        """Return the people who have a rule for a message; a keyword counts before its author, and that before both.

        `priority` is 0 for what no program sent.
        """
        found = {person: Match("priority", least) for least, person in self._priorities if priority >= least}
        found |= dict.fromkeys(self._authors.get(author, ()), Match("person", author))
        found |= {person: Match("keyword", keyword) for keyword, person in self._keywords(text)}
        return found

    def _keywords(self, text: str) -> Iterator[tuple[str, int]]:
        if not (self._words or self._phrases or self._loose):
            return
        folded = fold(text)
        words = {*WORD.findall(folded)}
        for word in words & self._words.keys():
            yield from self._words[word]
        if not words.isdisjoint(self._phrases):
            yield from self._in_phrases(folded)
        if not self._loose.keys().isdisjoint(folded):
            yield from ((keyword, person) for start, character in enumerate(folded)
                        for phrase, keyword, person in self._loose.get(character, ())
                        if folded.startswith(phrase, start))

    def _in_phrases(self, folded: str) -> Iterator[tuple[str, int]]:
        for at in WORD.finditer(folded):
            for phrase, offset, keyword, person in self._phrases.get(at[0], ()):
                if is_whole(folded, phrase, at.start() - offset):
                    yield keyword, person


def is_whole(text: str, phrase: str, start: int) -> bool:
    """Return whether a phrase is at this place of a text, and not a part of longer words."""
    if start < 0 or not text.startswith(phrase, start):
        return False
    end = start + len(phrase)
    return not (WORD.fullmatch(text[max(0, start - 1):start]) and WORD.fullmatch(phrase[0])
                or WORD.fullmatch(text[end:end + 1]) and WORD.fullmatch(phrase[-1]))


def fold(text: str) -> str:
    """Return a text in which the same words look the same, in whatever case and form they were typed."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


class Compiled:
    """The rules as this node compiled them last, and the version of the rules then."""

    def __init__(self) -> None:
        self.version = -1
        self.matcher = Matcher(())


state = node.state(Compiled)


def matcher() -> Matcher:
    """Return the rules of now, compiled again if they have changed at any node."""
    compiled = state()
    rows = db.execute("select version from rule_version where kind = 'message'")
    version = int(rows[0][0]) if rows else 0
    if compiled.version != version:
        [(rules,)] = db.execute_in_thread(f"select {db.packed('person', 'kind', 'word', 'about')} from rule "
                                          "where kind = any(:kinds)", kinds=["keyword", "person", "priority"])
        compiled.matcher = get_hub().threadpool.apply(lambda: Matcher(msgspec.json.decode(rules or "[]")))
        compiled.version = version
    return compiled.matcher
