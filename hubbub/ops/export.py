"""Export: a snapshot of all messages, documents and files in formats that other programs read, without secrets."""

import contextlib
import itertools
import os
import re
from pathlib import Path
from typing import Any

import msgspec

from hubbub import __version__
from hubbub.config import Config
from hubbub.core import log, node
from hubbub.core.db import copies
from hubbub.core.db.copies import Copy, Progress
from hubbub.core.db.engine import Unusable
from hubbub.documents import updates
from hubbub.files import storage

PEOPLE = "select id, name, handle, role, status, banned is not null, since from person order by id"
ROOMS = "select id, kind, name, topic, people, created_by, since, archived from room order by id"
MEMBERS = "select room, person, role, since from member order by room, person"
DOCUMENTS = "select id, room, title, created_by, since, archived from document order by id"
FILES = "select id, name, channel, seq, person, size, type, at from file where ready is not null order by at, id"
TABLES = {
    "people": (PEOPLE, "id name handle role status banned since"),
    "rooms": (ROOMS, "id kind name topic people created_by since archived"),
    "members": (MEMBERS, "room person role since"),
    "documents": (DOCUMENTS, "id room title created_by since archived"),
    "files": (FILES, "id name channel seq person size type at"),
}
PRIVATE = "user:"  # the channels that sync one person's devices: cursors and drafts


def export(config: Config, folder: Path, progress: Progress) -> tuple[int, int]:
    """Export everything, regardless of rights, to a new folder; return the numbers of entries and files."""
    if folder.exists() and any(folder.iterdir()):
        raise Unusable(f"{folder} is not empty")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with copies.opened(config.data, config.database_url) as snapshot:
            channels = [name for name, in snapshot.execute("select name from channel where head > 0 order by name")
                        if not name.startswith(PRIVATE)]
            counts = {}
            for number, channel in enumerate(channels, 1):
                counts[channel] = _channel(snapshot, channel, folder)
                progress(number, len(channels))
            _tables(snapshot, folder)
            _documents(snapshot, folder)
            files, missing = _files(snapshot, config, folder)
            _write(folder / "index.json", [{"hubbub": __version__, "at": node.now(), "entries": counts,
                                            "files": files, "missing": missing}])
    except OSError as error:
        raise Unusable(f"{folder} cannot be written: {error.strerror}") from error
    return sum(counts.values()), files


def _channel(snapshot: Copy, channel: str, folder: Path) -> int:
    """Write `channels/room-1.jsonl`, with one entry per line, as in the HTTP API."""
    path = folder / "channels" / f"{safe(channel.replace(':', '-'))}.jsonl"
    path.parent.mkdir(exist_ok=True)
    count = 0
    with open(path, "wb") as file:
        while page := log.read(snapshot, channel, count, 1000):
            for entry in page:
                file.write(msgspec.json.encode(entry) + b"\n")
            count = page[-1].seq
    return count


def _tables(snapshot: Copy, folder: Path) -> None:
    for name, (sql, fields) in TABLES.items():
        _write(folder / f"{name}.jsonl", [dict(zip(fields.split(), row, strict=True)) for row in snapshot.execute(sql)])


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def _documents(snapshot: Copy, folder: Path) -> None:
    """Write the current text of each document to `documents/7-Title.md`."""
    (folder / "documents").mkdir(exist_ok=True)
    for id, _, title, *_ in snapshot.execute(DOCUMENTS):
        document = updates.LoadedDocument(*updates.parcel(snapshot, f"doc:{id}"))
        (folder / "documents" / f"{id}-{safe(title)}.md").write_text(str(document.text), "utf-8")


def _files(snapshot: Copy, config: Config, folder: Path) -> tuple[int, list[str]]:
    """Copy the files to `files/<id>/<name>`; return how many, and the ids of those that are missing or truncated."""
    store, count, missing = storage.of(config), 0, []
    for id, name, _, _, _, size, *_ in snapshot.execute(FILES):
        target, written = folder / "files" / id / safe(name), 0
        with contextlib.suppress(FileNotFoundError):
            chunks = storage.blocks(store, id)
            first = next(chunks, b"")
            target.parent.mkdir(parents=True)
            with open(target, "wb") as file:
                written = sum(map(file.write, itertools.chain([first], chunks)))
            count += 1
        if written != size:
            missing.append(id)
    return count, missing


def safe(name: str) -> str:
    """Return a name that is valid on every file system, in any script: no path, no wildcards, at most 200 bytes."""
    bare = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", name).strip(". ")
    return bare.encode()[:200].decode(errors="ignore").strip(". ") or "_"
