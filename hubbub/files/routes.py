"""Files over HTTP: sent in chunks, and served so that nothing in them can act.

What is shown in place is what we made ourselves (previews) or what a browser only plays; everything else is a download.
Rights are asked at each request: a browser keeps a copy, but must ask whether it still may show it.
"""

from pathlib import Path
from typing import Annotated, Any

from flask import Blueprint, Response, request, send_file
from gevent.fileobject import FileObjectThread
from msgspec import Meta
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from hubbub import limits
from hubbub.core.access import Refused, Visitor
from hubbub.files import store, types, uploads
from hubbub.files.uploads import Row, Upload
from hubbub.web import api
from hubbub.web.schema import Channel, Seq

blueprint = Blueprint("files", __name__)

Id = Annotated[str, Meta(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, Meta(min_length=1, max_length=500)]

POLICY = "default-src 'none'; sandbox"
KEPT = "private, no-cache"
PIECE = 256 * 1024  # bytes that are read at once, off the loop


@api.route(blueprint, "POST", "/api/files", status=201, rate=limits.HEAVY)
def begin(visitor: Visitor, channel: Channel, name: Name, size: Seq) -> Upload:
    """Say that a file of `size` bytes will come into a channel; then PUT it in chunks of at most `chunk` bytes."""
    return uploads.begin(visitor.person, channel, name, size)


@api.route(blueprint, "PUT", "/api/files/<file>", rate=limits.STREAM)
def add(visitor: Visitor, file: Id, offset: Seq, body: bytes) -> Upload:
    """Send the bytes at `offset`, where the last ones ended; the answer has the `file` once all are here."""
    return uploads.add(visitor.person, file, offset, body)


@api.route(blueprint, "GET", "/api/files/<file>")
def look(visitor: Visitor, file: Id) -> Upload:
    """How far one's own file has arrived, to go on from there after a cut."""
    return uploads.look(visitor.person, file)


@api.route(blueprint, "DELETE", "/api/files/<file>")
def cancel(visitor: Visitor, file: Id) -> None:
    """Take back a file that belongs to no message yet."""
    uploads.cancel(visitor.person, file)


@api.route(blueprint, "GET", "/files/<file>/thumb", returns=bytes)
def thumb(visitor: Visitor, file: Id) -> Response:
    """A small picture of a picture, at most 480 pixels wide and high."""
    return _preview(uploads.find(visitor.person, file), "thumb")


@api.route(blueprint, "GET", "/files/<file>/view", returns=bytes)
def view(visitor: Visitor, file: Id) -> Response:
    """A picture as it is shown, at most 2,048 pixels wide and high, without what else was in its file."""
    return _preview(uploads.find(visitor.person, file), "view")


@api.route(blueprint, "GET", "/files/<file>/<name>", returns=bytes)
def download(visitor: Visitor, file: Id, name: Name) -> Response:
    """The file as it was sent: sound and film to play, with ranges; everything else to be kept under its name."""
    row = uploads.find(visitor.person, file)
    if row.type in types.PLAYED:
        return _send(store.place(file), row.type, file, download_name=row.name)
    return _send(store.place(file), types.OTHER, file, download_name=row.name, as_attachment=True)


def _preview(row: Row, part: str) -> Response:
    if not row.width:
        raise Refused("there is no picture of this file", "absent")
    return _send(store.place(row.id, part), "image/webp", f"{row.id}-{part}")


def _send(path: Path, type: str, tag: str, **how: Any) -> Response:
    """Bytes piece by piece, in ranges where that is asked; nothing in them may act, whatever it pretends to be."""
    try:
        file = FileObjectThread(path, "rb")
    except FileNotFoundError:
        raise Refused("there is no such file", "absent") from None
    answer = send_file(file, mimetype=type, etag=tag, conditional=False, **how)
    answer.response = FileWrapper(file, PIECE)  # type: ignore[arg-type]
    answer.content_length = size = path.stat().st_size
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = KEPT
    try:
        answer.make_conditional(request.environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return answer
