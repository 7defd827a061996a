"""`files.*`: upload a file, in one request or in the three steps of `files_upload_v2`, and post it."""

import io
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import to_builtins

from hubbub import limits
from hubbub.chat import messages
from hubbub.core import db, log
from hubbub.files import uploads
from hubbub.hooks.message import clean
from hubbub.hooks.mrkdwn import markdown
from hubbub.hooks.slack_api import ids, posting, show
from hubbub.hooks.slack_api.call import WHOLE, Call, method
from hubbub.hooks.slack_api.problems import Problem


@method("files.getUploadURLExternal", "write", limits.HEAVY)
def begin(call: Call) -> dict[str, Any]:
    """Begin an upload; its address is secret, and all that is needed to send the bytes."""
    length = call.arguments.needed("length")
    if not WHOLE.fullmatch(length):
        raise Problem("invalid_arguments")
    name = call.arguments.text("filename", default="file")
    upload = uploads.begin(call.person, uploads.UNDECIDED, name, int(length))
    return {"file_id": upload.id, "upload_url": f"{call.server}/api/slack/upload/{upload.id}"}


def expected(id: str) -> int:
    """Return how many bytes an upload has; refuse one that does not exist."""
    return uploads.progress(uploads.owner(id), id).size


def receive(id: str, length: int, read: Callable[[int], bytes]) -> int:
    """Store the bytes of a file, as `read` returns them; return how many.  A repeated request goes on where it was."""
    person = uploads.owner(id)
    upload = uploads.progress(person, id)
    if length != upload.size:
        raise Problem("invalid_arguments", 400)
    skipped = 0
    while skipped < upload.received < upload.size:
        skipped += len(_exactly(read, min(uploads.CHUNK, upload.received - skipped))) or upload.size
    while upload.file is None:
        chunk = _exactly(read, min(uploads.CHUNK, upload.size - upload.received))
        upload = db.retry(partial(uploads.add, person, id, upload.received, chunk))
    return upload.size


def _exactly(read: Callable[[int], bytes], size: int) -> bytes:
    """Return `size` bytes, or fewer where they end."""
    parts = []
    while size and (part := read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


@method("files.completeUploadExternal", "write", limits.POST)
def complete(call: Call) -> dict[str, Any]:
    """Post uploaded files in a room; without a room, they stay with the caller for a day."""
    wanted = call.arguments.decoded("files")
    named = [one.get("id") for one in wanted if isinstance(one, dict)] if isinstance(wanted, list) else []
    files = [id for id in named if isinstance(id, str)]
    if not files or len(files) != len(wanted):
        raise Problem("invalid_arguments")
    if len(files) > messages.FILES_LIMIT:
        raise Problem("too_many_files")
    return {"files": _send(call, files)}


@method("files.upload", "write", limits.HEAVY)
def upload(call: Call) -> dict[str, Any]:
    """Upload a file, or its text, and post it."""
    stream = call.body.stream if call.body else io.BytesIO(call.arguments.needed("content").encode())
    length = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    own_name = call.body.filename if call.body else ""
    name = call.arguments.text("filename", "title", default=own_name or "file.txt")
    begun = uploads.begin(call.person, uploads.UNDECIDED, name, length)
    try:
        receive(begun.id, length, stream.read)
        [file] = _send(call, [begun.id])
    except Exception:
        uploads.cancel(call.person, begun.id)
        raise
    return {"file": file}


def _send(call: Call, files: list[str]) -> list[dict[str, Any]]:
    """Post files, once, where the arguments say."""
    rooms = call.arguments.list("channels")
    if len(rooms) > 1:
        raise Problem("invalid_arguments")
    room = call.arguments.text("channel_id", "channel", default="".join(rooms))
    if not room:
        return [_ready(call, id) for id in files]
    channel = ids.target(db, call.person, room)
    comment = clean(markdown(call.arguments.text("initial_comment")[:messages.TEXT_LIMIT]))
    draft = messages.Draft(thread=posting.thread(call, channel), files=tuple(files))
    with call.charge(channel), posting.refusing(call, channel, "post"), db.transaction(channel) as tx:
        uploads.choose(tx, call.person, channel, files)
        text, key = ids.mentions(tx, call.person, comment), log.server_key("files", files[0])
        entry = messages.post_in(tx, call.person, channel, text, key, draft)
    shares = {channel: [{"ts": ids.ts(entry.at, entry.seq)}]}
    return [{**show.file(one, call.server), "channels": [channel], "shares": {"public": shares}}
            for one in entry.data.get("files", ())]


def _ready(call: Call, id: str) -> dict[str, Any]:
    found = uploads.progress(call.person, id).file
    if found is None:
        raise Problem("file_not_found")
    return show.file({"type": "", **to_builtins(found)}, call.server)
