"""Documents: each belongs to a room and takes its rights; its channel is the log of its edits."""

from typing import Any

import msgspec

from hubbub import short_text
from hubbub.core import access, db, log, node, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.windows import Span

TITLE_LIMIT = 120
MOST = 500  # documents of one list


class Document(msgspec.Struct, frozen=True):
    """A document as one person sees it; `changed` is the time of the last edit, `changed_by` its author."""

    id: int
    room: str
    title: str
    created_by: int
    since: float
    changed: float
    changed_by: int
    archived: bool
    may_write: bool
    may_manage: bool


COLUMNS = "id, room, title, created_by, since, changed, changed_by, archived is not null"


@access.rule("doc")
def may(reads: Reads, person: int, name: str, verb: str) -> bool:
    """Take the rights of the room: its readers read, those who may reply write, admins and the creator manage."""
    rows = reads.execute("select room, created_by, archived is not null from document where id = :id", id=_id(name))
    if not rows:
        return False
    room, created_by, archived = rows[0]
    if verb in ("read", "point"):
        return access.allows(reads, person, room, "read")
    if verb == "manage" and person != created_by:
        return access.allows(reads, person, room, "manage")
    return verb in ("write", "manage") and not (archived and verb == "write") and access.allows(
        reads, person, room, "reply")


@access.rule_for_readers("doc")
def readers(reads: Reads, people: list[int], name: str) -> list[int]:
    """Return those of these people who may read a document now: the readers of its room."""
    rows = reads.execute("select room from document where id = :id", id=_id(name))
    return access.readers(reads, people, rows[0][0]) if rows else []


def channel(id: int) -> str:
    """Return the channel of a document."""
    return f"doc:{id}"


def number(channel: str) -> int:
    """Return the id in `doc:<id>`; 0 for other kinds, and for an id in another spelling."""
    kind, _, name = channel.partition(":")
    return _id(name) if kind == "doc" else 0


def _id(name: str) -> int:
    return int(name) if name.isascii() and name.isdigit() and name[0] != "0" and len(name) < 16 else 0


def titles(reads: Reads, channels: list[str]) -> dict[str, str]:
    """Return the titles of documents by channel."""
    rows = reads.execute("select id, title from document where id = any(:ids)", ids=[number(name) for name in channels])
    return {channel(id): title for id, title in rows}


def create(person: int, room: str, title: str, key: str) -> Document:
    """Create an empty document and announce it in its room; a repeated key returns the first."""
    clean = _title(title)
    with db.transaction(room) as tx:
        access.check(tx, person, room, "reply")
        rows = tx.execute("select id from document where created_by = :person and key = :key", person=person, key=key)
        if not rows:
            rows = tx.execute("insert into document (room, title, created_by, since, changed, changed_by, key) values "
                              "(:room, :title, :person, :at, :at, :person, :key) returning id",
                              room=room, title=clean, person=person, at=node.now(), key=key)
            tx.execute("insert into document_text (document, title, lines, text) values (:id, :title, '', '')",
                       id=rows[0][0], title=short_text.fold(clean))
            _announce(tx, person, rows[0][0])
        return get(tx, person, channel(rows[0][0]))


def _announce(tx: db.Transaction, person: int, id: int, seq: int = 0) -> None:
    """Announce in the room the title that the document has since its entry `seq`."""
    [(room, title, archived)] = tx.execute(
        "select room, title, archived is not null from document where id = :id", id=id)
    log.append(tx, room, "document", {"document": id, "title": title, "archived": bool(archived)},
               author=person, key=log.server_key("document", id, seq))


def change(person: int, channel: str, key: str, title: str | None = None, archived: bool | None = None) -> Document:
    """Change the title, archive or restore: all that is given, or nothing; a repeated key changes nothing again."""
    clean = None if title is None else _title(title)
    with db.transaction(channel) as tx:
        if clean is not None:
            _change(tx, person, channel, "renamed", {"title": clean}, key, title=clean)
            tx.execute("update document_text set title = :title where document = :id",
                       id=number(channel), title=short_text.fold(clean))
        if archived is not None:
            _change(tx, person, channel, "archived", {"on": archived}, log.server_key("of", key, "archived"),
                    archived=node.now() if archived else None)
        return get(tx, person, channel)


def _change(tx: db.Transaction, person: int, channel: str, kind: str, data: dict[str, Any], key: str,
            **column: Any) -> None:
    access.check(tx, person, channel, "manage")
    if log.find_duplicate(tx, channel, person, key):
        return
    entry = log.append(tx, channel, kind, data, author=person, key=key, is_new=True)
    [name] = column
    tx.execute(f"update document set {name} = :{name} where id = :id", id=number(channel), **column)
    _announce(tx, person, number(channel), entry.seq)


def _title(title: str) -> str:
    clean = short_text.clean(title)
    if not clean:
        raise Refused("error.title_missing", "bad_input")
    if len(clean) > TITLE_LIMIT:
        raise Refused("error.title_too_long", "too_large", limit=TITLE_LIMIT)
    if not short_text.is_visible(clean):
        raise Refused("error.title_invisible", "bad_input")
    return clean


def get(reads: Reads, person: int, channel: str) -> Document:
    """Return a document as this person sees it; refuse it like an absent one if they may not read it."""
    access.check(reads, person, channel, "read")
    return _documents(reads, person, reads.execute(f"select {COLUMNS} from document where id = :id",
                                                   id=number(channel)))[0]


def listed(reads: Reads, person: int, room: str = "", archived: bool = False, before: int = 0,
           limit: int = MOST) -> list[Document]:
    """Return the documents of a room, or of all rooms that the person may read, those changed last first.

    `before` is the last document of the page before this one.
    """
    rooms = [room] if room else [name for name, in reads.execute("select distinct room from document")]
    rows = reads.execute(f"select {COLUMNS} from document where room = any(:rooms) "
                         "and (archived is not null) = (:archived = 1) and (:before = 0 or (changed, id) < "
                         "(select last.changed, last.id from document last where last.id = :before)) "
                         "order by changed desc, id desc limit :limit", archived=int(archived), before=before,
                         rooms=access.allowed(reads, person, rooms, "read"), limit=min(limit, MOST))
    return _documents(reads, person, rows)


def those(reads: Reads, person: int, ids: list[int]) -> list[Document]:
    """Return those of these documents that a person may read."""
    rows = reads.execute(f"select {COLUMNS} from document where id = any(:ids)", ids=ids)
    readable = set(access.allowed(reads, person, {row[1] for row in rows}, "read"))
    return _documents(reads, person, [row for row in rows if row[1] in readable])


def _documents(reads: Reads, person: int, rows: list[tuple[Any, ...]]) -> list[Document]:
    """Return documents that a person may read, with what the person may do there."""
    rooms = {row[1] for row in rows}
    writable = set(access.allowed(reads, person, rooms, "reply"))
    managed = set(access.allowed(reads, person, rooms, "manage"))
    return [Document(id, room, title, created_by, since, changed, changed_by, bool(archived),
                     may_write=room in writable and not archived,
                     may_manage=room in (writable if person == created_by else managed))
            for id, room, title, created_by, since, changed, changed_by, archived in rows]


@windows.projection("doc", sources=())
def opened(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return all that a page needs to show the text: its state at some entry, and the updates since, in base64.

    Merging is the page's work: to open a document costs two reads, however much was typed.
    """
    seq, state = snapshot(reads, channel)
    return {"items": [], "document": facts(reads, channel), "state": state, "updates": tail(reads, channel, seq)}


def snapshot(reads: Reads, channel: str, up_to: int = 2**53) -> tuple[int, str]:
    """Return (seq, state in base64) of the newest snapshot up to an entry; (0, "") if there is none."""
    rows = reads.execute("select seq, state from document_snapshot where document = :id and seq <= :up_to",
                         id=number(channel), up_to=up_to)
    return rows[0] if rows else (0, "")


def facts(reads: Reads, channel: str) -> dict[str, Any]:
    """Return what is the same about a document for everybody."""
    [row] = reads.execute(f"select {COLUMNS} from document where id = :id", id=number(channel))
    names = ("id", "room", "title", "created_by", "since", "changed", "changed_by", "archived")
    return dict(zip(names, (*row[:-1], bool(row[-1])), strict=True))


TAIL = """select data from entry where channel = :channel and seq > :after and seq <= :up_to and kind = 'update'
    order by seq"""


def tail(reads: Reads, channel: str, after: int) -> list[str]:
    """Return the updates after an entry, in order, in base64."""
    return [update_in(data) for data, in reads.execute(TAIL, channel=channel, after=after, up_to=2**53)]


def update_in(data: str) -> str:
    """Return the update in the data of an entry."""
    return str(msgspec.json.decode(data)["update"])
