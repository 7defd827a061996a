"""Full-text search over everything that a person may read: the index, written with each message, and its queries.

Texts are split into terms here (`words.indexed`), so both databases compare the same ones; only the query language of
the index differs, SQLite's FTS5 or PostgreSQL's tsvector.  Rights are part of the statement, so it finds only readable
messages.
"""

import re
from collections.abc import Iterable
from typing import Any

from hubbub import short_text
from hubbub.chat import attachments, query, rooms, words
from hubbub.chat.query import Query
from hubbub.core import db, log
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry

NEWEST = 2**53
LINK = re.compile(r"https?://\S")
ABSENT = "0" * 70  # longer than any word
FOLDING = 2  # grows with every change of `words`; the messages indexed before are indexed again, see `reindex`
PAGE = 200  # messages

INSERT = """insert into searchable (channel, room, seq, author, at, root, has, words, folding{more})
    select channel, room, seq, author, at, root, has, words, :folding{more} from each(:messages) as message(
    channel text, room bigint, seq bigint, author bigint, at double precision, root bigint, has text, words text{types})
    returning id, words"""
INSERTS = {"sqlite": INSERT.format(more="", types=""),
           "postgres": INSERT.format(more=", lexemes", types=", lexemes tsvector")}
UPDATE = {
    "sqlite": "update searchable set has = :has, words = :words, folding = :folding where id = :id",
    "postgres": """update searchable set has = :has, words = :words, folding = :folding,
        lexemes = cast(:lexemes as tsvector) where id = :id""",
}
OUTDATED = f"""select searchable.id, message.text, {", ".join(f"entry.{one}" for one in log.COLUMNS.split(", "))}
    from searchable join entry on entry.channel = searchable.channel and entry.seq = searchable.seq
    left join message on message.channel = entry.channel and message.seq = entry.seq
    where searchable.folding < {FOLDING} order by searchable.id desc limit :limit for update of searchable"""
REINDEX = """update searchable set has = again.has, words = again.words, folding = :folding{more}
    from each(:messages) as again(id bigint, has text, words text{types}) where searchable.id = again.id"""
REINDEXES = {"sqlite": REINDEX.format(more="", types=""),
             "postgres": REINDEX.format(more=", lexemes = again.lexemes", types=", lexemes tsvector")}
INDEXED = "insert into searchable_index (rowid, words) values (:id, :words)"
INDEXED_EACH = """insert into searchable_index (rowid, words)
    select id, words from each(:rows) as message(id bigint, words text)"""
INDEXED_NOW = "insert into searchable_index (rowid, words) select id, words from searchable where"
UNINDEXED_NOW = """insert into searchable_index (searchable_index, rowid, words)
    select 'delete', id, words from searchable where"""
UNINDEXED = "insert into searchable_index (searchable_index, rowid, words) values ('delete', :id, :words)"

FILTERED = f"""+found.room in {rooms.READABLE} and found.id < :before and (:anyone = 1 or found.author = any(:authors))
    and (:room = 0 or found.room = :room) and found.at >= :since and found.at < :until
    {{has}}
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


def add(tx: db.Transaction, entries: Iterable[Entry]) -> None:
    """Add messages to the index."""
    rows = [(entry.channel, rooms.number(entry.channel), entry.seq, entry.author, entry.at, entry.data.get("thread", 0),
             *_content(entry, entry.data.get("text", "")).values()) for entry in entries]
    found = tx.execute(INSERTS[db.dialect()], messages=rows, folding=FOLDING) if rows else []
    if found and db.dialect() == "sqlite":
        tx.execute_last(INDEXED_EACH, rows=found)


def catch_up() -> None:
    """Index the messages of the Lobby from before there was an index; later starts do nothing."""
    if db.execute("select 1 from searchable limit 1"):
        return
    with db.transaction(rooms.LOBBY) as tx:
        if tx.execute("select 1 from searchable limit 1"):
            return
        after = 0
        while page := log.read(tx, rooms.LOBBY, after):
            add(tx, [entry for entry in page if entry.kind == "message" and "text" in entry.data])
            after = page[-1].seq


def reindex(pages: int = NEWEST) -> None:
    """Index the messages again that were indexed in another way, the newest first; a later run goes on."""
    while pages > 0 and _reindex_page():
        pages -= 1


def _reindex_page() -> bool:
    if not db.execute(f"select 1 from searchable where folding < {FOLDING} limit 1"):
        return False  # a start writes nothing without need: the disk may be full
    with db.transaction() as tx:
        rows = tx.execute(OUTDATED, limit=PAGE)
        if not rows:
            return False
        messages = []
        for id, text, *row in rows:
            entry = log.entry_of(tuple(row))
            messages.append((id, *_content(entry, entry.data.get("text", "") if text is None else text).values()))
        ids = [row[0] for row in rows]
        if db.dialect() == "sqlite":
            tx.execute(f"{UNINDEXED_NOW} id = any(:ids)", ids=ids)
        tx.execute(REINDEXES[db.dialect()], folding=FOLDING, messages=messages)
        if db.dialect() == "sqlite":
            tx.execute(f"{INDEXED_NOW} id = any(:ids)", ids=ids)
    return True


def change(tx: db.Transaction, entry: Entry, text: str) -> None:
    """Replace the words of a message in the index; its place in results stays."""
    found = _content(entry, text)
    for id, before in tx.execute("select id, words from searchable where channel = :channel and seq = :seq",
                                 channel=entry.channel, seq=entry.seq):
        tx.execute(UPDATE[db.dialect()], id=id, folding=FOLDING, **found)
        if db.dialect() == "sqlite":
            tx.execute_last(UNINDEXED, id=id, words=before)
            tx.execute_last(INDEXED, id=id, words=found["words"])


def remove(tx: db.Transaction, channel: str, seq: int) -> None:
    """Remove a message from the index."""
    rows = tx.execute("delete from searchable where channel = :channel and seq = :seq returning id, words",
                      channel=channel, seq=seq)
    for id, before in rows:
        if db.dialect() == "sqlite":
            tx.execute_last(UNINDEXED, id=id, words=before)


def _content(entry: Entry, text: str) -> dict[str, str]:
    """Return what the index stores of a text and its files."""
    files = entry.data.get("files", ())
    more = " ".join((attachments.words(entry.data), *(file["name"] for file in files)))
    terms = words.indexed(f"{text} {more}")
    found = {"has": _has(text, files, attachments.of(entry.data)), "words": " ".join(terms)}
    if db.dialect() == "postgres":
        found["lexemes"] = lexemes(found["words"])
    return found


def lexemes(words: str) -> str:
    """Return PostgreSQL's tsvector of the words of a message, each at its place."""
    return " ".join(f"'{term}':{place}" for place, term in enumerate(words.split(" "), 1) if term)


def _has(text: str, files: Any, attached: Iterable[str]) -> str:
    kinds = {*attached, *(["file"] if files else [])}
    kinds |= {"image" for file in files if file["type"].startswith("image/")}
    kinds |= {"link"} if LINK.search(text) else set()
    kinds |= {"code"} if "`" in text else set()
    return f" {' '.join(sorted(kinds))} "


def find(person: int, text: str, before: int, limit: int, zone: str = "UTC") -> tuple[list[int], Query]:
    """Return the ids of the newest messages that match a query and that this person may read; off the loop."""
    wanted = query.parse(text, zone)
    if wanted == Query() or wanted.is_unsearchable:
        return [], wanted
    author = "me" if "mine" in wanted.properties else wanted.author
    values = {**_expressions(wanted), "person": person, "before": before or NEWEST, "anyone": int(not author),
              "authors": _authors(db, person, author), "room": _room(db, person, wanted.room),
              "since": wanted.after, "until": wanted.before, "limit": limit,
              "thread": int("thread" in wanted.properties), "pinned": int("pinned" in wanted.properties)}
    statement = (WORDS if wanted.groups else NO_WORDS)[db.dialect()].format(
        has=" ".join(f"and found.has like '% {kind} %'" for kind in sorted(wanted.has)))
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
    without = (" OR " if is_fts5 else " | ").join(build((group,)) for group in wanted.without)
    if not wanted.groups:
        return {"without": without or build(((ABSENT,),))}
    found = build(wanted.groups)
    if without:
        found = f"({found}) {'NOT' if is_fts5 else '& !'} ({without})"
    return {"words": found}


def _fts5(groups: tuple[tuple[str, ...], ...]) -> str:
    return " AND ".join(re.sub(r"\*\"$", '"*', f'"{" ".join(group)}"') for group in groups)


def _tsquery(groups: tuple[tuple[str, ...], ...]) -> str:
    terms = [[f"'{term.rstrip('*')}'" + ":*" * term.endswith("*") for term in group] for group in groups]
    return " & ".join(f"({' <-> '.join(group)})" for group in terms)
