"""Parse search queries: words, "phrases", -not, and filters like from:ann before:2026-01-31."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hubbub.chat import attachments, words
from hubbub.core.access import Refused

LIMIT = 400  # characters
WORDS_LIMIT = 20
HAS = ("link", "file", "image", "code")
IS = ("thread", "pinned", "mine")
FILTERS = ("from", "in", "before", "after", "on", "has", "is")

QUOTES = '"“”„‟«»「」『』〝〞〟＂'
PART = re.compile(f"(-(?!-))?(?:([a-z]+)[:：])?([{QUOTES}][^{QUOTES}]*[{QUOTES}]?|\\S+)", re.IGNORECASE)


class Query(NamedTuple):
    """A parsed query: the terms of each group must be adjacent, in this order; one that ends in `*` is a prefix."""

    groups: tuple[tuple[str, ...], ...] = ()
    without: tuple[tuple[str, ...], ...] = ()
    words: tuple[str, ...] = ()  # of the groups, to highlight them
    is_unfinished: bool = False  # the last of them may go on
    is_unsearchable: bool = False  # there is something to find, but no word in it
    author: str = ""
    room: str = ""
    after: float = 0.0
    before: float = 1e12
    has: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()


def parse(text: str, zone: str = "UTC") -> Query:
    """Parse a query whose days are those of a time zone, of UTC if it is unknown; refuse an invalid filter."""
    if len(text) > LIMIT:
        raise Refused("error.query_too_long", "too_large", limit=LIMIT)
    query, count = Query(), 0
    parts = PART.findall(text)
    for number, (minus, name, value) in enumerate(parts, 1):
        name = name.lower()
        if not name and value[-1] in ":：" and value[:-1].lower() in FILTERS:
            continue  # its value is not typed yet
        if name in FILTERS:
            _check_not_negated(minus, name)
            query = _filter(query, name, value.strip(QUOTES) if value[0] in QUOTES else value, zone)
            continue
        found = words.split(f"{name}:{value}" if name else value)
        count += len(found)
        is_last = number == len(parts) and not text[-1].isspace()
        query = _add(query, found, bool(minus), is_last and value[0] not in QUOTES and words.is_open(value))
    if count > WORDS_LIMIT:
        raise Refused("error.query_too_many_words", "too_large", limit=WORDS_LIMIT)
    return query._replace(is_unsearchable=query.is_unsearchable and not query.groups)


def _add(query: Query, found: list[str], minus: bool, is_unfinished: bool) -> Query:
    """Add adjacent words; the last word of a query may be unfinished."""
    if not found:
        return query._replace(is_unsearchable=True)
    if minus:
        return query._replace(without=(*query.without, words.sought(found)))
    return query._replace(groups=(*query.groups, words.sought(found, is_unfinished)),
                          words=(*query.words, " ".join(found)), is_unfinished=is_unfinished)


def _check_not_negated(minus: str, name: str) -> None:
    if minus:
        raise Refused("error.filter_negated", "bad_input", filter=name)


def _filter(query: Query, name: str, value: str, zone: str) -> Query:
    if not value:
        return query  # still being typed
    if name == "from":
        return query._replace(author=value.lstrip("@"))
    if name == "in":
        return query._replace(room=value.lstrip("#"))
    if name == "has":
        return query._replace(has=query.has | {_one_of(name, value, (*HAS, *attachments.kinds))})
    if name == "is":
        return query._replace(properties=query.properties | {_one_of(name, value, IS)})
    day = _day(name, value, zone)
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


def _day(name: str, value: str, zone: str) -> datetime:
    """Return the beginning of a day, which may be written in the digits of any script."""
    digits = "".join(str(unicodedata.decimal(one, one)) for one in value)
    try:
        return datetime.strptime(digits, "%Y-%m-%d").replace(tzinfo=_zone(zone))
    except ValueError:
        raise Refused("error.filter_day", "bad_input", filter=name) from None


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC
