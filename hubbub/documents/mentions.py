"""Who is named in a document is told once: a reader of its log, some time after the last edit, also after a restart."""

import logging
import time

import gevent
from gevent import get_hub
from gevent.event import Event

from hubbub.core import access, db, log
from hubbub.core.access import Refused
from hubbub.documents import model, updates
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import handles

logger = logging.getLogger(__name__)

STOP = 5.0  # seconds that a scan has to end
QUIET = 1.5  # seconds after the last edit, so that a name is typed to its end
LATEST = 15.0  # seconds after the first, where many type without a pause
AGAIN = 10.0  # seconds until it is tried again, where the database could not be reached
AROUND = 200  # characters of the line in which somebody is named

AUTHORS = """select author from entry where channel = :channel and seq > :scanned and kind = 'update'
    group by author order by max(seq) desc"""

_edited: dict[int, tuple[float, float]] = {}  # when a document was typed in first since it was read, and when last
_woken = Event()
_reader: "gevent.Greenlet[[], None] | None" = None


def heard(id: int) -> None:
    """Something was typed in a document."""
    now = time.monotonic()
    _edited[id] = _edited.get(id, (now, now))[0], now
    _woken.set()


def begin() -> None:
    """Read on where the last process stopped."""
    global _reader
    stop()
    for id, in db.execute("select document.id from document join channel on channel.name = 'doc:' || document.id "
                          "where channel.head > document.scanned"):
        heard(id)
    _reader = gevent.spawn(_read)
    db.before_close(stop)


def stop() -> None:
    """Read nothing more."""
    global _reader
    if _reader is not None:
        _reader.kill(timeout=STOP)
        _reader = None
    _edited.clear()


def _read() -> None:
    while True:
        if not _edited:
            _woken.wait()
            _woken.clear()
            continue
        id = min(_edited, key=_due)
        if (wait := _due(id) - time.monotonic()) > 0:
            gevent.sleep(wait)
            continue  # typed on meanwhile, or another one is due
        del _edited[id]
        try:
            scan(id)
        except Refused as no:
            logger.warning("a document could not be read for mentions, later again: %s", no.words)
            gevent.sleep(AGAIN)
            heard(id)
        except Exception:
            logger.exception("a document could not be read for mentions")


def _due(id: int) -> float:
    first, last = _edited[id]
    return min(last + QUIET, first + LATEST)


def scan(id: int) -> None:
    """Tell those who are named in a document now and were not before, if they may read it."""
    channel = model.channel(id)
    rows = db.execute("select scanned from document where id = :id", id=id)
    if not rows or rows[0][0] >= log.head(db, channel).seq:
        return
    text, seq = updates.text(channel)
    called = get_hub().threadpool.apply(handles.named, (text,))
    named = set(handles.resolve(db, " ".join(f"@{handle}" for handle in called)).values()) - {handles.EVERYBODY}
    with db.transaction() as tx:
        [(title, scanned)] = tx.execute("select title, scanned from document where id = :id", id=id)
        typed = [author for author, in tx.execute(AUTHORS, channel=channel, scanned=scanned)]
        known = {person for person, in tx.execute("select person from document_mention where document = :id", id=id)}
        for person in sorted(named - known):
            tx.execute("insert into document_mention (document, person) values (:id, :person)", id=id, person=person)
            by = next((author for author in typed if author != person), 0)
            if by and access.allows(tx, person, channel, "read"):
                notifications.notify(tx, [person], Cause(
                    "document", by, f"{channel}@{person}/{seq}", channel, seq, title=title,
                    text=_line(text, _handle(tx, person)), url=f"/document/{id}"))
        for person in sorted(known - named):
            tx.execute("delete from document_mention where document = :id and person = :person", id=id, person=person)
        tx.execute("update document set scanned = :seq where id = :id", id=id, seq=seq)


def _handle(tx: db.Transaction, person: int) -> str:
    return str(tx.execute("select handle from person where id = :person", person=person)[0][0])


def _line(text: str, handle: str) -> str:
    """The line in which somebody is named first."""
    for line in text.splitlines():
        if handle in line.lower() and any(handle in (name, name.rstrip("._-")) for name in handles.named(line)):
            return line.strip()[:AROUND]
    return ""


updates.heard.append(heard)
