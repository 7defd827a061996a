"""The format of a backup: a zip file with a manifest, followed by the SHA-256 of all its bytes.

A backup is written under a temporary name, synced and renamed, so it is never incomplete; and it is not read before its
checksum has been verified.
"""

import contextlib
import hashlib
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

import msgspec

from hubbub.core.db import copies, migrate
from hubbub.core.db.engine import Unusable

FORMAT = 2
MANIFEST = "manifest.json"
SUM = 64  # hexadecimal digits at the end of the file, as the zip's comment
COMPRESSED = 1  # level: most of it is pictures, which do not compress


class Manifest(msgspec.Struct):
    """The contents of a backup; `missing` are files that the database names but that were not on the disk in full."""

    format: int
    hubbub: str
    dialect: str
    at: float
    entries: int
    channels: int
    files: int
    missing: list[str]
    secrets: list[str]
    migrations: list[migrate.Id] = []
    migration: int = 0  # in format 1, from before slices: the number of the last migration

    @property
    def applied(self) -> set[migrate.Id]:
        """Return the migrations that were applied to its database."""
        return {*self.migrations, *map(migrate.numbered, range(1, self.migration + 1))}


class Writer:
    """Adds parts to a backup."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSED)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add one part, in bounded memory."""
        with self._zip.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, and space for the checksum."""
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self._zip.comment = b"0" * SUM

    def close(self) -> None:
        """Close the zip file."""
        self._zip.close()


class Stream:
    """A backup as it goes to a pipe: only the last 64 bytes wait, and become the checksum of all before them."""

    def __init__(self, to: IO[bytes]) -> None:
        self._to, self._sum, self._last = to, hashlib.sha256(), b""

    def write(self, data: bytes | memoryview) -> int:
        """Pass on what is now before the last 64 bytes."""
        rest = self._last + data
        self._last = rest[-SUM:]
        self._sum.update(rest[:-SUM])
        self._to.write(rest[:-SUM])
        return len(data)

    def flush(self) -> None:
        """Flush the pipe."""
        self._to.flush()

    def finish(self) -> None:
        """Write the checksum."""
        self._to.write(self._sum.hexdigest().encode())
        self._to.flush()


@contextlib.contextmanager
def written(target: Path) -> Iterator[tuple[Writer, Path]]:
    """Write a new backup atomically; yield its writer, and a path in the same folder for a temporary file."""
    if target.exists():
        raise Unusable(f"{target} already exists")
    partial, temporary = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.tmp")
    try:
        with open(os.open(partial, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "r+b") as file:
            writer = Writer(file)
            with contextlib.closing(writer):
                yield writer, temporary
            file.seek(-SUM, os.SEEK_END)
            file.write(_checksum(file).encode())
            file.flush()
            os.fsync(file.fileno())
        os.rename(partial, target)
        _sync(target.parent)
    except OSError as error:
        raise Unusable(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for path in (partial, temporary):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def read(source: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Open a backup and verify its checksum; `Unusable` if it is damaged, newer or not a backup."""
    try:
        with open(source, "rb") as file:
            end = file.seek(0, os.SEEK_END) - SUM
            file.seek(max(0, end))
            checksum = file.read().decode(errors="replace")
            if end < 0 or _checksum(file) != checksum:
                raise Unusable(f"{source} is damaged, or not a backup of Hubbub: nothing was changed")
            with zipfile.ZipFile(file) as parts:
                manifest = msgspec.json.decode(parts.read(MANIFEST), type=Manifest)
                if manifest.format > FORMAT:
                    raise Unusable(f"{source} was made by a newer Hubbub ({manifest.hubbub}): update this one first")
                yield parts, manifest
    except OSError as error:
        raise Unusable(f"{source} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError) as error:
        raise Unusable(f"{source} is not a backup of Hubbub: nothing was changed") from error


def part(parts: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Read a part, a megabyte at a time."""
    with parts.open(name) as file:
        while chunk := file.read(copies.CHUNK):
            yield chunk


def _checksum(file: IO[bytes]) -> str:
    """Return the checksum of all bytes except the last 64."""
    checksum = hashlib.sha256()
    left = file.seek(0, os.SEEK_END) - SUM
    file.seek(0)
    while left > 0 and (chunk := file.read(min(copies.CHUNK, left))):
        checksum.update(chunk)
        left -= len(chunk)
    return checksum.hexdigest()


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    os.fsync(file)
    os.close(file)
