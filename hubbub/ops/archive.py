"""A backup is one file: a zip with a manifest, behind which stands the SHA-256 of all its bytes.

It is written under another name, synced and renamed, so there is never half of one; and nothing of it is believed
before the sum is right.
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
COMPRESSED = 1  # level: most of it are pictures, which do not shrink


class Manifest(msgspec.Struct):
    """What is in a backup; `missing` are files that the database names and the disk did not have."""

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
    migration: int = 0  # in format 1, from the time before slices: all up to this number

    @property
    def applied(self) -> set[migrate.Id]:
        """What its database has of all migrations."""
        return {*self.migrations, *map(migrate.numbered, range(1, self.migration + 1))}


class Writer:
    """Adds parts to a backup."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=COMPRESSED)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """One part, in bounded memory."""
        with self._zip.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)

    def finish(self, manifest: Manifest) -> None:
        """The manifest, and room for the sum."""
        self._zip.writestr(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))
        self._zip.comment = b"0" * SUM

    def close(self) -> None:
        """Nothing comes after this."""
        self._zip.close()


@contextlib.contextmanager
def written(target: Path) -> Iterator[tuple[Writer, Path]]:
    """A new backup, and a name beside it for what lies there meanwhile; there afterwards whole or not at all."""
    if target.exists():
        raise Unusable(f"{target} is there already")
    half, aside = target.with_name(f".{target.name}.part"), target.with_name(f".{target.name}.aside")
    try:
        with open(os.open(half, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "r+b") as file:
            writer = Writer(file)
            with contextlib.closing(writer):
                yield writer, aside
            file.seek(-SUM, os.SEEK_END)
            file.write(_sum(file).encode())
            file.flush()
            os.fsync(file.fileno())
        os.rename(half, target)
        _sync(target.parent)
    except OSError as error:
        raise Unusable(f"{target} cannot be written: {error.strerror}") from error
    finally:
        for path in (half, aside):
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def read(source: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """A backup whose every byte is as it was written; `Unusable` says what else it is."""
    try:
        with open(source, "rb") as file:
            end = file.seek(0, os.SEEK_END) - SUM
            file.seek(max(0, end))
            said = file.read()
            if end < 0 or _sum(file) != said.decode(errors="replace"):
                raise Unusable(f"{source} is damaged, or no backup of Hubbub: nothing was changed")
            with zipfile.ZipFile(file) as parts:
                manifest = msgspec.json.decode(parts.read(MANIFEST), type=Manifest)
                if manifest.format > FORMAT:
                    raise Unusable(f"{source} was made by a newer Hubbub ({manifest.hubbub}): update this one first")
                yield parts, manifest
    except OSError as error:
        raise Unusable(f"{source} cannot be read: {error.strerror}") from error
    except (zipfile.BadZipFile, KeyError, msgspec.DecodeError) as error:
        raise Unusable(f"{source} is no backup of Hubbub: nothing was changed") from error


def part(parts: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """The bytes of a part, a megabyte at a time."""
    with parts.open(name) as file:
        while chunk := file.read(copies.CHUNK):
            yield chunk


def _sum(file: IO[bytes]) -> str:
    """Of all but the last 64 bytes."""
    found = hashlib.sha256()
    left = file.seek(0, os.SEEK_END) - SUM
    file.seek(0)
    while left > 0 and (chunk := file.read(min(copies.CHUNK, left))):
        found.update(chunk)
        left -= len(chunk)
    return found.hexdigest()


def _sync(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY)
    os.fsync(file)
    os.close(file)
