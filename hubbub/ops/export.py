"""Export: everything that was said, in files that other programs read; no secrets, one moment of the database."""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import msgspec

from hubbub import __version__
from hubbub.config import Config
from hubbub.core import log, node
from hubbub.core.db import copies
from hubbub.core.db.copies import Copy, Tell
from hubbub.core.db.engine import Unusable
from hubbub.documents import updates

PEOPLE = "select id, name, handle, role, status, banned is not null, since from person order by id"
ROOMS = "select id, kind, name, topic, people, maker, since, archived from room order by id"
MEMBERS = "select room, person, role, since from member order by room, person"
DOCUMENTS = "select id, room, title, maker, since, archived from document order by id"
FILES = "select id, name, channel, seq, person, size, type, at from file where ready is not null order by at, id"
TABLES = {
    "people": (PEOPLE, "id name handle role status gone since"),
    "rooms": (ROOMS, "id kind name topic people maker since archived"),
    "members": (MEMBERS, "room person role since"),
    "documents": (DOCUMENTS, "id room title maker since archived"),
    "files": (FILES, "id name channel seq person size type at"),
}
NOT_SAID = "own:"  # what devices tell each other: cursors and drafts of one person


def export(config: Config, folder: Path, tell: Tell) -> tuple[int, int]:
    """Write all of it into a new folder; how many entries and files.  Whoever runs this may read everything."""
    if folder.exists() and any(folder.iterdir()):
        raise Unusable(f"{folder} has something in it already")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        with copies.opened(config.data, config.database_url) as moment:
            channels = [name for name, in moment.execute("select name from channel order by name")
                        if not name.startswith(NOT_SAID)]
            counts = {}
            for number, channel in enumerate(channels, 1):
                counts[channel] = _channel(moment, channel, folder)
                tell(number, len(channels))
            _tables(moment, folder)
            _documents(moment, folder)
            files = _files(moment, config.data, folder)
            _write(folder / "index.json", [{"hubbub": __version__, "at": node.now(), "entries": counts,
                                            "files": files}])
    except OSError as error:
        raise Unusable(f"{folder} cannot be written: {error.strerror}") from error
    return sum(counts.values()), files


def _channel(moment: Copy, channel: str, folder: Path) -> int:
    """`channels/room-1.jsonl`: one entry a line, in the shape that is pushed and served."""
    path = folder / "channels" / f"{safe(channel.replace(':', '-'))}.jsonl"
    path.parent.mkdir(exist_ok=True)
    count = 0
    with open(path, "wb") as file:
        while page := log.read(moment, channel, count, 1000):
            for entry in page:
                file.write(msgspec.json.encode(entry) + b"\n")
            count = page[-1].seq
    return count


def _tables(moment: Copy, folder: Path) -> None:
    for name, (sql, fields) in TABLES.items():
        _write(folder / f"{name}.jsonl", [dict(zip(fields.split(), row, strict=True)) for row in moment.execute(sql)])


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def _documents(moment: Copy, folder: Path) -> None:
    """`documents/7-Title.md`: each as it is now."""
    (folder / "documents").mkdir(exist_ok=True)
    for id, _, title, *_ in moment.execute(DOCUMENTS):
        document = updates.LoadedDocument(*updates.parcel(moment, f"doc:{id}"))
        (folder / "documents" / f"{id}-{safe(title)}.md").write_text(str(document.text), "utf-8")


def _files(moment: Copy, data: Path, folder: Path) -> int:
    """`files/<id>/<name>`."""
    count = 0
    for id, name, *_ in moment.execute(FILES):
        source, target = data / "files" / id[:2] / id, folder / "files" / id / safe(name)
        if source.exists():
            target.parent.mkdir(parents=True)
            shutil.copyfile(source, target)
            count += 1
    return count


def safe(name: str) -> str:
    """A name that is one on every disk: no path, nothing that a shell or Windows would mind, at most 120 characters."""
    kept = re.sub(r"[^\w.,+()=@ -]", "_", name).strip(". ")[:120].strip(". ")
    return kept or "_"
