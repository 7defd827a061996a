"""`conversations.*`: rooms and directs, and the messages in them."""

from typing import Any

from hubbub import limits
from hubbub.chat import create_room, members, projection, rooms
from hubbub.core import db, windows
from hubbub.core.windows import Span
from hubbub.hooks.slack_api import ids, posting, show
from hubbub.hooks.slack_api.call import Call, method, page
from hubbub.hooks.slack_api.problems import Problem

KINDS = {"public_channel": ("lobby", "public", "announcement"), "private_channel": ("private",), "im": ("direct",),
         "mpim": ("direct",)}


@method("conversations.list")
@method("users.conversations")
def listed(call: Call) -> dict[str, Any]:
    """List the rooms of these `types` that the caller may read; by default the public ones."""
    types = call.arguments.list("types") or ["public_channel"]
    if not set(types) <= KINDS.keys():
        raise Problem("invalid_types")
    kinds = sorted({kind for name in types for kind in KINDS[name]})
    limit = call.arguments.limit()
    found = rooms.page(db, call.person, kinds, call.arguments.after(), limit + 1,
                       with_archived=not call.arguments.is_on("exclude_archived"))
    shown = [show.room(room, call.person) for room in found[:limit]]
    shown = [room for room in shown if not (room["is_im"] and "im" not in types
                                            or room["is_mpim"] and "mpim" not in types)]
    return {"channels": shown, **page(rooms.number(found[limit - 1].channel) if len(found) > limit else 0)}


@method("conversations.info")
def info(call: Call) -> dict[str, Any]:
    """Return a room."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    return {"channel": show.room(rooms.get(db, call.person, channel), call.person)}


@method("conversations.members")
def people_in(call: Call) -> dict[str, Any]:
    """List the members of a room; none for the Lobby, where everybody is."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    after, limit = call.arguments.after(), call.arguments.limit()
    found = sorted(one.person for one in members.listed(db, call.person, channel) if one.person > after)
    return {"members": [f"U{id}" for id in found[:limit]], **page(found[limit - 1] if len(found) > limit else 0)}


@method("conversations.open", "write", limits.HEAVY)
def open_direct(call: Call) -> dict[str, Any]:
    """Return the conversation with some people; create it if there is none."""
    users = call.arguments.list("users")
    if len(users) > create_room.MOST_IN_DIRECT:
        raise Problem("too_many_users")
    if others := [ids.person(db, one).id for one in users]:
        return {"channel": show.room(create_room.direct(call.person, others), call.person)}
    return info(call)


@method("conversations.join", "write", limits.HEAVY)
def join(call: Call) -> dict[str, Any]:
    """Join an open room."""
    channel = ids.channel(db, call.person, call.arguments.needed("channel"))
    with posting.refusing(call, channel, "join"):
        return {"channel": show.room(members.join(call.person, channel, posting.key(call)), call.person)}


@method("conversations.history")
def history(call: Call) -> dict[str, Any]:
    """Return the newest messages of a room, or those before `latest` and after `oldest`, newest first."""
    given = call.arguments
    channel = ids.channel(db, call.person, given.needed("channel"))
    with db.snapshot() as reads:
        rooms.check(reads, call.person, channel, "read")
        first, before = _span(call, channel)
        found = projection.room(reads, channel, Span(before=min(before, given.after() or before),
                                                     limit=given.limit()))
    items = [item for item in reversed(found["items"]) if item["seq"] >= first]
    more = not found["complete"] and len(items) == len(found["items"])
    shown = posting.show_all(call, channel, items, found["people"])
    return {"messages": shown, "has_more": more, "pin_count": 0, **page(items[-1]["seq"] if more else 0)}


def _span(call: Call, channel: str) -> tuple[int, int]:
    """Return the seq of the first message in the wanted span, and one that is after its last."""
    given = call.arguments
    inclusive, first, before = given.is_on("inclusive"), 1, windows.NEWEST
    if oldest := given.text("oldest"):
        seq, exact = ids.place(db, channel, oldest)
        first = seq + 1 if exact and not inclusive else seq
    if latest := given.text("latest"):
        seq, exact = ids.place(db, channel, latest)
        before = seq + 1 if exact and inclusive else seq
    return first, before


@method("conversations.replies")
def replies(call: Call) -> dict[str, Any]:
    """Return the root of a thread and its replies, oldest first."""
    given = call.arguments
    channel = ids.channel(db, call.person, given.needed("channel"))
    call.arguments.all.setdefault("thread_ts", given.needed("ts"))
    root, limit = posting.thread(call, channel), given.limit()
    first, before = _span(call, channel)
    rows = db.execute("select seq from reply where channel = :channel and root = :root and seq >= :first "
                      "and seq < :before order by seq limit :limit", channel=channel, root=root,
                      first=max(first, given.after() + 1), before=before, limit=limit + 1)
    seqs = [seq for seq, in rows[:limit]]
    span = Span(before=seqs[-1] + 1, limit=len(seqs)) if seqs else Span(before=1, limit=1)
    found = projection.thread(call.person, channel, root, span)
    top = show.message(found["root"], found["people"], call.server)
    shown = posting.show_all(call, channel, [item for item in found["items"] if item["seq"] in seqs], found["people"])
    return {"messages": [top, *shown] if not given.after() else shown, "has_more": len(rows) > limit,
            **page(seqs[-1] if len(rows) > limit else 0)}
