"""HTTP routes of any channel: its entries in the pushed shape, and its windows."""

from typing import Annotated, Any

from flask import Blueprint
from msgspec import Meta

from hubbub.core import access, db, log, windows
from hubbub.core.access import Visitor
from hubbub.core.windows import Span
from hubbub.web import api
from hubbub.web.schema import Channel, Seq

blueprint = Blueprint("channels", __name__)

Limit = Annotated[int, Meta(ge=1, le=log.PAGE_ENTRIES)]


@api.route(blueprint, "GET", "/api/channels/<channel>/entries")
def entries(visitor: Visitor, channel: Channel, after: Seq = 0, limit: Limit = log.PAGE_ENTRIES) -> dict[str, Any]:
    """List the entries after `after`, oldest first, at most `limit`, and the head; continue until you reach it."""
    access.check(db, visitor.person, channel, "read")
    return {"entries": log.read(db, channel, after, limit), "head": log.head(db, channel).seq}


@api.route(blueprint, "GET", "/api/channels/<channel>/window")
def window(visitor: Visitor, channel: Channel, before: Seq = windows.NEWEST,
           after: Seq = 0, around: Seq = 0, limit: Limit = windows.PAGE) -> dict[str, Any]:
    """Return the channel as it looks now: its last `limit` items, or those before, after or around a seq; and as_of."""
    access.check(db, visitor.person, channel, "read")
    if around:
        return windows.around(channel, around, limit)
    return windows.newest(channel, Span(before, after, limit))
