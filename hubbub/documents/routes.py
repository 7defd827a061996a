"""Documents over HTTP: making, listing, exporting, versions; and what the page loads."""

from typing import Annotated, Any
from urllib.parse import quote

from flask import Blueprint, Response
from msgspec import Meta

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.core.log import Entry
from hubbub.documents import model, updates, versions
from hubbub.documents.model import Document, channel
from hubbub.documents.versions import Version
from hubbub.web import api
from hubbub.web.schema import Channel, Key, Seq

blueprint = Blueprint("documents", __name__)

Title = Annotated[str, Meta(max_length=1000)]
Id = Annotated[int, Meta(ge=0)]
Limit = Annotated[int, Meta(ge=1, le=model.MOST)]


@api.route(blueprint, "POST", "/api/documents", status=201, rate=limits.HEAVY)
def create(visitor: Visitor, room: Channel, title: Title, key: Key) -> Document:
    """Begin an empty document in a room; the same key once more answers with the first."""
    return model.create(visitor.person, room, title, key)


@api.route(blueprint, "GET", "/api/documents")
def listed(visitor: Visitor, room: str = "", archived: bool = False, before: Id = 0,
           limit: Limit = model.MOST) -> list[Document]:
    """The documents of a room, or of all that one may read, those changed last first; `before`: after that one."""
    with db.snapshot() as reads:
        return model.listed(reads, visitor.person, room, archived, before, limit)


@api.route(blueprint, "GET", "/api/documents/<int:document>")
def look(visitor: Visitor, document: Id) -> Document:
    """A document: its room, title, and who changed it last. What it says: the window of `doc:<id>`, or `text`."""
    return model.look(db, visitor.person, channel(document))


@api.route(blueprint, "PATCH", "/api/documents/<int:document>")
def change(visitor: Visitor, document: Id, key: Key, title: Title | None = None,
           archived: bool | None = None) -> Document:
    """Give a document another title, or put it away."""
    return model.change(visitor.person, channel(document), key, title, archived)


@api.route(blueprint, "GET", "/document/<int:document>/text", returns=bytes)
def text(visitor: Visitor, document: Id) -> Response:
    """What a document says now, as Markdown, to be kept as a file."""
    found = model.look(db, visitor.person, channel(document))
    words, _ = updates.text(channel(document))
    answer = Response(words, mimetype="text/markdown")
    answer.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(found.title, safe='')}.md"
    return answer


@api.route(blueprint, "GET", "/api/documents/<int:document>/versions")
def history(visitor: Visitor, document: Id) -> list[Version]:
    """The versions of a document, the newest first: each ends a run of edits."""
    return versions.listed(visitor.person, channel(document))


@api.route(blueprint, "GET", "/api/documents/<int:document>/versions/<int:seq>")
def version(visitor: Visitor, document: Id, seq: Seq) -> dict[str, Any]:
    """What a document said after an entry."""
    return versions.look(visitor.person, channel(document), seq)


@api.route(blueprint, "POST", "/api/documents/<int:document>/restore", rate=limits.HEAVY)
def restore(visitor: Visitor, document: Id, seq: Seq, key: Key) -> Entry:
    """Make a document say what it said after an entry, by one more edit."""
    return versions.restore(visitor.person, channel(document), seq, key)
