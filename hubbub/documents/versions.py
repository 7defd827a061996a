"""Versions: a document after each run of edits with their authors; restore one by a new edit."""

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
from hubbub.documents.yjs import UpdateSummary

PAUSE = 5 * 60.0  # seconds without an edit that end a run
SLOT = 60 * 60.0  # seconds: without a pause, a run ends with each hour of the clock
MOST, ROWS = 200, 2000
LINES = 500  # on either side; above it, the texts are not compared line by line
PIECE = 48 * 1024  # bytes that one edit inserts

Edit = tuple[int, int, str]  # replace the bytes from, to (exclusive) by a text


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document after the entry `seq`: the times of the first and last edit of the run, and its authors."""

    seq: int
    at: float
    since: float
    people: list[int]
    restored: int = 0


RUNS = """with edit as (
    select seq, author, at, case when substr(data, 1, 12) = '{"restored":' then substr(data, 13, 20) else '' end as back
    from entry where channel = :channel and kind = 'update'
), timed as (
    select edit.*, lag(at) over (order by seq) as before, lag(back) over (order by seq) as prior from edit
), run as (
    select timed.*, sum(case when (back = '') <> (prior = '')
        or at - before > case when back = '' then :pause else 1 end
        or back = '' and cast(at / :slot - 0.5 as bigint) <> cast(before / :slot - 0.5 as bigint) then 1 else 0 end)
        over (order by seq) as number from timed
)
select number, author, max(seq), min(at), max(at), max(back) from run group by number, author
    order by number desc, max(seq) limit :most"""


def listed(person: int, channel: str) -> list[Version]:
    """Return the versions of a document, the newest first."""
    access.check(db, person, channel, "read")
    found: dict[int, Version] = {}
    rows = db.execute_in_thread(RUNS, channel=channel, pause=PAUSE, slot=SLOT, most=ROWS)
    for run, author, seq, since, at, back in rows:
        restored = int(re.findall(r"\d+", back)[0]) if back else 0
        first = found.get(run) or Version(seq, at, since, [], restored)
        found[run] = Version(max(seq, first.seq), max(at, first.at), min(since, first.since),
                             [*first.people, author], restored)
    return list(found.values())[:MOST]


def get(person: int, channel: str, seq: int) -> dict[str, Any]:
    """Return the text of a document after an entry, with the author and time of that entry."""
    access.check(db, person, channel, "read")
    entry = _edit(db, channel, seq)
    text = get_hub().threadpool.apply(_text, _parcel_at(channel, seq))
    return {"text": text, "at": entry.at, "author": entry.author}


def _edit(reads: Reads, channel: str, seq: int) -> Entry:
    for entry in log.read(reads, channel, seq - 1, 1):
        if entry.seq == seq and entry.kind == "update":
            return entry
    raise Refused("error.version_not_found", "not_found")


def _parcel_at(channel: str, seq: int) -> Parcel:
    """Return what a document is loaded from as of an entry: a snapshot if it is old enough, else all updates."""
    after, state = model.snapshot(db, channel, seq)
    rows = db.execute_in_thread(model.TAIL, channel=channel, after=after, up_to=seq)
    return base64.b64decode(state), tuple(base64.b64decode(model.update_in(data)) for data, in rows)


def _text(state: bytes, tail: tuple[bytes, ...]) -> str:
    return str(LoadedDocument(state, tail).text)


def restore(person: int, channel: str, seq: int, key: str) -> Entry:
    """Restore the text that a document had after an entry, as a new edit; the history stays.

    Edits that others make at the same time are not lost: the new edit is made from a snapshot, and merged.
    """
    access.check(db, person, channel, "write")
    _edit(db, channel, seq)
    then = _parcel_at(channel, seq)
    with db.snapshot() as reads:
        now = updates.parcel(reads, channel)
    edits = get_hub().threadpool.apply(edits_back, (now, then))
    return _write(person, channel, edits, {"restored": seq}, key)


def append(person: int, channel: str, text: str, key: str) -> Entry:
    """Append a paragraph to a document, as a new edit that is merged with those of others."""
    access.check(db, person, channel, "write")
    if not text.strip():
        raise Refused("error.same_text", "conflict")
    with db.snapshot() as reads:
        now = updates.parcel(reads, channel)
    return _write(person, channel, get_hub().threadpool.apply(_appended, (now, text)), {}, key)


def _appended(now: Parcel, text: str) -> list[tuple[bytes, UpdateSummary]]:
    """Return the updates that append a paragraph."""
    loaded = LoadedDocument(*now)
    before = str(loaded.text)
    gap = "" if not before else "\n" if before.endswith("\n") else "\n\n"
    end = len(before.encode())
    return [(raw, yjs.read(raw)) for raw in rewritten(loaded.doc, loaded.text, [(end, end, gap + text)])]


def _write(person: int, channel: str, edits: list[tuple[bytes, UpdateSummary]], facts: dict[str, Any],
           key: str) -> Entry:
    """Store the updates of an edit; refuse one that changes nothing."""
    updates.warm(channel)
    with db.transaction(channel) as tx:
        access.check(tx, person, channel, "write")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        if not edits:
            raise Refused("error.same_text", "conflict")
        for number, (raw, summary) in enumerate(edits, 1 - len(edits)):
            data = {**facts, "update": base64.b64encode(raw).decode()}
            name = log.server_key("of", key, -number) if number else key
            entry = updates.append(tx, person, channel, raw, summary, data, name)
        return entry


def edits_back(now: Parcel, then: Parcel) -> list[tuple[bytes, UpdateSummary]]:
    """Return the updates that give a document its former text again; empty if it still has it."""
    loaded = LoadedDocument(*now)
    edits = rewritten(loaded.doc, loaded.text, changes(str(loaded.text), _text(*then)))
    return [(raw, yjs.read(raw)) for raw in edits]


def rewritten(doc: Doc[Any], text: Text, edits: list[Edit]) -> list[bytes]:
    """Make these edits in a text, from its end to its beginning; return them as updates of limited size."""
    found: list[bytes] = []
    subscription = doc.observe(lambda event: found.append(event.update))
    for piece in _pieces(edits):
        with doc.transaction():
            for first, last, inserted in piece:
                if last > first:
                    del text[first:last]
                if inserted:
                    text.insert(first, inserted)
    doc.unobserve(subscription)
    return found


def _pieces(edits: list[Edit]) -> list[list[Edit]]:
    """Return the edits from the last to the first, in groups that fit in an entry."""
    pieces: list[list[Edit]] = [[]]
    size = 0
    for first, last, inserted in reversed(edits):
        parts = [inserted[at:at + PIECE // 4] for at in range(0, len(inserted), PIECE // 4)] or [""]
        for part in reversed(parts):
            if size > PIECE:
                pieces, size = [*pieces, []], 0
            pieces[-1].append((first, last, part))
            last, size = first, size + len(part.encode()) + 20
    return pieces if edits else []


def changes(old: str, new: str) -> list[Edit]:
    """Return the edits that turn the old text into the new one, at UTF-8 offsets as the library counts them."""
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    same = len(os.path.commonprefix([before, after]))
    rest = len(os.path.commonprefix([before[:same - 1 if same else None:-1], after[:same - 1 if same else None:-1]]))
    mine, theirs = before[same:len(before) - rest], after[same:len(after) - rest]
    offsets = [sum(len(line.encode()) for line in before[:same])]
    for line in mine:
        offsets.append(offsets[-1] + len(line.encode()))
    if max(len(mine), len(theirs)) > LINES:
        return [_trimmed(offsets[0], "".join(mine), "".join(theirs))]
    found = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    return [_trimmed(offsets[a], "".join(mine[a:b]), "".join(theirs[c:d])) for tag, a, b, c, d in found
            if tag != "equal"]


def _trimmed(offset: int, old: str, new: str) -> Edit:
    """Return an edit without the common beginning and end of both texts."""
    head = len(os.path.commonprefix([old, new]))
    tail = len(os.path.commonprefix([old[head:][::-1], new[head:][::-1]]))
    start = offset + len(old[:head].encode())
    return start, start + len(old[head:len(old) - tail].encode()), new[head:len(new) - tail]
