"""Edits of documents: each Yjs update is checked against the current document, and becomes an entry if it fits.

An accepted update can be decoded, has everything it depends on, contains plain text only, and uses no client id that
belongs to another person: otherwise a page could use the next clock of another one, whose own edits would then count as
known and be lost silently.  All of that is checked before the document in memory is changed.  If something fails after
that, the document is evicted from memory and loaded from the log again.
"""

import base64
import binascii
from collections import OrderedDict
from typing import Any

from gevent import get_hub
from pycrdt import Doc, Text

from hubbub.core import access, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.core.log import START, Cursor, Entry
from hubbub.documents import model, yjs
from hubbub.documents.yjs import UpdateSummary

UPDATE_LIMIT = 256 * 1024  # bytes
ENTRY_LIMIT = 400 * 1024  # of an entry with such an update in base64
STATE_LIMIT = 4 * 1024 * 1024  # bytes of a document with its history
TEXT_LIMIT = 1_000_000  # bytes of the text
SNAPSHOT_ENTRIES, SNAPSHOT_BYTES = 500, 256 * 1024
MEMORY_LIMIT = 64 * 1024 * 1024  # bytes of the documents in memory
LEAST = 16 * 1024  # the least that one document counts
QUICK = 4 * 1024  # bytes that can be parsed within a millisecond


class LoadedDocument:
    """A document in memory, as it is after the entry at the cursor `at`."""

    def __init__(self, state: bytes = b"", updates: tuple[bytes, ...] = ()) -> None:
        self.doc: Doc[Any] = Doc(allow_multithreading=True)
        self.text = self.doc.get("text", type=Text)
        self.at: Cursor = START
        self.size = 0  # upper bound of the bytes of its state
        self.pairs: yjs.Pairs = {}
        for update in (state, *updates) if state else updates:
            self._take(update, yjs.pairs(update))
        self.since = len(updates), sum(map(len, updates))  # entries and bytes since the snapshot
        self.known = yjs.clocks(self.doc.get_state())

    def _take(self, update: bytes, pairs: yjs.Pairs) -> None:
        self.doc.apply_update(update)
        self.size += len(update)
        for client, clocks in pairs.items():
            self.pairs.setdefault(client, clocks[:0]).extend(
                clock for clock in clocks if not self.pairs[client] or clock > self.pairs[client][-1])

    def check(self, update: bytes, summary: UpdateSummary) -> None:
        """Refuse an update that does not fit; this changes nothing."""
        if self.size + len(update) > STATE_LIMIT:
            raise Refused("error.document_full", "too_large")
        if not summary.fits(self.known):
            raise Refused("error.edit_missing", "bad_input")
        if summary.splits_character(self.known, self.pairs):
            raise Refused("error.character_split", "bad_input")

    def add(self, update: bytes, summary: UpdateSummary) -> None:
        """Apply an update that fits; if this fails, the document in memory must be discarded."""
        try:
            self._take(update, summary.pairs)
        except BaseException as error:  # a panic of the Rust library is not an Exception
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise Refused("error.not_an_update", "bad_input") from None
            raise
        self.known |= summary.new(self.known)
        self.since = self.since[0] + 1, self.since[1] + len(update)


class Documents:
    """The documents in this node's memory, the least recently used first."""

    def __init__(self) -> None:
        self.loaded: OrderedDict[int, LoadedDocument] = OrderedDict()


state = node.state(Documents)


def update(person: int, channel: str, encoded: str, key: str, recovered: bool = False) -> Entry:
    """Store a person's edit and send it to everybody who has the document open; a repeated key returns the first entry.

    `recovered`: it was stored before a restore from a backup, maybe by someone else, so it claims no client ids.
    """
    raw = _decoded(encoded)
    summary = get_hub().threadpool.apply(yjs.read, (raw,)) if len(raw) > QUICK else yjs.read(raw)
    if model.number(channel) not in state().loaded:
        access.check(db, person, channel, "read")
        warm(channel)
    with db.transaction(channel) as tx:
        access.check(tx, person, channel, "write")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        return append(tx, person, channel, raw, summary, {"update": encoded}, key, recovered)


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("error.not_base64", "bad_input") from None
    if len(raw) > UPDATE_LIMIT:
        raise Refused("error.update_too_large", "too_large", limit=UPDATE_LIMIT // 1024)
    return raw


def append(tx: db.Transaction, person: int, channel: str, raw: bytes, summary: UpdateSummary, data: dict[str, Any],
           key: str, recovered: bool = False) -> Entry:
    """Append an update to the log if it fits; a refusal or failure leaves no trace."""
    id = model.number(channel)
    document = current(tx, channel)
    document.check(raw, summary)
    for client in sorted(summary.new(document.known)):
        _claim_client(tx, id, client, person, recovered)
    try:
        document.add(raw, summary)
        if len(document.text) > TEXT_LIMIT:
            raise Refused("error.document_too_long", "too_large")
        entry = log.append(tx, channel, "update", data, author=person, key=key, is_new=True, limit=ENTRY_LIMIT)
        tx.execute("update document set changed = :at, changed_by = :person where id = :id",
                   at=entry.at, person=person, id=id)
        document.at = Cursor(entry.seq, key)
        if document.since[0] >= SNAPSHOT_ENTRIES or document.since[1] >= SNAPSHOT_BYTES:
            _snapshot(tx, id, document)
    except BaseException:
        state().loaded.pop(id, None)
        raise
    return entry


def _claim_client(tx: db.Transaction, id: int, client: int, person: int, recovered: bool) -> None:
    owner = tx.execute("select person from document_client where document = :id and client = :client",
                       id=id, client=client)
    if not owner and not recovered:
        tx.execute("insert into document_client (document, client, person) values (:id, :client, :person)",
                   id=id, client=client, person=person)
    if owner and owner[0][0] != person:
        raise Refused("error.other_editing_session", "denied")


def _snapshot(tx: db.Transaction, id: int, document: LoadedDocument) -> None:
    state = document.doc.get_update()
    tx.execute("insert into document_snapshot (document, seq, state) values (:id, :seq, :state) "
               "on conflict (document) do update set seq = :seq, state = :state",
               id=id, seq=document.at.seq, state=base64.b64encode(state).decode())
    document.size, document.since = len(state), (0, 0)


def current(reads: Reads, channel: str) -> LoadedDocument:
    """Return the document after its last entry; from memory if what is there is of this history."""
    id, head = model.number(channel), log.head(reads, channel)
    document = state().loaded.get(id)
    if document is not None and document.at != head:
        document = _caught_up(reads, channel, document, head)
    if document is None:
        document = _load(reads, channel)
    document.at = head
    _remember(id, document)
    return document


def _caught_up(reads: Reads, channel: str, document: LoadedDocument, head: Cursor) -> LoadedDocument | None:
    """Apply the entries up to the head; None if the document holds an edit that was never committed."""
    if document.at.seq > head.seq or not log.holds(reads, channel, document.at):
        return None
    for update in model.tail(reads, channel, document.at.seq):
        raw = base64.b64decode(update)
        document.add(raw, yjs.read(raw))
    return document


def _load(reads: Reads, channel: str) -> LoadedDocument:
    return LoadedDocument(*parcel(reads, channel))


Parcel = tuple[bytes, tuple[bytes, ...]]


def parcel(reads: Reads, channel: str) -> Parcel:
    """Return what a document is loaded from: a snapshot's state, and the updates after it."""
    seq, state = model.snapshot(reads, channel)
    return base64.b64decode(state), tuple(map(base64.b64decode, model.tail(reads, channel, seq)))


def warm(channel: str) -> None:
    """Load the document into memory without blocking writers."""
    id = model.number(channel)
    if id in state().loaded:
        return
    with db.snapshot() as reads:
        head = log.head(reads, channel)
        sources = parcel(reads, channel)
    document = get_hub().threadpool.apply(LoadedDocument, sources)
    document.at = head
    if id not in state().loaded:
        _remember(id, document)


def _remember(id: int, document: LoadedDocument) -> None:
    loaded = state().loaded
    loaded[id] = document
    loaded.move_to_end(id)
    while len(loaded) > 1 and sum(max(LEAST, each.size) for each in loaded.values()) > MEMORY_LIMIT:
        loaded.popitem(last=False)


def text(channel: str) -> tuple[str, int]:
    """Return the current text, and the seq of the last entry in it."""
    warm(channel)
    with db.transaction(channel) as tx:  # so that it contains no uncommitted edit
        document = current(tx, channel)
        return str(document.text), document.at.seq

