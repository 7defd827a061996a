"""HTTP routes for files: uploads in chunks, and downloads that cannot run code in the page.

Only previews, which the server makes itself, and media that browsers only play are shown inline, animated pictures
among them; everything else is a download.  Each request checks the rights: browsers may cache a file, but must
revalidate it before they show it.
"""

import logging
from typing import Annotated, Any

from flask import Blueprint, Response, request, send_file
from msgspec import Meta
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import FileWrapper

from hubbub import limits
from hubbub.core import node
from hubbub.core.access import Refused, Visitor
from hubbub.files import store, types, uploads
from hubbub.files.uploads import Row, Upload
from hubbub.web import api, headers
from hubbub.web.schema import Channel, Seq

blueprint = Blueprint("files", __name__)

Id = Annotated[str, Meta(min_length=32, max_length=32, pattern="^[0-9a-f]{32}$")]
Name = Annotated[str, Meta(min_length=1, max_length=500)]

POLICY = "default-src 'none'; sandbox"
CACHED = "private, no-cache"
logger = logging.getLogger(__name__)
damaged: node.State[set[str]] = node.state(set)  # files whose damage this node has logged

BLOCK = 256 * 1024  # bytes of one read, off the event loop
REMOTE_BLOCK = 1024 * 1024  # of one request to a bucket


@api.route(blueprint, "POST", "/api/files", status=201, rate=limits.HEAVY)
def begin(visitor: Visitor, channel: Channel, name: Name, size: Seq) -> Upload:
    """Begin the upload of a file of `size` bytes to a channel; then PUT it in chunks of at most `chunk` bytes."""
    return uploads.begin(visitor.person, channel, name, size)


@api.route(blueprint, "PUT", "/api/files/<file>", rate=limits.STREAM)
def add(visitor: Visitor, file: Id, offset: Seq, body: bytes) -> Upload:
    """Upload the bytes at `offset`, where the last chunk ended; the last response has the complete `file`."""
    return uploads.add(visitor.person, file, offset, body)


@api.route(blueprint, "GET", "/api/files/<file>")
def progress(visitor: Visitor, file: Id) -> Upload:
    """Return the progress of your upload, to resume it after an interruption."""
    return uploads.progress(visitor.person, file)


@api.route(blueprint, "DELETE", "/api/files/<file>")
def cancel(visitor: Visitor, file: Id) -> None:
    """Cancel an upload, or delete a file that belongs to no message yet."""
    uploads.cancel(visitor.person, file)


@api.route(blueprint, "GET", "/files/<file>/thumb", returns=bytes)
def thumb(visitor: Visitor, file: Id) -> Response:
    """Return a thumbnail of a picture, at most 480 pixels wide and high."""
    return _preview(uploads.find(visitor.person, file), "thumb")


@api.route(blueprint, "GET", "/files/<file>/view", returns=bytes)
def view(visitor: Visitor, file: Id) -> Response:
    """Return a picture for display, at most 2,048 pixels wide and high, without metadata."""
    return _preview(uploads.find(visitor.person, file), "view")


@api.route(blueprint, "GET", "/files/<file>/<name>", returns=bytes)
def download(visitor: Visitor, file: Id, name: Name) -> Response:
    """Return the file as it was uploaded: audio, video and animated pictures inline; all others as a download."""
    row = uploads.find(visitor.person, file)
    is_played = row.type in types.PLAYED or row.animated == 1
    answer = _send(file, row.type if is_played else types.OTHER, file, row.size)
    answer.headers["Content-Disposition"] = headers.disposition(row.name, inline=is_played)
    return answer


def _preview(row: Row, part: str) -> Response:
    if not row.width:
        raise Refused("error.preview_not_found", "not_found")
    return _send(f"{row.id}.{part}", "image/webp", f"{row.id}-{part}-{row.previews}")


def _open(name: str, size: int | None) -> tuple[Any, int]:
    """Open a file that the database names; Refused, and logged once, if it is missing or has another size."""
    file, problem = None, ""
    try:
        file, found = store.open_file(name)
        if found and size in (None, found):
            return file, found
        file.close()
        problem = f"has {found:,} bytes" + ("" if size is None else f" instead of {size:,}")
    except OSError as error:
        problem = str(error.strerror)
    if name not in damaged():
        damaged().add(name)
        logger.error("the file %s: %s; see `hubbub doctor`", name, problem)
    raise Refused("error.file_damaged", "not_found")


def _send(name: str, type: str, tag: str, size: int | None = None) -> Response:
    """Stream a file, or the requested range of it, with a policy that stops scripts whatever its content.

    A request for several ranges gets the whole file (RFC 9110, 14.2: a server may ignore a Range header).
    """
    file, size = _open(name, size)
    answer = send_file(file, mimetype=type, etag=tag, conditional=False)
    answer.response = FileWrapper(file, REMOTE_BLOCK if isinstance(file, store.RemoteFile) else BLOCK)
    answer.content_length = size
    answer.headers["Content-Security-Policy"] = POLICY
    answer.headers["Cache-Control"] = CACHED
    try:
        environ = dict(request.environ)
        if "," in environ.get("HTTP_RANGE", ""):
            del environ["HTTP_RANGE"]
        answer.make_conditional(environ, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return answer
