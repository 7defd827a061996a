"""Versions: a document as it was after a run of edits, by whom; and going back to one by a new edit."""

import base64
import difflib
import os.path
import re
from typing import Any

import msgspec
from gevent import get_hub
from pycrdt import Doc, Text

from hubbub.core import access, db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.documents import model, updates, yjs
from hubbub.documents.updates import LoadedDocument, Parcel
from hubbub.documents.yjs import Saying

PAUSE = 5 * 60.0  # seconds without an edit end a run
SLOT = 60 * 60.0  # seconds: where nobody pauses, a version for each hour of the clock
MOST, ROWS = 200, 2000
LINES = 500  # on either side, up to which a difference is looked for within
PIECE = 48 * 1024  # bytes that one edit puts in

Edit = tuple[int, int, str]  # from, to, and what comes there


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document after the entry `seq`: from when to when this was typed, and by whom."""

    seq: int
    at: float
    since: float
    people: list[int]
    restored: int = 0


RUNS = """with edit as (
    select seq, author, at, case when substr(data, 1, 12) = '{"restored":' then substr(data, 13, 20) else '' end as back
    from entry where channel = :channel and kind = 'update'
), told as (
    select edit.*, lag(at) over (order by seq) as before, lag(back) over (order by seq) as came from edit
), run as (
    select told.*, sum(case when (back = '') <> (came = '') or at - before > case when back = '' then :pause else 1 end
        or back = '' and cast(at / :slot - 0.5 as bigint) <> cast(before / :slot - 0.5 as bigint) then 1 else 0 end)
        over (order by seq) as number from told
)
select number, author, max(seq), min(at), max(at), max(back) from run group by number, author
    order by number desc, max(seq) limit :most"""


def listed(person: int, channel: str) -> list[Version]:
    """The versions of a document, the newest first."""
    access.check(db, person, channel, "read")
    found: dict[int, Version] = {}
    rows = db.execute_in_thread(RUNS, channel=channel, pause=PAUSE, slot=SLOT, most=ROWS)
    for run, author, seq, since, at, back in rows:
        restored = int(re.findall(r"\d+", back)[0]) if back else 0
        first = found.get(run) or Version(seq, at, since, [], restored)
        found[run] = Version(max(seq, first.seq), max(at, first.at), min(since, first.since),
                             [*first.people, author], restored)
    return list(found.values())[:MOST]


def look(person: int, channel: str, seq: int) -> dict[str, Any]:
    """What a document said after an entry, and whose that was."""
    access.check(db, person, channel, "read")
    entry = _edit(db, channel, seq)
    text = get_hub().threadpool.apply(_text, _parcel_at(channel, seq))
    return {"text": text, "at": entry.at, "author": entry.author}


def _edit(reads: Reads, channel: str, seq: int) -> Entry:
    for entry in log.read(reads, channel, seq - 1, 1):
        if entry.seq == seq and entry.kind == "update":
            return entry
    raise Refused("there is no such version", "absent")


def _parcel_at(channel: str, seq: int) -> Parcel:
    """What the document was made of after an entry: the snapshot where it is older, else all from the beginning."""
    after, state = model.snapshot(db, channel, seq)
    rows = db.execute_in_thread(model.TAIL, channel=channel, after=after, up_to=seq)
    return base64.b64decode(state), tuple(base64.b64decode(model.said(data)) for data, in rows)


def _text(state: bytes, tail: tuple[bytes, ...]) -> str:
    return str(LoadedDocument(state, tail).text)


def restore(person: int, channel: str, seq: int, key: str) -> Entry:
    """Make a document say what it said after an entry, by one more edit; what came between stays in its past.

    What others type in this moment is not lost: the edit is made from the document a moment ago, and merged.
    """
    access.check(db, person, channel, "write")
    _edit(db, channel, seq)
    then = _parcel_at(channel, seq)
    with db.snapshot() as reads:
        now = updates.parcel(reads, channel)
    edits = get_hub().threadpool.apply(way_back, (now, then))
    updates.warm(channel)
    with db.transaction() as tx:
        access.check(tx, person, channel, "write")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        if not edits:
            raise Refused("the document says that already", "taken")
        for number, (raw, saying) in enumerate(edits, 1 - len(edits)):
            data = {"restored": seq, "update": base64.b64encode(raw).decode()}
            name = log.server_key("of", key, -number) if number else key
            entry = updates.append(tx, person, channel, raw, saying, data, name)
        return entry


def way_back(now: Parcel, then: Parcel) -> list[tuple[bytes, Saying]]:
    """The updates that make a document say again what it said then; none where it does."""
    hot = LoadedDocument(*now)
    edits = rewritten(hot.doc, hot.text, changes(str(hot.text), _text(*then)))
    return [(raw, yjs.read(raw)) for raw in edits]


def rewritten(doc: Doc[Any], text: Text, edits: list[Edit]) -> list[bytes]:
    """Make these changes to a text, from its end to its beginning; answers them as updates, each of some size."""
    found: list[bytes] = []
    watch = doc.observe(lambda event: found.append(event.update))
    for some in _pieces(edits):
        with doc.transaction():
            for first, last, words in some:
                if last > first:
                    del text[first:last]
                if words:
                    text.insert(first, words)
    doc.unobserve(watch)
    return found


def _pieces(edits: list[Edit]) -> list[list[Edit]]:
    """The changes from the last to the first, in groups that an entry can hold."""
    pieces: list[list[Edit]] = [[]]
    size = 0
    for first, last, words in reversed(edits):
        parts = [words[at:at + PIECE // 4] for at in range(0, len(words), PIECE // 4)] or [""]
        for part in reversed(parts):
            if size > PIECE:
                pieces, size = [*pieces, []], 0
            pieces[-1].append((first, last, part))
            last, size = first, size + len(part.encode()) + 20
    return pieces if edits else []


def changes(old: str, new: str) -> list[Edit]:
    """What to change in the one text to have the other, in places of its UTF-8 bytes, as the library counts."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    same = len(os.path.commonprefix([before, after]))
    rest = len(os.path.commonprefix([before[:same - 1 if same else None:-1], after[:same - 1 if same else None:-1]]))
    mine, theirs = before[same:len(before) - rest], after[same:len(after) - rest]
    places = [sum(len(line.encode()) for line in before[:same])]
    for line in mine:
        places.append(places[-1] + len(line.encode()))
    if max(len(mine), len(theirs)) > LINES:
        return [_trimmed(places[0], "".join(mine), "".join(theirs))]
    found = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    return [_trimmed(places[a], "".join(mine[a:b]), "".join(theirs[c:d])) for what, a, b, c, d in found
            if what != "equal"]


def _trimmed(place: int, old: str, new: str) -> Edit:
    """One change without what is the same at its beginning and end."""
    head = len(os.path.commonprefix([old, new]))
    tail = len(os.path.commonprefix([old[head:][::-1], new[head:][::-1]]))
    start = place + len(old[:head].encode())
    return start, start + len(old[head:len(old) - tail].encode()), new[head:len(new) - tail]
