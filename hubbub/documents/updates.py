"""What is typed: each Yjs update is read and compared with the document as it is, and becomes an entry if it fits.

An update that is kept decodes, has everything it depends on, holds plain text only, and types under no client number
that somebody else types under: a page could otherwise take another one's next number, whose own words would then be
taken for known and silently lost.  All that is asked before the document in memory is touched; where something fails
after that, it is forgotten and built again from the log.
"""

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from gevent import get_hub
from pycrdt import Doc, Text

from hubbub.core import access, db, log, node
from hubbub.core.access import Reads, Refused
from hubbub.core.log import START, Cursor, Entry
from hubbub.documents import model, yjs
from hubbub.documents.yjs import Saying

UPDATE_LIMIT = 256 * 1024  # bytes
ENTRY_LIMIT = 400 * 1024  # of one that holds such an update in base64
STATE_LIMIT = 4 * 1024 * 1024  # bytes of a document with its past
TEXT_LIMIT = 1_000_000  # bytes of its text
SNAPSHOT_ENTRIES, SNAPSHOT_BYTES = 500, 256 * 1024
HOT_BYTES = 64 * 1024 * 1024  # of the documents kept in memory
LEAST = 16 * 1024  # what one costs at least
QUICK = 4 * 1024  # bytes that are read within a millisecond

heard: list[Callable[[int], None]] = []  # called with the id of a document once something typed is committed


class LoadedDocument:
    """A document in memory, as it is after the entry `at`."""

    def __init__(self, state: bytes = b"", updates: tuple[bytes, ...] = ()) -> None:
        self.doc: Doc[Any] = Doc(allow_multithreading=True)
        self.text = self.doc.get("text", type=Text)
        self.at: Cursor = START
        self.size = 0  # bytes of its state, at most
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

    def check(self, update: bytes, saying: Saying) -> None:
        """Refuse in words an update that does not fit, without touching anything."""
        if self.size + len(update) > STATE_LIMIT:
            raise Refused("this document has become too large: begin another one", "too_large")
        if not saying.fits(self.known):
            raise Refused("this update goes on from something that is not here: load the document anew", "bad_input")
        if saying.parts(self.known, self.pairs):
            raise Refused("this update parts a character in two", "bad_input")

    def add(self, update: bytes, saying: Saying) -> None:
        """Take in an update that fits; the document is spoilt where this fails."""
        try:
            self._take(update, saying.pairs)
        except BaseException as error:  # a panic of the library below is no Exception
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise Refused("that is no update of a document", "bad_input") from None
            raise
        self.known |= saying.new(self.known)
        self.since = self.since[0] + 1, self.since[1] + len(update)


class Documents:
    """The documents that this node has in memory, the least recently used first."""

    def __init__(self) -> None:
        self.loaded: OrderedDict[int, LoadedDocument] = OrderedDict()


state = node.state(Documents)


def update(person: int, channel: str, encoded: str, key: str, is_back: bool = False) -> Entry:
    """Keep what a person typed, for everybody who has the document open; a repeated key returns the first entry.

    `is_back` says that it was here before a restore, whoever typed it: nobody's numbers become the sender's.
    """
    raw = _decoded(encoded)
    saying = get_hub().threadpool.apply(yjs.read, (raw,)) if len(raw) > QUICK else yjs.read(raw)
    if model.number(channel) not in state().loaded:
        access.check(db, person, channel, "read")
        warm(channel)
    with db.transaction() as tx:
        access.check(tx, person, channel, "write")
        if first := log.find_duplicate(tx, channel, person, key):
            return first
        return append(tx, person, channel, raw, saying, {"update": encoded}, key, is_back)


def _decoded(encoded: str) -> bytes:
    try:
        raw = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        raise Refused("an update is sent in base64", "bad_input") from None
    if len(raw) > UPDATE_LIMIT:
        raise Refused(f"that is too much at once: {UPDATE_LIMIT // 1024} KB at most", "too_large")
    return raw


def append(tx: db.Transaction, person: int, channel: str, raw: bytes, saying: Saying, data: dict[str, Any],
           key: str, is_back: bool = False) -> Entry:
    """Make an update an entry, if it fits; what is refused, or fails here, leaves no trace."""
    id = model.number(channel)
    hot = current(tx, channel)
    hot.check(raw, saying)
    for client in sorted(saying.new(hot.known)):
        _own(tx, id, client, person, is_back)
    try:
        hot.add(raw, saying)
        if len(hot.text) > TEXT_LIMIT:
            raise Refused("a document has at most 1 MB of text", "too_large")
        entry = log.append(tx, channel, "update", data, author=person, key=key, is_new=True, limit=ENTRY_LIMIT)
        tx.execute("update document set changed = :at, changer = :person where id = :id",
                   at=entry.at, person=person, id=id)
        hot.at = Cursor(entry.seq, key)
        if hot.since[0] >= SNAPSHOT_ENTRIES or hot.since[1] >= SNAPSHOT_BYTES:
            _snapshot(tx, id, hot)
    except BaseException:
        state().loaded.pop(id, None)
        raise
    tx.after_commit(lambda: _tell(id))
    return entry


def _tell(id: int) -> None:
    for call in heard:
        call(id)


def _own(tx: db.Transaction, id: int, client: int, person: int, is_back: bool) -> None:
    owner = tx.execute("select person from document_client where document = :id and client = :client",
                       id=id, client=client)
    if not owner and not is_back:
        tx.execute("insert into document_client (document, client, person) values (:id, :client, :person)",
                   id=id, client=client, person=person)
    if owner and owner[0][0] != person:
        raise Refused("somebody else types under this number: load the document anew", "denied")


def _snapshot(tx: db.Transaction, id: int, hot: LoadedDocument) -> None:
    state = hot.doc.get_update()
    tx.execute("insert into document_snapshot (document, seq, state) values (:id, :seq, :state) "
               "on conflict (document) do update set seq = :seq, state = :state",
               id=id, seq=hot.at.seq, state=base64.b64encode(state).decode())
    hot.size, hot.since = len(state), (0, 0)


def current(reads: Reads, channel: str) -> LoadedDocument:
    """The document as it is after its last entry; from memory, where it is there and true."""
    id, head = model.number(channel), log.head(reads, channel)
    hot = state().loaded.get(id)
    if hot is not None and hot.at != head:
        hot = _behind(reads, channel, hot, head)
    if hot is None:
        hot = _load(reads, channel)
    hot.at = head
    _keep(id, hot)
    return hot


def _behind(reads: Reads, channel: str, hot: LoadedDocument, head: Cursor) -> LoadedDocument | None:
    """Bring it up to the head, where it is of this history: what was tried in it may not have been kept."""
    if hot.at.seq > head.seq or not log.holds(reads, channel, hot.at):
        return None
    for update in model.tail(reads, channel, hot.at.seq):
        raw = base64.b64decode(update)
        hot.add(raw, yjs.read(raw))
    return hot


def _load(reads: Reads, channel: str) -> LoadedDocument:
    return LoadedDocument(*parcel(reads, channel))


Parcel = tuple[bytes, tuple[bytes, ...]]


def parcel(reads: Reads, channel: str) -> Parcel:
    """What a document is made of: a state, and the updates after it."""
    seq, state = model.snapshot(reads, channel)
    return base64.b64decode(state), tuple(map(base64.b64decode, model.tail(reads, channel, seq)))


def warm(channel: str) -> None:
    """Have the document in memory, without holding up anybody who writes."""
    id = model.number(channel)
    if id in state().loaded:
        return
    with db.snapshot() as reads:
        head = log.head(reads, channel)
        made_of = parcel(reads, channel)
    hot = get_hub().threadpool.apply(LoadedDocument, made_of)
    hot.at = head
    if id not in state().loaded:
        _keep(id, hot)


def _keep(id: int, hot: LoadedDocument) -> None:
    loaded = state().loaded
    loaded[id] = hot
    loaded.move_to_end(id)
    while len(loaded) > 1 and sum(max(LEAST, each.size) for each in loaded.values()) > HOT_BYTES:
        loaded.popitem(last=False)


def text(channel: str) -> tuple[str, int]:
    """The text as it is now, and the entry that it is true after."""
    warm(channel)
    with db.transaction() as tx:  # so that nothing is in it that is only tried
        hot = current(tx, channel)
        return str(hot.text), hot.at.seq

