"""Notify people once when a document mentions them, soon after the last edit; a restart loses none."""

import logging
from typing import Any

import gevent
from gevent import get_hub
from gevent.event import Event

from hubbub.core import access, db, log, node
from hubbub.core.access import Refused
from hubbub.documents import model, updates
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import handles

logger = logging.getLogger(__name__)

STOP = 5.0  # seconds that a scan gets to finish
QUIET = 1.5  # seconds after the last edit, so that a name is complete
LATEST = 15.0  # seconds after the first edit, while people type without a pause
RETRY = 10.0  # seconds until the next try when the database cannot be reached
LINE_LIMIT = 200  # characters of the line that mentions a person

AUTHORS = """select author from entry where channel = :channel and seq > :scanned and kind = 'update'
    group by author order by max(seq) desc"""

class Reader:
    """This node's greenlet that scans documents, and the edits that it has not scanned yet."""

    def __init__(self) -> None:
        self.edited: dict[int, tuple[float, float]] = {}  # the times of a document's first and last unscanned edit
        self.woken = Event()
        self.greenlet: gevent.Greenlet[..., Any] | None = None


state = node.state(Reader)


def schedule(id: int) -> None:
    """Scan a document soon, since it was edited."""
    reader, now = state(), node.monotonic()
    reader.edited[id] = reader.edited.get(id, (now, now))[0], now
    reader.woken.set()


def start() -> None:
    """Continue where the last process stopped."""
    stop()
    for id, in db.execute("select document.id from document join channel on channel.name = 'doc:' || document.id "
                          "where channel.head > document.scanned"):
        schedule(id)
    state().greenlet = node.spawn(_run)
    node.current().on_close(stop)


def stop() -> None:
    """Stop scanning."""
    reader = state()
    if reader.greenlet is not None:
        reader.greenlet.kill(timeout=STOP)
        reader.greenlet = None
    reader.edited.clear()


def _run() -> None:
    reader = state()
    while True:
        if not reader.edited:
            reader.woken.wait()
            reader.woken.clear()
            continue
        id = min(reader.edited, key=_due)
        if (wait := _due(id) - node.monotonic()) > 0:
            node.sleep(wait)
            continue  # it was edited meanwhile, or another document is due first
        del reader.edited[id]
        try:
            scan(id)
        except Refused as refusal:
            logger.warning("could not scan a document for mentions, will try again: %s", refusal.message)
            node.sleep(RETRY)
            schedule(id)
        except Exception:
            logger.exception("could not scan a document for mentions")


def _due(id: int) -> float:
    first, last = state().edited[id]
    return min(last + QUIET, first + LATEST)


def scan(id: int) -> None:
    """Notify people who are mentioned now and were not before, if they may read the document."""
    channel = model.channel(id)
    rows = db.execute("select scanned from document where id = :id", id=id)
    if not rows or rows[0][0] >= log.head(db, channel).seq:
        return
    text, seq = updates.text(channel)
    mentioned = get_hub().threadpool.apply(handles.named, (text,))
    named = set(handles.resolve(db, " ".join(f"@{handle}" for handle in mentioned)).values()) - {handles.EVERYBODY}
    with db.transaction() as tx:
        [(title, scanned)] = tx.execute("select title, scanned from document where id = :id", id=id)
        authors = [author for author, in tx.execute(AUTHORS, channel=channel, scanned=scanned)]
        known = {person for person, in tx.execute("select person from document_mention where document = :id", id=id)}
        for person in sorted(named - known):
            tx.execute("insert into document_mention (document, person) values (:id, :person)", id=id, person=person)
            by = next((author for author in authors if author != person), 0)
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
    """Return the first line that mentions a handle."""
    for line in text.splitlines():
        if handle in line.lower() and any(handle in (name, name.rstrip("._-")) for name in handles.named(line)):
            return line.strip()[:LINE_LIMIT]
    return ""


updates.on_update.append(schedule)
