"""Full-text search over everything that a person may read: the index, written with each message, and its queries.

Words are folded here (`query.fold`), so both databases compare the same ones; only the query language of the index
differs, SQLite's FTS5 or PostgreSQL's tsvector.  Rights are part of the statement, so it finds only readable messages.
"""

import re
from typing import Any

from hubbub import short_text
from hubbub.chat import attachments, query, rooms
from hubbub.chat.query import Query
from hubbub.core import db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry

NEWEST = 2**53
LINK = re.compile(r"https?://\S")
ABSENT = "0" * 70  # longer than any word

INSERT = {
    "sqlite": """insert into searchable (channel, room, seq, author, at, root, has, words)
        values (:channel, :room, :seq, :author, :at, :root, :has, :words) returning id""",
    "postgres": """insert into searchable (channel, room, seq, author, at, root, has, words, lexemes)
        values (:channel, :room, :seq, :author, :at, :root, :has, :words, cast(:lexemes as tsvector)) returning id""",
}
UPDATE = {
    "sqlite": "update searchable set has = :has, words = :words where id = :id",
    "postgres": """update searchable set has = :has, words = :words, lexemes = cast(:lexemes as tsvector)
        where id = :id""",
}
INDEXED = "insert into searchable_index (rowid, words) values (:id, :words)"
UNINDEXED = "insert into searchable_index (searchable_index, rowid, words) values ('delete', :id, :words)"

FILTERED = f"""+found.room in {rooms.READABLE} and found.id < :before and (:anyone = 1 or found.author = any(:authors))
    and (:room = 0 or found.room = :room) and found.at >= :since and found.at < :until
    and (:link = 0 or found.has like '% link %') and (:file = 0 or found.has like '% file %')
    and (:image = 0 or found.has like '% image %') and (:code = 0 or found.has like '% code %')
    and (:thread = 0 or found.root > 0 or exists (select 1 from message
         where message.channel = found.channel and message.seq = found.seq and message.replies > 0))
    and (:pinned = 0 or exists (select 1 from message
         where message.channel = found.channel and message.seq = found.seq and message.pinned is not null))"""
ORDER = "order by found.id desc limit :limit"
WORDS = {
    "sqlite": f"""select found.id from searchable_index
        join searchable found on found.id = searchable_index.rowid where searchable_index match :words
        and searchable_index.rowid < :before and {FILTERED} order by searchable_index.rowid desc limit :limit""",
    "postgres": f"""select found.id from searchable found
        where found.lexemes @@ cast(:words as tsquery) and {FILTERED} {ORDER}""",
}
NO_WORDS = {
    "sqlite": f"""select found.id from searchable found
        where found.id not in (select rowid from searchable_index where searchable_index match :without)
        and {FILTERED} {ORDER}""",
    "postgres": f"""select found.id from searchable found
        where not found.lexemes @@ cast(:without as tsquery) and {FILTERED} {ORDER}""",
}
ROOMS = f"""select room.id, room.name from room where room.id in {rooms.READABLE}
    and (room.name <> '' and replace(room.folded, ' ', '-') = :slug or 'room:' || room.id = :name)
    order by room.archived is not null, room.id"""
AUTHORS = """select id from person where handle = :handle union all
    select id from person where replace(folded, ' ', '-') = :slug and id > 0
    and not exists (select 1 from person where handle = :handle)"""


def add(tx: db.Transaction, entry: Entry) -> None:
    """Add a message to the index."""
    found = _content(entry, entry.data.get("text", ""))
    [(id,)] = tx.execute(
        INSERT[db.dialect()], channel=entry.channel, room=rooms.number(entry.channel), seq=entry.seq,
        author=entry.author, at=entry.at, root=entry.data.get("thread", 0), **found)
    if db.dialect() == "sqlite":
        tx.execute_last(INDEXED, id=id, words=found["words"])


def catch_up() -> None:
    """Index the messages of the Lobby from before there was an index; later starts do nothing."""
    if db.execute("select 1 from searchable limit 1"):
        return
    with db.transaction() as tx:
        after = 0
        while page := log.read(tx, rooms.LOBBY, after):
            for entry in page:
                if entry.kind == "message" and "text" in entry.data:
                    add(tx, entry)
            after = page[-1].seq


def change(tx: db.Transaction, entry: Entry, text: str) -> None:
    """Replace the words of a message in the index; its place in results stays."""
    found = _content(entry, text)
    for id, before in tx.execute("select id, words from searchable where channel = :channel and seq = :seq",
                                 channel=entry.channel, seq=entry.seq):
        tx.execute(UPDATE[db.dialect()], id=id, **found)
        if db.dialect() == "sqlite":
            tx.execute_last(UNINDEXED, id=id, words=before)
            tx.execute_last(INDEXED, id=id, words=found["words"])


def remove(tx: db.Transaction, channel: str, seq: int) -> None:
    """Remove a message from the index."""
    rows = tx.execute("delete from searchable where channel = :channel and seq = :seq returning id, words",
                      channel=channel, seq=seq)
    for id, words in rows:
        if db.dialect() == "sqlite":
            tx.execute_last(UNINDEXED, id=id, words=words)


def _content(entry: Entry, text: str) -> dict[str, str]:
    """Return what the index stores of a text and its files."""
    files = entry.data.get("files", ())
    more = " ".join((attachments.words(entry.data), *(file["name"] for file in files)))
    words = query.fold(f"{text} {more}")
    found = {"words": " ".join(words), "has": _has(text, files)}
    if db.dialect() == "postgres":
        found["lexemes"] = " ".join(f"'{word}':{place}" for place, word in enumerate(words, 1))
    return found


def _has(text: str, files: Any) -> str:
    kinds = {"file"} if files else set()
    kinds |= {"image" for file in files if file["type"].startswith("image/")}
    kinds |= {"link"} if LINK.search(text) else set()
    kinds |= {"code"} if "`" in text else set()
    return f" {' '.join(sorted(kinds))} "


def find(person: int, text: str, before: int, limit: int) -> tuple[list[int], Query]:
    """Return the ids of the newest messages that match a query and that this person may read; off the loop."""
    wanted = query.parse(text)
    if wanted == Query():
        return [], wanted
    author = "me" if "mine" in wanted.properties else wanted.author
    values = {**_expressions(wanted), "person": person, "before": before or NEWEST, "anyone": int(not author),
              "authors": _authors(db, person, author), "room": _room(db, person, wanted.room),
              "since": wanted.after, "until": wanted.before, "limit": limit,
              **{kind: int(kind in wanted.has) for kind in query.HAS},
              "thread": int("thread" in wanted.properties), "pinned": int("pinned" in wanted.properties)}
    statement = (WORDS if wanted.groups else NO_WORDS)[db.dialect()]
    return [id for id, in db.execute_in_thread(statement, **values)], wanted


def _authors(reads: Reads, person: int, name: str) -> list[int]:
    """Return the ids of the people in the query: the one with this handle, or all with this name."""
    if not name or name.lower() == "me":
        return [person]
    rows = reads.execute(AUTHORS, handle=name.lower(), slug=_slug(name))
    if not rows:
        raise Refused("error.handle_not_found", "not_found", handle=name[:60])
    return [id for id, in rows]


def _room(reads: Reads, person: int, name: str) -> int:
    """Return the id of the room in the query; 0 for any.  Refuse one that they may not read like an absent one."""
    if not name:
        return 0
    rows = reads.execute(ROOMS, person=person, name=name.lower(), slug=_slug(name))
    if not rows:
        raise Refused("error.room_not_found", "not_found", name=name[:60])
    return int(min(rows, key=lambda row: short_text.key(row[1]) != short_text.key(name))[0])  # the same accents first


def _slug(name: str) -> str:
    """Return a name as `in:` and `from:` have it, with dashes for spaces, folded."""
    return short_text.fold(name).replace(" ", "-")


def _expressions(wanted: Query) -> dict[str, str]:
    """Return the words as a query of this database's index."""
    is_fts5 = db.dialect() == "sqlite"
    build = _fts5 if is_fts5 else _tsquery
    without = (" OR " if is_fts5 else " | ").join(build((group,), False) for group in wanted.without)
    if not wanted.groups:
        return {"without": without or build(((ABSENT,),), False)}
    words = build(wanted.groups, wanted.unfinished)
    if without:
        words = f"({words}) {'NOT' if is_fts5 else '& !'} ({without})"
    return {"words": words}


def _fts5(groups: tuple[tuple[str, ...], ...], unfinished: bool) -> str:
    found = [f'"{" ".join(group)}"' for group in groups]
    return " AND ".join(found) + ("*" if unfinished else "")


def _tsquery(groups: tuple[tuple[str, ...], ...], unfinished: bool) -> str:
    found = [" <-> ".join(f"'{word}'" for word in group) for group in groups]
    return " & ".join(f"({group})" for group in [*found[:-1], found[-1] + (":*" if unfinished else "")])
