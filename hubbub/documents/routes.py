"""HTTP routes of documents: create, list, change and export them; their versions."""

from typing import Annotated, Any

from flask import Blueprint, Response
from msgspec import Meta

from hubbub import limits
from hubbub.core import db
from hubbub.core.access import Visitor
from hubbub.core.log import Entry
from hubbub.documents import model, search, updates, versions
from hubbub.documents.model import Document, channel
from hubbub.documents.versions import Version
from hubbub.web import api, headers
from hubbub.web.schema import Channel, Key, Seq

blueprint = Blueprint("documents", __name__)

Title = Annotated[str, Meta(max_length=1000)]
Id = Annotated[int, Meta(ge=0)]
Found = Annotated[int, Meta(ge=1, le=50)]
Limit = Annotated[int, Meta(ge=1, le=model.MOST)]


@api.route(blueprint, "POST", "/api/documents", status=201, rate=limits.HEAVY)
def create(visitor: Visitor, room: Channel, title: Title, key: Key) -> Document:
    """Create an empty document in a room; a repeated key returns the first one."""
    return model.create(visitor.person, room, title, key)


@api.route(blueprint, "GET", "/api/documents")
def listed(visitor: Visitor, room: str = "", archived: bool = False, before: Id = 0,
           limit: Limit = model.MOST) -> list[Document]:
    """List the documents of a room, or of all you may read, last changed first; `before` is the last id of a page."""
    with db.snapshot() as reads:
        return model.listed(reads, visitor.person, room, archived, before, limit)


@api.route(blueprint, "GET", "/api/documents/search", rate=limits.HEAVY)
def find(visitor: Visitor, q: str, room: str = "", limit: Found = 20) -> list[search.Found]:
    """Find the documents that you may read with all words of `q`: first those with them in the title."""
    return search.find(visitor.person, q, room, limit)


@api.route(blueprint, "GET", "/api/documents/<int:document>")
def get(visitor: Visitor, document: Id) -> Document:
    """Return a document: its room, title and last edit. Its text is in the window of `doc:<id>`, or at `text`."""
    return model.get(db, visitor.person, channel(document))


@api.route(blueprint, "PATCH", "/api/documents/<int:document>")
def change(visitor: Visitor, document: Id, key: Key, title: Title | None = None,
           archived: bool | None = None) -> Document:
    """Change the title of a document, archive or restore it."""
    return model.change(visitor.person, channel(document), key, title, archived)


@api.route(blueprint, "GET", "/document/<int:document>/text", returns=bytes)
def text(visitor: Visitor, document: Id) -> Response:
    """Download the text of a document as a Markdown file."""
    found = model.get(db, visitor.person, channel(document))
    markdown, _ = updates.text(channel(document))
    answer = Response(markdown, mimetype="text/markdown")
    answer.headers["Content-Disposition"] = headers.disposition(f"{found.title}.md")
    return answer


@api.route(blueprint, "GET", "/api/documents/<int:document>/text")
def read(visitor: Visitor, document: Id) -> dict[str, Any]:
    """Return the title and the text of a document, in Markdown, and the seq of the last entry in it."""
    found = model.get(db, visitor.person, channel(document))
    markdown, seq = updates.text(channel(document))
    return {"title": found.title, "text": markdown, "seq": seq}


@api.route(blueprint, "POST", "/api/documents/<int:document>/text", rate=limits.HEAVY)
def append(visitor: Visitor, document: Id, text: str, key: Key) -> Entry:
    """Append a paragraph of Markdown to a document, as an edit that is merged with those of others."""
    return versions.append(visitor.person, channel(document), text, key)


@api.route(blueprint, "GET", "/api/documents/<int:document>/versions")
def history(visitor: Visitor, document: Id) -> list[Version]:
    """List the versions of a document, the newest first: each ends a run of edits."""
    return versions.listed(visitor.person, channel(document))


@api.route(blueprint, "GET", "/api/documents/<int:document>/versions/<int:seq>")
def version(visitor: Visitor, document: Id, seq: Seq) -> dict[str, Any]:
    """Return the text of a document after an entry."""
    return versions.get(visitor.person, channel(document), seq)


@api.route(blueprint, "POST", "/api/documents/<int:document>/restore", rate=limits.HEAVY)
def restore(visitor: Visitor, document: Id, seq: Seq, key: Key) -> Entry:
    """Restore the text that a document had after an entry, as a new edit."""
    return versions.restore(visitor.person, channel(document), seq, key)
