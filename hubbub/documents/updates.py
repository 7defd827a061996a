"""What is typed: each Yjs update is tried on the document as it is, and becomes an entry only if it fits.

An update that is kept decodes, has everything it depends on, holds plain text only, and types under no client number
that somebody else types under: a page could otherwise take another one's next number, whose own words would then be
taken for known and silently lost.  The document it was tried on stays in memory, for the next one; when an update is
refused or not kept, it is forgotten and built again from the log.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from gevent import get_hub
from pycrdt import Doc, Text, TextEvent, get_update

from hubbub.core import access, db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import START, Cursor, Entry
from hubbub.documents import model, yjs

UPDATE_LIMIT = 256 * 1024  # bytes
ENTRY_LIMIT = 400 * 1024  # of one that holds such an update in base64
STATE_LIMIT = 4 * 1024 * 1024  # bytes of a document with its past
TEXT_LIMIT = 1_000_000  # bytes of its text
SNAPSHOT_ENTRIES, SNAPSHOT_BYTES = 500, 256 * 1024
LARGEST_CLIENT = 2**53
HOT_BYTES = 64 * 1024 * 1024  # of the documents kept in memory
LEAST = 16 * 1024  # what one costs at least

heard: list[Callable[[int], None]] = []  # called with the id of a document once something typed is committed


class Hot:
    """A document in memory, as it is after the entry `at`."""

    def __init__(self, state: bytes = b"") -> None:
        self.doc: Doc[Any] = Doc()
        self.text = self.doc.get("text", type=Text)
        self.at: Cursor = START
        self.size = 0  # bytes of its state, at most
        self.since = 0, 0  # entries and bytes since the snapshot
        self.plain = True
        if state:
            self.add(state)
        self._watch = self.text.observe(self._look)

    def _look(self, event: TextEvent) -> None:
        """Note what is no plain text: a picture within it would shift every place that pages count."""
        for part in event.delta:  # type: ignore[attr-defined]
            if not isinstance(part.get("insert", ""), str) or part.get("attributes"):
                self.plain = False

    def add(self, update: bytes) -> None:
        """Take in an update."""
        self.doc.apply_update(update)
        self.size += len(update)
        self.since = self.since[0] + 1, self.since[1] + len(update)


_hot: OrderedDict[int, Hot] = OrderedDict()


def forget() -> None:
    """Begin anew, as a process that has just started."""
    _hot.clear()


def update(person: int, channel: str, encoded: str, key: str) -> Entry:
    """Keep what a person typed, for everybody who has the document open; a repeated key returns the first entry."""
    raw = _decoded(encoded)
    if model.number(channel) not in _hot:
        access.check(db, person, channel, "read")
        warm(channel)
    with db.transaction() as tx:
        access.check(tx, person, channel, "write")
        if first := log.again(tx, channel, person, key):
            return first
        return append(tx, person, channel, raw, {"update": encoded}, key)


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("an update is sent in base64", "bad_input") from None
    if len(raw) > UPDATE_LIMIT:
        raise Refused(f"that is too much at once: {UPDATE_LIMIT // 1024} KB at most", "too_large")
    return raw


def append(tx: db.Transaction, person: int, channel: str, raw: bytes, data: dict[str, Any], key: str) -> Entry:
    """Try an update and make it an entry; what was tried and not kept leaves no trace."""
    id = model.number(channel)
    hot = current(tx, channel)
    try:
        for client in sorted(_try(hot, raw)):
            _own(tx, id, client, person)
        entry = log.append(tx, channel, "update", data, author=person, key=key, fresh=True, limit=ENTRY_LIMIT)
        tx.execute("update document set changed = :at, changer = :person where id = :id",
                   at=entry.at, person=person, id=id)
        hot.at = Cursor(entry.seq, key)
        if hot.since[0] >= SNAPSHOT_ENTRIES or hot.since[1] >= SNAPSHOT_BYTES:
            _snapshot(tx, id, hot)
    except BaseException:
        _hot.pop(id, None)
        raise
    tx.after_commit(lambda: _tell(id))
    return entry


def _tell(id: int) -> None:
    for call in heard:
        call(id)


def _try(hot: Hot, raw: bytes) -> set[int]:
    """Take an update into the document; answers the clients it speaks for.  Refused in words if it does not fit."""
    if hot.size + len(raw) > STATE_LIMIT:
        raise Refused("this document has become too large: begin another one", "too_large")
    before = yjs.clocks(hot.doc.get_state())
    try:
        hot.add(raw)
        state = hot.doc.get_state()
        after, rest = yjs.clocks(state), get_update(raw, state)
        deleted = yjs.deletions(rest) if rest[0] == 0 else {}
    except BaseException as error:  # a panic of the library below is no Exception
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise Refused("that is no update of a document", "bad_input") from None
        raise
    if rest[0] != 0 or any(clock > after.get(client, 0) for client, clock in deleted.items()):
        raise Refused("this update goes on from something that is not here: load the document anew", "bad_input")
    if set(hot.doc.keys()) != {"text"} or not hot.plain:
        raise Refused("a document holds plain text and nothing else", "bad_input")
    if len(hot.text) > TEXT_LIMIT:
        raise Refused("a document has at most 1 MB of text", "too_large")
    spoken = {client for client, clock in after.items() if clock > before.get(client, 0)}
    if any(client > LARGEST_CLIENT for client in spoken):
        raise Refused("that is no number of a client", "bad_input")
    return spoken


def _own(tx: db.Transaction, id: int, client: int, person: int) -> None:
    rows = tx.execute("insert into document_client (document, client, person) values (:id, :client, :person) "
                      "on conflict (document, client) do update set person = document_client.person returning person",
                      id=id, client=client, person=person)
    if rows[0][0] != person:
        raise Refused("somebody else types under this number: load the document anew", "denied")


def _snapshot(tx: db.Transaction, id: int, hot: Hot) -> None:
    state = hot.doc.get_update()
    tx.execute("insert into document_snapshot (document, seq, state) values (:id, :seq, :state) "
               "on conflict (document) do update set seq = :seq, state = :state",
               id=id, seq=hot.at.seq, state=base64.b64encode(state).decode())
    hot.size, hot.since = len(state), (0, 0)


def current(reads: Reads, channel: str) -> Hot:
    """The document as it is after its last entry; from memory, where it is there and true."""
    id, head = model.number(channel), log.head(reads, channel)
    hot = _hot.get(id)
    if hot is not None and hot.at != head:
        hot = _behind(reads, channel, hot, head)
    if hot is None:
        hot = _load(reads, channel)
    hot.at = head
    _keep(id, hot)
    return hot


def _behind(reads: Reads, channel: str, hot: Hot, head: Cursor) -> Hot | None:
    """Bring it up to the head, where it is of this history: what was tried in it may not have been kept."""
    if hot.at.seq > head.seq or not log.holds(reads, channel, hot.at):
        return None
    for _, update in model.tail(reads, channel, hot.at.seq):
        hot.add(base64.b64decode(update))
    return hot


def _load(reads: Reads, channel: str) -> Hot:
    rows = reads.execute("select seq, state from document_snapshot where document = :id", id=model.number(channel))
    seq, state = rows[0] if rows else (0, "")
    return build(base64.b64decode(state), model.tail(reads, channel, seq))


def build(state: bytes, updates: list[tuple[int, str]]) -> Hot:
    """The document that a state and the updates after it make."""
    hot = Hot(state)
    hot.since = 0, 0
    for _, update in updates:
        hot.add(base64.b64decode(update))
    return hot


def warm(channel: str) -> None:
    """Have the document in memory, without holding up the loop or anybody who writes."""
    id = model.number(channel)
    if id in _hot:
        return
    with db.snapshot() as reads:
        head = log.head(reads, channel)
        rows = reads.execute("select seq, state from document_snapshot where document = :id", id=id)
        seq, state = rows[0] if rows else (0, "")
        updates = model.tail(reads, channel, seq)
    hot = get_hub().threadpool.apply(build, (base64.b64decode(state), updates))
    hot.at = head
    if id not in _hot:
        _keep(id, hot)


def _keep(id: int, hot: Hot) -> None:
    _hot[id] = hot
    _hot.move_to_end(id)
    while len(_hot) > 1 and sum(max(LEAST, each.size) for each in _hot.values()) > HOT_BYTES:
        _hot.popitem(last=False)


def text(channel: str) -> tuple[str, int]:
    """The text as it is now, and the entry that it is true after."""
    warm(channel)
    with db.transaction() as tx:  # so that nothing is in it that is only tried
        hot = current(tx, channel)
        return str(hot.text), hot.at.seq


__all__ = ["Hot", "append", "build", "current", "forget", "text", "update", "warm"]
