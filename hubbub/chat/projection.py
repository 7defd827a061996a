"""How messages are now: the entries that a room shows, under what changed since; a fixed number of statements.

The law of it: a window, and the entries after it applied by the client's reducers, is the window of later.
"""

from typing import Any

import msgspec

from hubbub.chat import threads
from hubbub.core import access, db, log, windows
from hubbub.core.access import Reads, Refused
from hubbub.core.log import Entry
from hubbub.core.windows import Span
from hubbub.people import model as people

SAID = ("mentions", "files", "quote", "thread", "quotes")
LINES = {"created", "joined", "left", "renamed", "topic", "archived"}
PINS = 100

KINDS = "('message', 'created', 'joined', 'left', 'renamed', 'topic', 'archived')"  # as the index entry_shown has them
SHOWN = f"""select {log.COLUMNS} from entry where channel = :channel and seq < :before and seq > :after
    and kind in {KINDS} order by seq"""
NEWEST, NEXT = f"{SHOWN} desc limit :limit", f"{SHOWN} limit :limit"

AMONG = {  # the seqs of the items of a view, so that what changed about them is one statement however they lie apart
    "room": f"""select entry.seq from entry where entry.channel = :channel and entry.seq >= :first
        and entry.seq <= :last and entry.kind in {KINDS}""",
    "thread": """select page.seq from (select reply.seq from reply where reply.channel = :channel and reply.root = :root
        and reply.seq < :before order by reply.seq desc limit :limit) as page union all select :root""",
    "pins": """select pin.seq from message pin where pin.channel = :channel and pin.pinned is not null
        order by pin.pinned desc limit :limit""",
    "one": ":first",
}
ENTRIES = {view: f"select {log.COLUMNS} from entry where channel = :channel and seq in ({seqs}) order by seq"
           for view, seqs in AMONG.items()}
CHANGED = {view: f"""select seq, text, mentions, edited, deleted, pinned, replies, newest_reply, replied, faces
    from message where channel = :channel and seq in ({seqs})""" for view, seqs in AMONG.items()}
REACTED = {view: f"select seq, emoji, person from reaction where channel = :channel and seq in ({seqs}) order by at"
           for view, seqs in AMONG.items()}


@windows.projection("room")
def room(reads: Reads, channel: str, span: Span) -> dict[str, Any]:
    """The messages and lines of a room in a span, and who wrote them."""
    statement = NEXT if span.after else NEWEST
    rows = reads.execute(statement, channel=channel, before=span.before, after=span.after, limit=span.limit + 1)
    more = len(rows) > span.limit
    entries = sorted(map(log.entry_of, rows[:span.limit]), key=lambda entry: entry.seq)
    complete = not more if not span.after else False
    latest = not more if span.after else span.before == windows.NEWEST
    items = shown(reads, channel, entries, "room")
    return {"items": items, "people": met(reads, items), "complete": complete, "latest": latest}


def shown(reads: Reads, channel: str, entries: list[Entry], view: str, **values: int) -> list[dict[str, Any]]:
    """These entries, which are those of a view, as items."""
    items = [_item(entry) for entry in entries]
    if items:
        _overlay(reads, channel, {item["seq"]: item for item in items}, view, **values)
    return items


def met(reads: Reads, items: list[dict[str, Any]]) -> dict[str, Any]:
    """The people whose names these items show."""
    ids = {person for item in items for person in _people(item)}
    return {str(one.id): msgspec.to_builtins(one) for one in people.directory(reads, ids)}


def _item(entry: Entry) -> dict[str, Any]:
    item = {"kind": "message" if entry.kind == "reply" else entry.kind, "seq": entry.seq, "n": entry.n,
            "author": entry.author, "at": entry.at, "key": entry.key}
    if entry.kind in LINES:
        return item | {"text": "", "data": entry.data}
    said = {name: entry.data[name] for name in SAID if entry.data.get(name)}
    return item | {"text": entry.data.get("text", "")} | said


def _overlay(reads: Reads, channel: str, items: dict[int, dict[str, Any]], view: str, **values: int) -> None:
    """What changed since these were said."""
    where: dict[str, Any] = {"channel": channel, **(values or {"first": min(items), "last": max(items)})}
    for seq, *change in reads.execute(CHANGED[view], **where):
        if seq in items:
            _change(items[seq], *change)
    for seq, emoji, person in reads.execute(REACTED[view], **where):
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
    """One message as it is now, also a deleted one."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        entries = [entry for entry in log.read(reads, channel, seq - 1, 1)
                   if entry.seq == seq and entry.kind in ("message", "reply")]
        if not entries:
            raise Refused("there is no such message", "absent")
        items = shown(reads, channel, entries, "one", first=seq)
        return {"items": items, "people": met(reads, items)}


def pins(person: int, channel: str) -> dict[str, Any]:
    """The pinned messages of a room, those pinned last first."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        rows = reads.execute(ENTRIES["pins"], channel=channel, limit=PINS)
        items = shown(reads, channel, list(map(log.entry_of, rows)), "pins", limit=PINS)
        items.sort(key=lambda item: -item["pinned"])
        return {"items": items, "people": met(reads, items)}


def thread(person: int, channel: str, root: int, span: Span) -> dict[str, Any]:
    """A thread: its root, the last replies, whether one follows it and how far one has read."""
    with db.snapshot() as reads:
        access.check(reads, person, channel, "read")
        where = {"root": root, "before": span.before, "limit": span.limit + 1}
        entries = list(map(log.entry_of, reads.execute(ENTRIES["thread"], channel=channel, **where)))
        if not entries or entries[0].seq != root or entries[0].kind != "message":
            raise Refused("there is no such thread", "absent")
        top, *replies = shown(reads, channel, entries, "thread", **where)
        items = replies[-span.limit:]
        read = threads.standing(reads, person, channel, root)
        return {"root": top, "items": items, "people": met(reads, [top, *items]),
                "complete": len(replies) <= span.limit, "following": read is not None, "read": read or [0, 0, 0],
                "as_of": log.head(reads, channel)}


FOLLOWED = """select follower.channel, follower.root, follower.seq, follower.n, follower.version, message.replies,
    message.newest_reply from follower join message on message.channel = follower.channel
    and message.seq = follower.root where follower.person = :person order by message.replied desc limit :limit"""


def followed(person: int, limit: int) -> dict[str, Any]:
    """The threads that a person follows in rooms they may read, those last replied to first, with their roots."""
    with db.snapshot() as reads:
        found: list[dict[str, Any]] = []
        for channel, root, seq, n, version, replies, newest in reads.execute(FOLLOWED, person=person, limit=limit):
            if access.allows(reads, person, channel, "read"):
                [top] = shown(reads, channel, log.read(reads, channel, root - 1, 1), "one", first=root)
                found.append({"channel": channel, "root": top, "seq": seq, "n": n, "version": version,
                              "replies": replies, "newest": newest})
        return {"threads": found, "people": met(reads, [thread["root"] for thread in found])}


def found(hits: list[tuple[str, int]]) -> dict[str, Any]:
    """These messages, of whatever channels, in this order; the caller has asked for the right to read them."""
    with db.snapshot() as reads:
        items: list[dict[str, Any]] = []
        for channel, seq in hits:
            entries = [entry for entry in log.read(reads, channel, seq - 1, 1) if "text" in entry.data]
            items += [{"channel": channel, **item} for item in shown(reads, channel, entries, "one", first=seq)]
        return {"items": items, "people": met(reads, items)}
