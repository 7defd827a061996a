"""Where complete files lie: a folder of this machine, or a bucket of an S3-compatible store (HUBBUB_FILES_URL).

A file has a name, `<id>`, `<id>.<preview>` or `avatar-<id>`, and is written once, whole or not at all.  All functions
block, so a server calls them in a native thread.
"""

import contextlib
import hashlib
import os
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl, urlsplit

from hubbub.config import Config
from hubbub.core.access import Reads
from hubbub.core.db import Unusable

NAME = re.compile(r"(avatar-)?[0-9a-f]{32}(\.\w+)?")  # the only names that become paths
NAMED = """select id, size, name from file where ready is not null
    union all select 'avatar-' || avatar, null, 'the picture of ' || handle from person where avatar <> ''
    union all select 'avatar-' || value, null, 'the icon of the server' from setting
        where name = 'icon' and value <> ''"""
BLOCK = 1024 * 1024  # bytes of one request


class Unreachable(Unusable):
    """The store does not answer, or refuses; the message says why."""


class Stored(NamedTuple):
    """A file in the store; `at` is when it was written."""

    name: str
    size: int
    at: float


class Storage(Protocol):
    """A store of complete files; a name that is not there raises FileNotFoundError."""

    def put(self, name: str, source: Path) -> None:
        """Store a local file under a name, durably; the source may be gone afterwards.  Idempotent."""

    def size(self, name: str) -> int: ...

    def read(self, name: str, start: int, end: int) -> bytes:
        """Return the bytes from `start` up to `end`, or to the end of the file."""

    def delete(self, *names: str) -> None:
        """Delete files; those that are not there are ignored."""

    def list(self) -> Iterator[Stored]: ...


class Folder:
    """A local folder: `<first two of the name>/<name>`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, name: str) -> Path:
        """Return the path of a file."""
        return self.root / key(name)

    def put(self, name: str, source: Path) -> None:
        target = self.path(name)
        target.parent.mkdir(exist_ok=True, mode=0o700)
        sync_folders(self.root)  # first, so that a file never moves to a folder that may get lost
        if source.exists() or not target.exists():
            with open(source, "rb") as file:
                os.fsync(file.fileno())
            os.replace(source, target)
        sync_folders(target.parent)  # also if the file moved earlier, before a crash

    def size(self, name: str) -> int:
        return self.path(name).stat().st_size

    def read(self, name: str, start: int, end: int) -> bytes:
        with open(self.path(name), "rb") as file:
            file.seek(start)
            return file.read(end - start)

    def delete(self, *names: str) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    def list(self) -> Iterator[Stored]:
        for path in self.root.glob("??/*"):
            with contextlib.suppress(FileNotFoundError):
                if NAME.fullmatch(path.name):
                    found = path.stat()
                    yield Stored(path.name, found.st_size, found.st_mtime)


class Bucket:
    """A bucket of an S3-compatible store, or the part of it below a prefix, by obstore."""

    def __init__(self, url: str) -> None:
        try:
            import obstore.store
        except ModuleNotFoundError:
            raise Unusable("files in an S3-compatible store need one more package: pip install 'hubbub[s3]'") from None
        self._obstore: Any = obstore
        where = urlsplit(url)
        options: Any = {"region": "us-east-1", **dict(parse_qsl(where.query))}
        self._store = obstore.store.S3Store(
            where.netloc, prefix=where.path.strip("/") or None, **options,
            client_options={"allow_http": options.get("endpoint", "").startswith("http://"), "timeout": "60s",
                            "connect_timeout": "5s"},
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=15)})

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (self._obstore.exceptions.BaseError, PermissionError, ValueError) as error:
            raise Unreachable(f"the store of HUBBUB_FILES_URL: {str(error).partition(chr(10))[0]}") from error

    def put(self, name: str, source: Path) -> None:
        with self._errors():
            if source.exists():
                self._obstore.put(self._store, key(name), source)
            else:
                self._obstore.head(self._store, key(name))

    def size(self, name: str) -> int:
        with self._errors():
            return int(self._obstore.head(self._store, key(name))["size"])

    def read(self, name: str, start: int, end: int) -> bytes:
        with self._errors():
            return bytes(self._obstore.get_range(self._store, key(name), start=start, end=end)) if end > start else b""

    def delete(self, *names: str) -> None:
        with self._errors():
            self._obstore.delete(self._store, [key(name) for name in names])

    def list(self) -> Iterator[Stored]:
        with self._errors():
            for page in self._obstore.list(self._store):
                for each in page:
                    name = each["path"].rpartition("/")[2]
                    if NAME.fullmatch(name) and each["path"] == key(name):
                        yield Stored(name, each["size"], each["last_modified"].timestamp())


def key(name: str) -> str:
    """Return the path of a name below the root of a store; ValueError for what is no name."""
    if not NAME.fullmatch(name):
        raise ValueError("not a name of the store")
    return f"{name[:2]}/{name}"


def of(config: Config, url: str | None = None) -> Storage:
    """Return the store of a configuration, or the one at `url`: a bucket, or with "" the data folder's `files`."""
    where = config.files_url if url is None else url
    return Bucket(where) if where else Folder(config.data / "files")


def blocks(storage: Storage, name: str) -> Iterator[bytes]:
    """Read a file, a block at a time."""
    size = storage.size(name)
    for start in range(0, size, BLOCK):
        yield storage.read(name, start, min(start + BLOCK, size))


def named(reads: Reads) -> dict[str, tuple[int | None, str]]:
    """Return the size and the title of each file that the database names; None for sizes that it does not know."""
    return {id: (size, title) for id, size, title in reads.execute(NAMED)}


def checksum(storage: Storage, name: str) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    for block in blocks(storage, name):
        digest.update(block)
    return digest.hexdigest()


def sync_folders(*folders: Path) -> None:
    """Sync the names in these folders to disk."""
    for path in folders:
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
