"""Parse search queries: words, "phrases", -not, and filters like from:ann before:2026-01-31."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from hubbub.core.access import Refused

LIMIT = 400  # characters
WORD_LIMIT = 64
WORDS_LIMIT = 20
HAS = ("link", "file", "image", "code")
IS = ("thread", "pinned", "mine")
FILTERS = ("from", "in", "before", "after", "on", "has", "is")

PART = re.compile(r'(-?)(?:([a-z]+):)?("[^"]*"?|\S+)', re.IGNORECASE)
SEPARATOR = re.compile(r"[\W_]+")
IDEOGRAPH = re.compile("([\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003fa1f])")


class Query(NamedTuple):
    """A parsed query: the words of each group must be adjacent, in this order; the last word may be a prefix."""

    groups: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    unfinished: bool = False
    author: str = ""
    room: str = ""
    after: float = 0.0
    before: float = 1e12
    has: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()


def fold(text: str) -> list[str]:
    """Split a text or query into comparable words: no diacritics, no case, each ideograph a word."""
    return [word[:WORD_LIMIT] for word in SEPARATOR.split(text.lower() if text.isascii() else _plain(text)) if word]


def _plain(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text)
    bare = "".join(one for one in parts if not unicodedata.combining(one)).casefold()
    return IDEOGRAPH.sub(r" \1 ", unicodedata.normalize("NFKC", bare))


def parse(text: str) -> Query:
    """Parse a query; refuse an invalid filter."""
    if len(text) > LIMIT:
        raise Refused("error.query_too_long", "too_large", limit=LIMIT)
    query = Query()
    for minus, name, value in PART.findall(text):
        name = name.lower()
        if not name and value.lower().rstrip(":") in FILTERS and value.endswith(":"):
            continue  # its value is not typed yet
        if name in FILTERS:
            _check_not_negated(minus, name)
            query = _filter(query, name, value.strip('"'))
            continue
        group = tuple(fold(f"{name}:{value}" if name else value))
        if group and minus:
            query = query._replace(without=(*query.without, group))
        elif group:
            query = query._replace(groups=(*query.groups, group))
    if sum(map(len, query.groups + query.without)) > WORDS_LIMIT:
        raise Refused("error.query_too_many_words", "too_large", limit=WORDS_LIMIT)
    return query._replace(unfinished=bool(query.groups) and _is_unfinished(text))


def _check_not_negated(minus: str, name: str) -> None:
    if minus:
        raise Refused("error.filter_negated", "bad_input", filter=name)


def _is_unfinished(text: str) -> bool:
    """Return whether the query ends in a word that may be unfinished."""
    *_, (minus, name, value) = PART.findall(text)
    is_word = not minus and name.lower() not in FILTERS and not value.startswith('"')
    return is_word and not SEPARATOR.match(text[-1])


def _filter(query: Query, name: str, value: str) -> Query:
    if not value:
        return query  # still being typed
    if name == "from":
        return query._replace(author=value.lstrip("@"))
    if name == "in":
        return query._replace(room=value.lstrip("#"))
    if name == "has":
        return query._replace(has=query.has | {_one_of(name, value, HAS)})
    if name == "is":
        return query._replace(properties=query.properties | {_one_of(name, value, IS)})
    day = _day(name, value)
    if name == "before":
        return query._replace(before=day.timestamp())
    if name == "after":
        return query._replace(after=(day + timedelta(days=1)).timestamp())
    return query._replace(after=day.timestamp(), before=(day + timedelta(days=1)).timestamp())


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    wanted = value.lower()
    if wanted not in known:
        raise Refused("error.filter_value", "bad_input", filter=name, values=", ".join(known))
    return wanted


def _day(name: str, value: str) -> datetime:
    """Parse a day in UTC."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("error.filter_day", "bad_input", filter=name) from None
