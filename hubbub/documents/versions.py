"""Versions: a document as it was after a run of edits, by whom; and going back to one by a new edit."""

import base64
import difflib
from typing import Any

import msgspec
from gevent import get_hub
from pycrdt import Doc, Text

from hubbub.core import access, db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.documents import model, updates

PAUSE = 5 * 60.0  # seconds without an edit end a run
LONGEST = 30 * 60.0  # seconds that one run lasts
MOST = 200
LINES = 500  # on either side, up to which a difference is looked for within

Edit = tuple[int, int, str]  # from, to, and what comes there


class Version(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document after the entry `seq`: from when to when this was typed, and by whom."""

    seq: int
    at: float
    since: float
    people: list[int]
    restored: int = 0


EDITS = """select seq, author, at, case when substr(data, 1, 12) = '{"restored":' then data else '' end from entry
    where channel = :channel and kind = 'update' order by seq"""


def listed(person: int, channel: str) -> list[Version]:
    """The versions of a document, the newest first."""
    access.check(db, person, channel, "read")
    found: list[Version] = []
    for seq, author, at, data in db.aside(EDITS, channel=channel):
        restored = msgspec.json.decode(data)["restored"] if data else 0
        last = found[-1] if found else None
        if last is None or restored or last.restored or at - last.at > PAUSE or at - last.since > LONGEST:
            found.append(Version(seq, at, at, [author], restored))
        else:
            people = last.people if author in last.people else [*last.people, author]
            found[-1] = Version(seq, at, last.since, people)
    return found[:-MOST - 1:-1]


def look(person: int, channel: str, seq: int) -> dict[str, Any]:
    """What a document said after an entry, and whose that was."""
    access.check(db, person, channel, "read")
    entry = _edit(db, channel, seq)
    return {"text": _text_at(channel, seq), "at": entry.at, "author": entry.author}


def _edit(reads: Reads, channel: str, seq: int) -> Entry:
    for entry in log.read(reads, channel, seq - 1, 1):
        if entry.seq == seq and entry.kind == "update":
            return entry
    raise Refused("there is no such version", "absent")


def _text_at(channel: str, seq: int) -> str:
    with db.snapshot() as reads:
        rows = reads.execute("select seq, state from document_snapshot where document = :id and seq <= :seq",
                             id=model.number(channel), seq=seq)
        after, state = rows[0] if rows else (0, "")
        typed = model.tail(reads, channel, after, seq)
    hot = get_hub().threadpool.apply(updates.build, (base64.b64decode(state), typed))
    return str(hot.text)


def restore(person: int, channel: str, seq: int, key: str) -> Entry:
    """Make a document say what it said after an entry, by one more edit; what came between stays in its past."""
    access.check(db, person, channel, "write")
    _edit(db, channel, seq)
    wanted = _text_at(channel, seq)
    updates.warm(channel)
    with db.transaction() as tx:
        access.check(tx, person, channel, "write")
        if first := log.again(tx, channel, person, key):
            return first
        hot = updates.current(tx, channel)
        raw = rewritten(hot.doc.get_update(), edits(str(hot.text), wanted))
        if not raw:
            raise Refused("the document says that already", "taken")
        data = {"restored": seq, "update": base64.b64encode(raw).decode()}
        return updates.append(tx, person, channel, raw, data, key)


def rewritten(state: bytes, changes: list[Edit]) -> bytes:
    """The update that makes these changes to the text of a document; empty for none."""
    doc: Doc[Any] = Doc()
    text = doc.get("text", type=Text)
    doc.apply_update(state)
    before = doc.get_state()
    with doc.transaction():
        for first, last, words in reversed(changes):
            if last > first:
                del text[first:last]
            if words:
                text.insert(first, words)
    return doc.get_update(before) if changes else b""


def edits(old: str, new: str) -> list[Edit]:
    """What to change in the one text to have the other, in places of its UTF-8 bytes, as the library counts."""
    if old == new:
        return []
    before, after = old.splitlines(keepends=True), new.splitlines(keepends=True)
    head = next((at for at, (a, b) in enumerate(zip(before, after, strict=False)) if a != b),
                min(len(before), len(after)))
    rest = list(zip(reversed(before[head:]), reversed(after[head:]), strict=False))
    same = next((at for at, (a, b) in enumerate(rest) if a != b), len(rest))
    mine, theirs = before[head:len(before) - same], after[head:len(after) - same]
    places = [sum(len(line.encode()) for line in before[:head])]
    for line in mine:
        places.append(places[-1] + len(line.encode()))
    if len(mine) > LINES or len(theirs) > LINES:
        return [(places[0], places[-1], "".join(theirs))]
    found = difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes()
    return [(places[a], places[b], "".join(theirs[c:d])) for what, a, b, c, d in found if what != "equal"]


