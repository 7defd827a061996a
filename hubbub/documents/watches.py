"""Notify the people who watch a document of its edits: one notification for each time between two pauses."""

from typing import Any

from hubbub.core import access, consumers, db
from hubbub.core.consumers import Task
from hubbub.documents import model
from hubbub.notifications import model as notifications
from hubbub.notifications.model import Cause
from hubbub.people import model as people

QUIET = 90.0  # seconds after the last edit
PATIENCE = 1800.0  # seconds after the first one, while people edit without a pause
NAMED = 5  # authors whom a notification names

WATCHERS = """select rule.person from rule join person on person.id = rule.person and person.banned is null
    where rule.kind = 'document' and rule.channel = :channel order by rule.person"""
AUTHORS = """select author, max(seq) from entry where channel = :channel and seq > :after and kind = 'update'
    group by author order by max(seq) desc"""


def handle(task: Task) -> None:
    """Notify the watchers, except those who edited last, and so have seen what came before."""
    channel = task.channel
    with db.transaction(channel) as tx:
        authors = tx.execute(AUTHORS, channel=channel, after=task.after)
        watchers = [person for person, in tx.execute(WATCHERS, channel=channel)] if authors else []
        [(head,)] = tx.execute("select head from channel where name = :channel", channel=channel)
        readers = access.readers(tx, (person for person in watchers if person != authors[0][0]), channel)
        if readers:
            tx.lock(*map(notifications.inbox, readers))
            notifications.notify(tx, readers, _cause(tx, channel, head, authors))
        consumers.advance(tx, consumer.name, channel, head)


def _cause(tx: db.Transaction, channel: str, head: int, authors: list[tuple[Any, ...]]) -> Cause:
    id = model.number(channel)
    [(title,)] = tx.execute("select title from document where id = :id", id=id)
    names = {one.id: one.name for one in people.directory(tx, [author for author, _ in authors[:NAMED]])}
    return Cause("watch", authors[0][0], f"{channel}@watch/{head}", channel, head, title=title,
                 url=f"/document/{id}", text_id="documents.inbox.watch.text",
                 params={"names": ", ".join(names[author] for author, _ in authors[:NAMED] if author in names)})


consumer = consumers.Consumer("document_watches", ("doc",), handle, quiet=QUIET, patience=PATIENCE)
