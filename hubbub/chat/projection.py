"""How messages are now: the entries that a room shows, under what changed since; a fixed number of statements.

The law of it: a window, and the entries after it applied by the client's reducers, is the window of later.
"""

from typing import Any

import msgspec

from hubbub.chat import messages, threads
from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.people import model as people

LINES = {"created", "joined", "left", "renamed", "topic", "archived"}
PINS = 100
DENSE = 50  # seqs a shown item; sparser ones are looked up one by one

SHOWN = f"""select {log.COLUMNS} from entry where channel = :channel and seq < :before and seq > :after
    and kind in ('message', 'created', 'joined', 'left', 'renamed', 'topic', 'archived') order by seq"""
NEWEST, NEXT = f"{SHOWN} desc limit :limit", f"{SHOWN} limit :limit"
IN_THREAD = f"""select {log.COLUMNS} from entry where channel = :channel and seq in
    (select reply.seq from reply where reply.channel = :channel and root = :root and reply.seq < :before
     order by reply.seq desc limit :limit) order by seq"""
CHANGED = """select seq, text, mentions, edited, deleted, pinned, replies, newest_reply, replied, faces
    from message where channel = :channel and seq >= :first and seq <= :last"""
REACTED = """select seq, emoji, person from reaction where channel = :channel and seq >= :first and seq <= :last
    order by at"""


@windows.projection("room")
def room(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """The messages and lines of a room in a span, and who wrote them."""
    statement = NEXT if span.after else NEWEST
    rows = reads.execute(statement, channel=channel, before=span.before, after=span.after, limit=span.limit + 1)
    more = len(rows) > span.limit
    entries = sorted(map(log.entry_of, rows[:span.limit]), key=lambda entry: entry.seq)
    complete = not more if not span.after else False
    latest = not more if span.after else span.before == windows.NEWEST
    return {**shown(reads, channel, entries), "complete": complete, "latest": latest}


def shown(reads: Reads, channel: str, entries: list[Entry]) -> dict[str, Any]:
    """These entries as items, and the people in them."""
    items = [_item(entry) for entry in entries]
    if items:
        _overlay(reads, channel, {item["seq"]: item for item in items})
    met = {person for item in items for person in _people(item)}
    return {"items": items,
            "people": {str(one.id): msgspec.to_builtins(one) for one in people.directory(reads, met)}}


def _item(entry: Entry) -> dict[str, Any]:
    item = {"kind": "message" if entry.kind == "reply" else entry.kind, "seq": entry.seq, "n": entry.n,
            "author": entry.author, "at": entry.at, "key": entry.key}
    if entry.kind in LINES:
        return item | {"text": "", "data": entry.data}
    said = {name: entry.data[name] for name in ("mentions", "files", "quote", "thread") if entry.data.get(name)}
    return item | {"text": entry.data.get("text", "")} | said


def _overlay(reads: Reads, channel: str, items: dict[int, dict[str, Any]]) -> None:
    """What changed since these were said."""
    oldest, newest = min(items), max(items)
    is_dense = newest - oldest < DENSE * len(items)
    for first, last in [(oldest, newest)] if is_dense else [(seq, seq) for seq in items]:
        for seq, *change in reads.execute(CHANGED, channel=channel, first=first, last=last):
            if seq in items:
                _change(items[seq], *change)
        for seq, emoji, person in reads.execute(REACTED, channel=channel, first=first, last=last):
            if seq in items:
                items[seq].setdefault("reactions", {}).setdefault(emoji, []).append(person)


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
    """Everybody whose name an item shows."""
    found = {item["author"], *item.get("mentions", {}).values(), *item.get("replies", {}).get("people", ())}
    found |= {one for some in item.get("reactions", {}).values() for one in some}
    return found | {one for one in (item.get("data", {}).get("person"), item.get("data", {}).get("by")) if one}


def one(person: int, channel: str, seq: int) -> dict[str, Any]:
    """One message as it is now."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        return {**shown(reads, channel, [messages.find(reads, channel, seq)])}


def pins(person: int, channel: str) -> dict[str, Any]:
    """The pinned messages of a room, those pinned last first."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        rows = reads.execute(
            f"select {log.COLUMNS} from entry where channel = :channel and seq in (select message.seq from message "
            "where message.channel = :channel and pinned is not null order by pinned desc limit :limit)",
            channel=channel, limit=PINS)
        found = shown(reads, channel, list(map(log.entry_of, rows)))
        found["items"].sort(key=lambda item: -item["pinned"])
        return found


def thread(person: int, channel: str, root: int, span: Span) -> dict[str, Any]:
    """A thread: its root, the last replies, whether one follows it and how far one has read."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        first = [entry for entry in log.read(reads, channel, root - 1, 1) if entry.seq == root]
        if not first or first[0].kind != "message":
            messages.find(reads, channel, 0)
        rows = reads.execute(IN_THREAD, channel=channel, root=root, before=span.before, limit=span.limit + 1)
        found = shown(reads, channel, [first[0], *map(log.entry_of, rows[-span.limit:])])
        read = threads.standing(reads, person, channel, root)
        return {"root": found["items"][0], "items": found["items"][1:], "people": found["people"],
                "complete": len(rows) <= span.limit, "following": read is not None, "read": read or [0, 0, 0],
                "as_of": log.head(reads, channel)}


def followed(person: int, limit: int) -> dict[str, Any]:
    """The threads that a person follows in rooms they may read, those last replied to first, with their roots."""
    with db.snapshot() as reads:
        rows = reads.execute(
            "select follower.channel, follower.root, follower.seq, follower.n, follower.version, message.replies, "
            "message.newest_reply from follower join message on message.channel = follower.channel "
            "and message.seq = follower.root where follower.person = :person "
            "order by message.replied desc limit :limit", person=person, limit=limit)
        found: list[dict[str, Any]] = []
        met: dict[str, Any] = {}
        for channel, root, seq, n, version, replies, newest in rows:
            if not access.allows(reads, person, channel, "read"):
                continue
            view = shown(reads, channel, log.read(reads, channel, root - 1, 1))
            met |= view["people"]
            found.append({"channel": channel, "root": view["items"][0], "seq": seq, "n": n, "version": version,
                          "replies": replies, "newest": newest})
        return {"threads": found, "people": met}


def found(hits: list[tuple[str, int]]) -> dict[str, Any]:
    """These messages, of whatever channels, in this order; the caller has asked for the right to read them."""
    with db.snapshot() as reads:
        items: list[dict[str, Any]] = []
        met: dict[str, Any] = {}
        for channel, seq in hits:
            view = shown(reads, channel, [entry for entry in log.read(reads, channel, seq - 1, 1) if entry.data])
            items += [{"channel": channel, **item} for item in view["items"]]
            met |= view["people"]
        return {"items": items, "people": met}
