"""Notify people once when a document mentions them: a consumer scans it soon after the last edit."""

from gevent import get_hub

from hubbub.core import access, consumers, db
from hubbub.core.access import Reads
from hubbub.core.consumers import Task
from hubbub.documents import model, updates
from hubbub.notifications import model as notifications
from hubbub.notifications import revisions
from hubbub.notifications.model import Cause
from hubbub.notifications.plain import plain
from hubbub.people import groups, handles

QUIET = 1.5  # seconds after the last edit, so that a name is complete
PATIENCE = 15.0  # seconds after the first edit, while people type without a pause
LINE_LIMIT = 200  # characters of the line that mentions a person

AUTHORS = """select author from entry where channel = :channel and seq > :after and kind = 'update'
    group by author order by max(seq) desc"""


def scan(task: Task) -> None:
    """Notify people who are mentioned now and were not before, if they may read the document."""
    channel = task.channel
    id = model.number(channel)
    text, seq = updates.text(channel)
    mentioned = get_hub().threadpool.apply(handles.named, (text,))
    by_person = _by_person(db, handles.resolve(db, " ".join(f"@{handle}" for handle in mentioned)))
    named = set(by_person)
    with db.transaction(channel) as tx:
        [(title,)] = tx.execute("select title from document where id = :id", id=id)
        authors = [author for author, in tx.execute(AUTHORS, channel=channel, after=task.after)]
        known = {person for person, in tx.execute("select person from document_mention where document = :id", id=id)}
        readers = access.readers(tx, named | known, channel)
        for person in sorted(named - known):
            tx.execute("insert into document_mention (document, person) values (:id, :person)", id=id, person=person)
            by = next((author for author in authors if author != person), 0)
            if by and person in readers:
                notifications.notify(tx, [person], Cause(
                    "document", by, f"{channel}@{person}/{seq}", channel, seq, title=title,
                    text=_line(text, by_person[person]), url=f"/document/{id}"))
        _revise(tx, channel, {person: handle for person, handle in by_person.items() if person in known},
                known.intersection(readers), text)
        for person in sorted(known - named):
            tx.execute("delete from document_mention where document = :id and person = :person", id=id, person=person)
        consumers.advance(tx, consumer.name, channel, seq)


def _revise(tx: db.Transaction, channel: str, named: dict[int, str], readers: set[int], text: str) -> None:
    """Change the line in the notifications of people who are still mentioned, and blank it for the others."""
    for person, before in revisions.newest_texts(tx, channel, readers).items():
        line = _line(text, named[person]) if person in named else ""
        if plain(line) != before:
            revisions.revise(tx, [person], channel, line)


def _by_person(reads: Reads, found: dict[str, int]) -> dict[int, str]:
    """Return the handle by which each person is mentioned: their own, or that of a group."""
    of_groups = {person: handle for handle, id in found.items() if id < 0 for person in groups.members(reads, -id)}
    return of_groups | {id: handle for handle, id in found.items() if id > 0}


def _line(text: str, handle: str) -> str:
    """Return the first line that mentions a handle."""
    for line in text.splitlines():
        if handle in line.lower() and any(handle in (name, name.rstrip("._-")) for name in handles.named(line)):
            return line.strip()[:LINE_LIMIT]
    return ""


consumer = consumers.Consumer("document_mentions", ("doc",), scan, quiet=QUIET, patience=PATIENCE)
