"""Messages as they are now: the entries that a room shows, with later changes; a fixed number of statements.

The invariant: a window, with later entries applied by the client's reducers, equals the window of later.
"""

from typing import Any

import msgspec

from hubbub.chat import attachments, emoji, rooms, threads
from hubbub.core import db, log, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.people import model as people

FIELDS = ("mentions", "files", "quote", "thread", "quotes", "alias")
LINES = {"created", "joined", "left", "renamed", "topic", "archived"}
PINS = 100

KINDS = "('message', 'created', 'joined', 'left', 'renamed', 'topic', 'archived')"  # as in the index entry_shown
SHOWN = f"""select {log.COLUMNS} from entry where channel = :channel and seq < :before and seq > :after
    and kind in {KINDS} order by seq"""
NEWEST, NEXT = f"{SHOWN} desc limit :limit", f"{SHOWN} limit :limit"

THREADS = f"""select follower.channel, follower.root, follower.seq, follower.n, follower.version, message.replies,
    message.newest_reply, {threads.UNREAD} from follower join message on message.channel = follower.channel
    and message.seq = follower.root where follower.person = :person and message.deleted is null
    and follower.channel in (select 'room:' || id from {rooms.READABLE} as readable)
    order by message.replied desc limit :limit"""

SAVED = f"""select saved.channel, saved.seq, saved.at from saved left join message on message.channel = saved.channel
    and message.seq = saved.seq where saved.person = :person and saved.at < :saved_before and message.deleted is null
    and saved.channel in (select 'room:' || id from {rooms.READABLE} as readable) order by saved.at desc limit :limit"""

AMONG = {  # the messages of a view, so that one statement reads all their changes, however far apart they are
    "room": f"""channel = :channel and seq in (select entry.seq from entry where entry.channel = :channel
        and entry.seq >= :first and entry.seq <= :last and entry.kind in {KINDS})""",
    "thread": """channel = :channel and seq in (select page.seq from (select reply.seq from reply
        where reply.channel = :channel and reply.root = :root and reply.seq < :before
        order by reply.seq desc limit :limit) as page union all select :root)""",
    "pins": """channel = :channel and seq in (select pin.seq from message pin where pin.channel = :channel
        and pin.pinned is not null order by pin.pinned desc limit :limit)""",
    "one": "channel = :channel and seq = :first",
    "threads": f"(channel, seq) in (select thread.channel, thread.root from ({THREADS}) as thread)",
    "saved": f"(channel, seq) in (select page.channel, page.seq from ({SAVED}) as page)",
    "found": "(channel, seq) in (select channel, seq from searchable where id = any(:hits))",
}
ENTRIES = {view: f"select {log.COLUMNS} from entry where {which} order by seq" for view, which in AMONG.items()}
CHANGED = {view: f"""select channel, seq, text, mentions, edited, deleted, pinned, replies, newest_reply, replied, faces
    from message where {which}""" for view, which in AMONG.items()}
REACTED = {view: f"select channel, seq, emoji, person from reaction where {which} order by at"
           for view, which in AMONG.items()}


@windows.projection("room", sources=(people.EVERYBODY,))
def room(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """Return the messages and membership lines of a room in a span, and the people in them."""
    statement = NEXT if span.after else NEWEST
    rows = reads.execute(statement, channel=channel, before=span.before, after=span.after, limit=span.limit + 1)
    more = len(rows) > span.limit
    entries = sorted(map(log.entry_of, rows[:span.limit]), key=lambda entry: entry.seq)
    complete = not more if not span.after else False
    latest = not more if span.after else span.before == windows.NEWEST
    ends = {"first": entries[0].seq, "last": entries[-1].seq} if entries else {}
    items = shown(reads, entries, "room", channel=channel, **ends)
    return {"items": items, "people": people_in(reads, items), "complete": complete, "latest": latest}


def shown(reads: Reads, entries: list[Entry], view: str, **values: Any) -> list[dict[str, Any]]:
    """Return the entries of a view as items."""
    items = [_item(entry) for entry in entries]
    if items:
        places = {(entry.channel, entry.seq): item for entry, item in zip(entries, items, strict=True)}
        _overlay(reads, places, view, values)
    return items


def people_in(reads: Reads, items: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the people whose names these items show."""
    ids = {person for item in items for person in _people(item)}
    return {str(one.id): msgspec.to_builtins(one) for one in people.directory(reads, ids)}


def _item(entry: Entry) -> dict[str, Any]:
    item = {"kind": "message" if entry.kind == "reply" else entry.kind, "seq": entry.seq, "n": entry.n,
            "author": entry.author, "at": entry.at, "key": entry.key}
    if entry.kind in LINES:
        return item | {"text": "", "data": entry.data}
    fields = {name: entry.data[name] for name in FIELDS if entry.data.get(name)}
    return item | {"text": entry.data.get("text", "")} | fields | attachments.of(entry.data)


def _overlay(reads: Reads, items: dict[tuple[str, int], dict[str, Any]], view: str, values: dict[str, Any]) -> None:
    """Apply what changed since the messages were posted."""
    for channel, seq, *change in reads.execute(CHANGED[view], **values):
        if item := items.get((channel, seq)):
            _change(item, *change)
    for channel, seq, stored, person in reads.execute(REACTED[view], **values):
        if item := items.get((channel, seq)):
            reacted = item.setdefault("reactions", {}).setdefault(emoji.identity(stored), [])
            if person not in reacted:  # with another spelling
                reacted.append(person)
    attachments.overlay(reads, items)


def _change(item: dict[str, Any], text: str | None, mentions: str | None, edited: float | None, deleted: float | None,
            pinned: float | None, replies: int, newest: int, replied: float | None, faces: str) -> None:
    if edited is not None and text is not None:
        item |= {"text": text, "edited": edited}
        item.pop("mentions", None)
        if named := msgspec.json.decode(mentions or "{}"):
            item["mentions"] = named
    if pinned is not None:
        item["pinned"] = pinned
    if replies:
        item["replies"] = {"n": replies, "newest": newest, "at": replied,
                           "people": [int(one) for one in faces.split(",")]}
    if deleted is not None:
        item["deleted"] = True


def _people(item: dict[str, Any]) -> set[int]:
    """Return the ids of the people whose names an item shows."""
    found = {item["author"], *item.get("mentions", {}).values(), *item.get("replies", {}).get("people", ())}
    found |= {one for some in item.get("reactions", {}).values() for one in some}
    return found | {one for one in (item.get("data", {}).get("person"), item.get("data", {}).get("by")) if one}


def one(person: int, channel: str, seq: int) -> dict[str, Any]:
    """Return one message as it is now, even a deleted one."""
    with db.snapshot() as reads:
        rooms.check(reads, person, channel, "read")
        entries = [entry for entry in log.read(reads, channel, seq - 1, 1)
                   if entry.seq == seq and entry.kind in ("message", "reply")]
        if not entries:
            raise Refused("error.message_not_found", "not_found")
        items = shown(reads, entries, "one", channel=channel, first=seq)
        return {"items": items, "people": people_in(reads, items)}


def first_since(person: int, channel: str, at: float) -> int:
    """Return the seq of the first message or line from a moment on; 0 if there is none."""
    with db.snapshot() as reads:
        rooms.check(reads, person, channel, "read")
        after = log.last_before(reads, channel, at)
        shown = reads.execute(NEXT, channel=channel, before=windows.NEWEST, after=after, limit=1)
        return log.entry_of(shown[0]).seq if shown else 0


def pins(person: int, channel: str) -> dict[str, Any]:
    """Return the pinned messages of a room, those pinned last first."""
    with db.snapshot() as reads:
        rooms.check(reads, person, channel, "read")
        rows = reads.execute(ENTRIES["pins"], channel=channel, limit=PINS)
        items = shown(reads, list(map(log.entry_of, rows)), "pins", channel=channel, limit=PINS)
        items.sort(key=lambda item: -item["pinned"])
        return {"items": items, "people": people_in(reads, items)}


def thread(person: int, channel: str, root: int, span: Span) -> dict[str, Any]:
    """Return a thread: its root, the last replies, whether the person follows it and how far they have read."""
    with db.snapshot() as reads:
        rooms.check(reads, person, channel, "read")
        where = {"channel": channel, "root": root, "before": span.before, "limit": span.limit + 1}
        entries = list(map(log.entry_of, reads.execute(ENTRIES["thread"], **where)))
        if not entries or entries[0].seq != root or entries[0].kind != "message":
            raise Refused("error.thread_not_found", "not_found")
        top, *replies = shown(reads, entries, "thread", **where)
        items = replies[-span.limit:]
        cursor = threads.cursor_of(reads, person, channel, root)
        return {"root": top, "items": items, "people": people_in(reads, [top, *items]),
                "complete": len(replies) <= span.limit, "following": cursor is not None, "cursor": cursor or [0, 0, 0],
                "as_of": log.head(reads, channel)}


def followed(person: int, limit: int) -> dict[str, Any]:
    """Return the threads that a person follows in rooms they may read, with their roots, newest reply first."""
    names = ("channel", "root", "seq", "n", "version", "replies", "newest", "unread")
    values = {"person": person, "limit": limit}
    with db.snapshot() as reads:
        found = [dict(zip(names, row, strict=True)) for row in reads.execute(THREADS, **values)]
        entries = list(map(log.entry_of, reads.execute(ENTRIES["threads"], **values)))
        roots = shown(reads, entries, "threads", **values)
        known = {(entry.channel, entry.seq): root for entry, root in zip(entries, roots, strict=True)}
        found = [{**thread, "root": known[thread["channel"], thread["root"]]} for thread in found]
        return {"threads": found, "people": people_in(reads, roots)}


def saved(person: int, before: float, limit: int) -> dict[str, Any]:
    """Return the messages that a person saved before a moment, those saved last first."""
    values = {"person": person, "saved_before": before, "limit": limit}
    with db.snapshot() as reads:
        times = {(channel, seq): at for channel, seq, at in reads.execute(SAVED, **values)}
        entries = list(map(log.entry_of, reads.execute(ENTRIES["saved"], **values)))
        items = [{"channel": entry.channel, "saved": times[entry.channel, entry.seq], **item}
                 for entry, item in zip(entries, shown(reads, entries, "saved", **values), strict=True)]
        return {"items": sorted(items, key=lambda item: -item["saved"]), "people": people_in(reads, items)}


FOUND = f"""select {log.COLUMNS}, id from
    (select id, channel as room, seq as place from searchable where id = any(:hits)) as hit
    join entry on entry.channel = room and entry.seq = place order by hit.id desc"""
# The messages just before and after each hit, in its room or in its thread; those far away are no context.
NEIGHBOURS = """with near as (select hit.id, hit.channel,
      (select max(one.seq) from searchable one where one.channel = hit.channel and one.seq < hit.seq
        and one.seq > hit.seq - :far and (one.root = hit.root or one.seq = hit.root)) as before,
      (select min(one.seq) from searchable one where one.channel = hit.channel and one.seq > hit.seq
        and one.seq < hit.seq + :far and one.root = hit.root) as after
      from searchable hit where hit.id = any(:hits))
    select near.id, other.id, 1 from near
      join searchable other on other.channel = near.channel and other.seq = near.before
    union all select near.id, other.id, 0 from near
      join searchable other on other.channel = near.channel and other.seq = near.after"""
FAR = 50  # entries


def found(hits: list[int], context: bool = False) -> dict[str, Any]:
    """Return messages by their ids in the search index, newest first; the caller has checked the rights.

    With `context`, each has the message `before` and the one `after` it in the conversation.
    """
    with db.snapshot() as reads:
        near = reads.execute(NEIGHBOURS, hits=hits, far=FAR) if context else []
        ids = [*hits, *(other for _, other, _ in near)]
        rows = [(log.entry_of(row[:-1]), row[-1]) for row in reads.execute(FOUND, hits=ids)]
        rows = [(entry, id) for entry, id in rows if "text" in entry.data]
        items = shown(reads, [entry for entry, _ in rows], "found", hits=ids)
        known = {id: {"channel": entry.channel, **item} for (entry, id), item in zip(rows, items, strict=True)}
        results = {hit: dict(known[hit]) for hit in hits if hit in known}
        for hit, other, is_before in near:
            if hit in results and other in known:
                results[hit]["before" if is_before else "after"] = known[other]
        channels = sorted({entry.channel for entry, _ in rows})
        return {"items": list(results.values()), "people": people_in(reads, items),
                "rooms": rooms.titles(reads, channels)}
