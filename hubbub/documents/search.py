"""Search in documents: their titles and texts, in a table that a consumer keeps up to date soon after each edit.

Each word of a query must be in the title or in the text, anywhere in a word.  A scan of the readable documents is quick
enough: a server has hundreds of them, not millions.
"""

from typing import Any

import msgspec
from gevent import get_hub

from hubbub import short_text
from hubbub.core import access, consumers, db
from hubbub.core.access import Refused
from hubbub.core.consumers import Task
from hubbub.documents import model, updates

QUERY_LIMIT, WORDS_LIMIT = 400, 10
QUIET, PATIENCE = 1.0, 10.0  # seconds after the last edit, and after the first while people type without a pause
EXCERPTS = 2  # of one document
LINE_LIMIT = 240  # characters of a line in an excerpt

STORE = """insert into document_text (document, title, lines, text) select id, :title, :lines, :text from document
    where id = :id on conflict (document) do update set title = :title, lines = :lines, text = :text"""
FIND = """select document.id, document_text.lines, document_text.text from document_text
    join document on document.id = document_text.document where document.room = any(:rooms) and {words}
    order by case when {in_title} then 0 else 1 end, document.archived is not null, document.changed desc
    limit :limit"""


class Excerpt(msgspec.Struct, frozen=True):
    """A line with a word of the query, and the lines around it."""

    before: str
    line: str
    after: str


class Found(msgspec.Struct, frozen=True):
    """A document that was found, and where the words are in its text: nowhere if they are in its title."""

    document: model.Document
    excerpts: list[Excerpt]


def scan(task: Task) -> None:
    """Store the text of a document for searches."""
    text, seq = updates.text(task.channel)
    lines = get_hub().threadpool.apply(_folded, (text,))
    id = model.number(task.channel)
    with db.transaction(task.channel) as tx:
        [(title,)] = tx.execute("select title from document where id = :id", id=id)
        tx.execute(STORE, id=id, title=short_text.fold(title), lines=lines, text=text)
        consumers.advance(tx, consumer.name, task.channel, seq)


def _folded(text: str) -> str:
    return "\n".join(map(short_text.fold, text.split("\n")))


def find(person: int, q: str, room: str = "", limit: int = 20) -> list[Found]:
    """Return the documents with all words of a query that this person may read: first those with them in the title."""
    if len(q) > QUERY_LIMIT:
        raise Refused("error.search_too_long", "too_large", limit=QUERY_LIMIT)
    words = short_text.fold(q).split()[:WORDS_LIMIT]
    rooms = [room] if room else [name for name, in db.execute("select distinct room from document")]
    if not words or not (readable := access.allowed(db, person, rooms, "read")):
        return []
    patterns = {f"word{at}": short_text.pattern(word) for at, word in enumerate(words)}
    in_title, in_text = ([f"document_text.{column} like :{name} escape '!'" for name in patterns]
                         for column in ("title", "lines"))
    both = " and ".join(f"({title} or {text})" for title, text in zip(in_title, in_text, strict=True))
    rows = db.execute_in_thread(FIND.format(words=both, in_title=" and ".join(in_title)),
                                rooms=readable, limit=limit, **patterns)
    excerpts = get_hub().threadpool.apply(_excerpts, (rows, words))
    with db.snapshot() as reads:
        known = {one.id: one for one in model.those(reads, person, [row[0] for row in rows])}
    return [Found(known[row[0]], found) for row, found in zip(rows, excerpts, strict=True) if row[0] in known]


def _excerpts(rows: list[tuple[Any, ...]], words: list[str]) -> list[list[Excerpt]]:
    return [_excerpts_of(lines.split("\n"), text.split("\n"), words) for _, lines, text in rows]


def _excerpts_of(folded: list[str], written: list[str], words: list[str]) -> list[Excerpt]:
    """Return the lines with the most words of the query, in their order."""
    counts = [(sum(word in line for word in words), -at) for at, line in enumerate(folded)]
    best = sorted(-at for count, at in sorted(counts, reverse=True)[:EXCERPTS] if count)
    return [Excerpt(_line(written, at - 1, words), _line(written, at, words), _line(written, at + 1, words))
            for at in best]


def _line(lines: list[str], at: int, words: list[str]) -> str:
    """Return a line, or the part of a long one where the first of the words is."""
    line = lines[at].strip() if 0 <= at < len(lines) else ""
    if len(line) <= LINE_LIMIT:
        return line
    places = [place for word in words if (place := line.lower().find(word)) >= 0]
    start = max(0, min(places, default=0) - LINE_LIMIT // 4)
    return ("…" if start else "") + line[start:start + LINE_LIMIT] + ("…" if start + LINE_LIMIT < len(line) else "")


consumer = consumers.Consumer("document_texts", ("doc",), scan, quiet=QUIET, patience=PATIENCE)
