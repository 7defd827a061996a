"""The files of imported messages, in a second pass: from the export itself, or downloaded with a token."""

import hashlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import requests

from hubbub.chat import search
from hubbub.core import db, log, node
from hubbub.core.access import Refused
from hubbub.core.log import Entry
from hubbub.files import uploads
from hubbub.imports.archive import BROKEN
from hubbub.imports.plan import line
from hubbub.imports.records import Export, File, Message
from hubbub.imports.report import Report
from hubbub.imports.rooms import Opened
from hubbub.notifications.addresses import Forbidden
from hubbub.notifications.outgoing import Session

BLOCK = 256 * 1024
TRIES, LONGEST_WAIT = 5, 60.0  # of a download that should be tried again, and the seconds between two
FAILED = "files that could not be fetched"
TOO_LARGE = "files over the limit of this server"
EMPTY = "files that are empty"

PLACES = "select id, seq from imported where room = :room and id = any(:ids)"
DONE = "insert into imported (room, id, seq) values (:room, :id, :seq)"


class Failed(Exception):
    """A file that cannot be fetched, and why."""


class Files:
    """Attaches the files of an export to its messages; what was done by an earlier run is left out."""

    def __init__(self, export: Export, token: str, report: Report, session: Session | None = None) -> None:
        self.export, self._token, self.report = export, token, report
        self._session = session or Session()
        self._folder = node.current().config.data / "files"

    def attach(self, opened: Opened, messages: Iterator[Message]) -> None:
        """Attach the files of the messages of a room."""
        for message in messages:
            if message.files and not message.is_deleted:
                self._of(opened, message)

    def _of(self, opened: Opened, message: Message) -> None:
        ids = [message.id, *(f"{message.id}/f/{file.id}" for file in message.files)]
        places = dict(db.execute(PLACES, room=opened.number, ids=ids))
        for file, done in zip(message.files, ids[1:], strict=True):
            if message.id not in places or done in places or not file.is_available(bool(self._token)):
                continue
            try:
                with tempfile.TemporaryDirectory(dir=self._folder) as folder:
                    source = Path(folder, "file")
                    self._fetch(file, source)
                    if self._put(opened, message, file, places[message.id], source, done):
                        self.report.added["files"] += 1
            except Failed as problem:
                self.report.note(str(problem), file.name)
            except (requests.RequestException, Forbidden) as problem:  # its message has the address, which is a secret
                self.report.note(FAILED, f"{file.name}: {type(problem).__name__}")
            except (*BROKEN, Refused) as problem:
                self.report.note(FAILED, f"{file.name}: {problem or type(problem).__name__}")

    def _fetch(self, file: File, to: Path) -> None:
        most = node.current().config.file_limit
        if file.path:
            with self.export.archive.open(file.path) as source:
                size = save(iter(lambda: source.read(BLOCK), b""), to, most)
        else:
            size = download(self._session, file.url, self._token, to, most)
        if not size:
            raise Failed(EMPTY)

    def _put(self, opened: Opened, message: Message, file: File, seq: int, source: Path, done: str) -> bool:
        """Store a file and attach it, in place of the line that stood for it; False if the message was deleted."""
        place = f"{self.export.source}/{opened.number}/{done}"
        entry = _entry(db, opened.channel, seq)
        if "text" not in entry.data:
            return False
        stored = uploads.add_whole(entry.author, opened.channel, hashlib.sha256(place.encode()).hexdigest()[:32],
                                   file.name, source)

        def put() -> bool:
            with db.transaction(opened.channel) as tx:
                if "text" not in _entry(tx, opened.channel, seq).data:
                    return False
                _attach(tx, opened.channel, seq, stored, line(file), message.at)
                tx.execute(DONE, room=opened.number, id=done, seq=seq)
                return True

        return db.retry(put)


def _entry(reads: Any, channel: str, seq: int) -> Entry:
    [entry] = log.read(reads, channel, seq - 1, 1)
    return entry


def _attach(tx: db.Transaction, channel: str, seq: int, file: uploads.File, instead_of: str, at: float) -> None:
    """Put a file into the entry of a message, and take the line for it out of its text, also where it was edited."""
    entry = _entry(tx, channel, seq)
    data = {**entry.data, "files": [*entry.data.get("files", ()), msgspec.to_builtins(file)],
            "text": _without(entry.data["text"], instead_of)}
    log.blank(tx, channel, [seq], data)
    text = data["text"]
    for edit, in tx.execute("select seq from edit where channel = :channel and target = :seq order by seq",
                            channel=channel, seq=seq):
        edited = _entry(tx, channel, edit).data
        text = _without(edited["text"], instead_of)
        log.blank(tx, channel, [edit], {**edited, "text": text})
    tx.execute("update message set text = :text where channel = :channel and seq = :seq and text is not null",
               channel=channel, seq=seq, text=text)
    uploads.attach(tx, seq, [file.id], at)
    search.change(tx, msgspec.structs.replace(entry, data=data), text)


def _without(text: str, line: str) -> str:
    lines = text.split("\n")
    if line in lines:
        lines.remove(line)
    return "\n".join(lines).strip()


def save(blocks: Iterator[bytes], to: Path, most: int) -> int:
    """Write blocks to a file and return its size; refuse more than `most` bytes."""
    size = 0
    with open(to, "wb") as target:
        for block in blocks:
            size += len(block)
            if size > most:
                raise Failed(TOO_LARGE)
            target.write(block)
    return size


def download(session: Session, url: str, token: str, to: Path, most: int) -> int:
    """Download a file with a token, through the client that reaches no private address; return its size."""
    for _ in range(TRIES):
        request = session.prepare_request(requests.Request("GET", url, {"Authorization": f"Bearer {token}"}))
        response = requests.Session.send(session, request, stream=True, timeout=(5, 30), proxies={},
                                         allow_redirects=False)
        with response:
            if response.status_code == 429 or response.status_code >= 500:
                node.sleep(_wait(response.headers.get("Retry-After", "")))
                continue
            if response.status_code != 200:
                raise Failed(f"{FAILED}: the answer was {response.status_code}")
            if response.headers.get("Content-Type", "").startswith("text/html"):
                raise Failed(f"{FAILED}: the answer was a page to sign in, so the token is not valid for them")
            return save(response.iter_content(BLOCK), to, most)
    raise Failed(f"{FAILED}: the server is busy")


def _wait(text: str) -> float:
    return min(float(text), LONGEST_WAIT) if text.isdecimal() else 1.0
