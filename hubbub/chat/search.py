"""Search over everything that a person may read: what can be found, kept with each message, and finding it.

Words are folded here (`query.fold`), so both databases compare the same ones; what differs is how an index is asked,
SQLite's FTS5 or PostgreSQL's tsvector.  Rights are part of the statement, so nothing is found that must not be read.
"""

import re
from typing import Any

from hubbub.chat import query, rooms
from hubbub.chat.query import Query
from hubbub.core import db
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry

NEWEST = 2**53
LINK = re.compile(r"https?://\S")
ABSENT = "0" * 70  # no word is that long

INDEXED = {
    "sqlite": "insert into searchable_index (rowid, words) values (:id, :words)",
    "postgres": "",
}
FORGOTTEN = {
    "sqlite": "insert into searchable_index (searchable_index, rowid, words) values ('delete', :id, :words)",
    "postgres": "",
}

READABLE = """found.room in (select member.room from member where member.person = :person
    union select room.id from room
    where room.kind = 'lobby' or :guest = 0 and room.kind in ('public', 'announcement'))"""
FILTERED = f"""{READABLE} and found.id < :before and (:author = 0 or found.author = :author)
    and (:room = 0 or found.room = :room) and found.at >= :since and found.at < :until
    and (:link = 0 or found.has like '% link %') and (:file = 0 or found.has like '% file %')
    and (:image = 0 or found.has like '% image %') and (:code = 0 or found.has like '% code %')
    and (:thread = 0 or found.root > 0 or exists (select 1 from message
         where message.channel = found.channel and message.seq = found.seq and message.replies > 0))
    and (:pinned = 0 or exists (select 1 from message
         where message.channel = found.channel and message.seq = found.seq and message.pinned is not null))"""
ORDER = "order by found.id desc limit :limit"
WORDS = {
    "sqlite": f"""select found.id, found.channel, found.seq from searchable_index
        join searchable found on found.id = searchable_index.rowid where searchable_index match :words
        and found.id not in (select rowid from searchable_index where searchable_index match :without)
        and {FILTERED} order by searchable_index.rowid desc limit :limit""",
    "postgres": f"""select found.id, found.channel, found.seq from searchable found
        where found.lexemes @@ to_tsquery('simple', :words) and not found.lexemes @@ to_tsquery('simple', :without)
        and {FILTERED} {ORDER}""",
}
NO_WORDS = {
    "sqlite": f"""select found.id, found.channel, found.seq from searchable found
        where found.id not in (select rowid from searchable_index where searchable_index match :without)
        and {FILTERED} {ORDER}""",
    "postgres": f"""select found.id, found.channel, found.seq from searchable found
        where not found.lexemes @@ to_tsquery('simple', :without) and {FILTERED} {ORDER}""",
}


def add(tx: db.Transaction, entry: Entry) -> None:
    """Let a message be found by what it says."""
    words, has = _words(entry, entry.data["text"])
    [(id,)] = tx.execute(
        "insert into searchable (channel, room, seq, author, at, root, has, words) "
        "values (:channel, :room, :seq, :author, :at, :root, :has, :words) returning id",
        channel=entry.channel, room=rooms.number(entry.channel), seq=entry.seq, author=entry.author, at=entry.at,
        root=entry.data.get("thread", 0), has=has, words=words)
    if statement := INDEXED[db.dialect()]:
        tx.execute(statement, id=id, words=words)


def change(tx: db.Transaction, entry: Entry, text: str) -> None:
    """Let a message be found by what it says now instead, in its old place."""
    words, has = _words(entry, text)
    [(id, before)] = tx.execute("select id, words from searchable where channel = :channel and seq = :seq",
                                channel=entry.channel, seq=entry.seq)
    tx.execute("update searchable set words = :words, has = :has where id = :id", words=words, has=has, id=id)
    if db.dialect() == "sqlite":
        tx.execute(FORGOTTEN["sqlite"], id=id, words=before)
        tx.execute(INDEXED["sqlite"], id=id, words=words)


def remove(tx: db.Transaction, channel: str, seq: int) -> None:
    """Let a message not be found any more."""
    rows = tx.execute("delete from searchable where channel = :channel and seq = :seq returning id, words",
                      channel=channel, seq=seq)
    for id, words in rows:
        if statement := FORGOTTEN[db.dialect()]:
            tx.execute(statement, id=id, words=words)


def _words(entry: Entry, text: str) -> tuple[str, str]:
    """The words of a message and of its files' names, folded, and what it has."""
    files = entry.data.get("files", ())
    words = [*query.fold(text), *(word for file in files for word in query.fold(file["name"]))]
    return " ".join(words), _has(text, files)


def _has(text: str, files: Any) -> str:
    kinds = {"file"} if files else set()
    kinds |= {"image" for file in files if file["type"].startswith("image/")}
    kinds |= {"link"} if LINK.search(text) else set()
    kinds |= {"code"} if "`" in text else set()
    return f" {' '.join(sorted(kinds))} "


def find(person: int, said: str, before: int, limit: int) -> tuple[list[tuple[int, str, int]], Query]:
    """The newest messages that answer a query and that this person may read: (id, channel, seq); off the loop."""
    wanted = query.parse(said)
    if wanted == Query():
        return [], wanted
    [(place,)] = db.execute("select role from person where id = :person", person=person)
    author = _author(db, person, wanted)
    room = _room(db, person, wanted.room) if wanted.room else 0
    statement = (WORDS if wanted.groups else NO_WORDS)[db.dialect()]
    if author is None or room is None:
        return [], wanted
    values = {**_expressions(wanted), "person": person, "guest": int(place == "guest"), "before": before or NEWEST,
              "author": author, "room": room, "since": wanted.after, "until": wanted.before, "limit": limit,
              **{kind: int(kind in wanted.has) for kind in query.HAS},
              "thread": int("thread" in wanted.what), "pinned": int("pinned" in wanted.what)}
    if not wanted.groups:
        del values["words"]
    return [(id, channel, seq) for id, channel, seq in db.aside(statement, **values)], wanted


def _author(reads: Reads, person: int, wanted: Query) -> int | None:
    if "mine" in wanted.what or wanted.author == "me":
        return person
    if not wanted.author:
        return 0
    rows = reads.execute("select id from person where handle = :handle", handle=wanted.author)
    return rows[0][0] if rows else None


def _room(reads: Reads, person: int, name: str) -> int | None:
    """The room of that name or channel; what they may not read is no other than what is not there."""
    for room in [*rooms.mine(reads, person), *rooms.browse(reads, person, "", False, 1000)]:
        if name.lower() in (room.channel, room.name.lower(), room.name.lower().replace(" ", "-")):
            return rooms.number(room.channel)
    raise Refused(f"there is no room called {name[:60]}", "absent")


def _expressions(wanted: Query) -> dict[str, str]:
    """The words as the index of this database is asked for them."""
    build = _fts5 if db.dialect() == "sqlite" else _tsquery
    words = build(wanted.groups, wanted.unfinished)
    without = [build((group,), False) for group in wanted.without] or [build(((ABSENT,),), False)]
    return {"words": words, "without": (" OR " if db.dialect() == "sqlite" else " | ").join(without)}


def _fts5(groups: tuple[tuple[str, ...], ...], unfinished: bool) -> str:
    found = [f'"{" ".join(group)}"' for group in groups]
    return " AND ".join(found) + ("*" if unfinished else "")


def _tsquery(groups: tuple[tuple[str, ...], ...], unfinished: bool) -> str:
    found = [f"({' <-> '.join(group)}{':*' if unfinished and number == len(groups) - 1 else ''})"
             for number, group in enumerate(groups)]
    return " & ".join(found)
