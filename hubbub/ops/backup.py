"""Backup and restore: write all data to one file while the server runs, and put it back."""

import contextlib
import itertools
import os
import re
import secrets
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from hubbub import __version__
from hubbub.config import Config
from hubbub.core import db, node
from hubbub.core.db import copies, migrate
from hubbub.core.db.copies import Copy, Progress
from hubbub.core.db.engine import Unusable
from hubbub.files import storage
from hubbub.files.storage import Storage
from hubbub.ops import archive
from hubbub.ops.archive import Manifest

STORED = re.compile(r"files/[0-9a-z-]{2}/[0-9a-z.-]{1,80}")
SECRETS = {
    "password hashes": "select count(*) from person where password is not null",
    "sign-ins and tokens (hashes)": "select count(*) from sign_in",
    "invite links (hashes)": "select count(*) from invite",
    "the private key of Web Push": "select count(*) from setting where name = 'vapid'",
    "the key of links in e-mails": "select count(*) from setting where name = 'mail_links'",
    "push subscriptions": "select count(*) from push_subscription",
}
FORGET = "delete from document_client"  # so that pages may send back other people's edits too: docs/decisions/0017
DATA = ("hubbub.db", "hubbub.db-wal", "hubbub.db-shm", "files")  # of a data folder, except copies and locks


def backup(config: Config, target: Path, progress: Progress) -> Manifest:
    """Write a consistent snapshot of all data to `target`; the server may be running."""
    with copies.opened(config.data, config.database_url) as snapshot, archive.written(target) as (writer, temporary):
        return _write(config, snapshot, writer, temporary, progress)


def stream(config: Config, to: IO[bytes], progress: Progress) -> Manifest:
    """Write the same to a pipe.  Its reader must notice where it broke off: the checksum at the end is missing."""
    file = archive.Stream(to)
    temporary = config.data / f".backup-{secrets.token_hex(8)}.tmp"
    try:
        with copies.opened(config.data, config.database_url) as snapshot:
            writer = archive.Writer(cast(IO[bytes], file))
            with contextlib.closing(writer):
                manifest = _write(config, snapshot, writer, temporary, progress)
            file.finish()
    finally:
        temporary.unlink(missing_ok=True)
    return manifest


def _write(config: Config, snapshot: Copy, writer: archive.Writer, temporary: Path, progress: Progress) -> Manifest:
    named = storage.named(snapshot)
    for name, chunks in snapshot.parts(temporary, lambda done, all: progress(done, all + len(named))):
        writer.add(name, chunks)
    temporary.unlink(missing_ok=True)
    written, missing = _add_files(writer, storage.of(config), named, progress)
    manifest = _manifest(snapshot, written, missing)
    writer.finish(manifest)
    return manifest


def _add_files(writer: archive.Writer, store: Storage, named: dict[str, tuple[int | None, str]],
               progress: Progress) -> tuple[int, list[str]]:
    """Add the files that the database names, with their previews; return how many, and the ids of missing ones."""
    stored: dict[str, list[storage.Stored]] = {}
    for file in store.list():
        stored.setdefault(file.name.partition(".")[0], []).append(file)
    written, missing = 0, []
    for number, (id, (size, _)) in enumerate(sorted(named.items()), 1):
        is_whole = False
        for file in sorted(stored.get(id, ())):
            chunks = storage.blocks(store, file.name)
            with contextlib.suppress(FileNotFoundError):  # it was deleted meanwhile
                first = next(chunks, b"")
                writer.add(f"files/{storage.key(file.name)}", itertools.chain([first], chunks))
                written += 1
                is_whole |= file.name == id and size in (None, file.size)
        if not is_whole:
            missing.append(id)
        progress(number, len(named))
    return written, missing


def _manifest(snapshot: Copy, files: int, missing: list[str]) -> Manifest:
    migrations = sorted(migrate.applied(snapshot.dialect, snapshot.execute))
    [(entries, channels)] = snapshot.execute("select count(*), count(distinct channel) from entry")
    found = [name for name, sql in SECRETS.items() if snapshot.execute(sql)[0][0]]
    return Manifest(archive.FORMAT, __version__, snapshot.dialect, node.now(), entries, channels, files, missing,
                    found, migrations)


def restore(config: Config, source: Path, replace: bool, progress: Progress) -> tuple[Manifest, Path | None]:
    """Restore a backup; with `replace`, existing data moves to a folder whose path is returned.

    `Unusable`, with nothing changed, if the backup is damaged or newer, if a server is running, or if there is data.
    """
    with archive.read(source) as (parts, manifest):
        _check_compatible(config, source, manifest)
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with db.claimed(config.data):
            fresh = config.data / "restoring"
            shutil.rmtree(fresh, ignore_errors=True)
            existing = [config.data / name for name in DATA if (config.data / name).exists()]
            if existing and not replace:
                raise Unusable(f"{config.data} already contains data: use --replace to move it to another folder")
            try:
                names = _unpack(parts, fresh, progress)
                if config.files_url:
                    _fill_store(storage.of(config), names, fresh)
                _check(config, parts, manifest, fresh)
                return manifest, _switch(config.data, fresh, existing)
            except OSError as error:
                raise Unusable(f"{config.data}: {error.strerror}") from error
            finally:
                shutil.rmtree(fresh, ignore_errors=True)


def _check_compatible(config: Config, source: Path, manifest: Manifest) -> None:
    dialect = "postgres" if config.database_url else "sqlite"
    if manifest.dialect != dialect:
        raise Unusable(f"{source} is a backup of {manifest.dialect}, but this server is set up for {dialect}")
    if migrate.newer(manifest.applied, dialect):
        raise Unusable(f"{source} was made by a newer Hubbub ({manifest.hubbub}): update this one first")
    if absent := {slice for slice, _ in manifest.applied} - {step.slice for step in migrate.steps(dialect)}:
        raise Unusable(f"{source} has data of slices that are not installed here: {', '.join(sorted(absent))}")


def _unpack(parts: zipfile.ZipFile, fresh: Path, progress: Progress) -> list[str]:
    """Unpack the database and the files to a folder; return their paths in it."""
    fresh.mkdir(mode=0o700)
    names = [name for name in parts.namelist() if name == copies.DATABASE or STORED.fullmatch(name)]
    for number, name in enumerate(names, 1):
        path = fresh / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            for chunk in archive.part(parts, name):
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        progress(number, len(names))
    return names


def _fill_store(store: Storage, names: list[str], fresh: Path) -> None:
    """Put the unpacked files into an empty bucket, or into one that an interrupted run has begun to fill."""
    files = {Path(name).name: fresh / name for name in names if name.startswith("files/")}
    if other := next((stored.name for stored in store.list() if stored.name not in files), ""):
        raise Unusable(f"the store of HUBBUB_FILES_URL has other files, such as {other}: use an empty bucket or prefix")
    for name, path in files.items():
        store.put(name, path)
    shutil.rmtree(fresh / "files", ignore_errors=True)


def _check(config: Config, parts: zipfile.ZipFile, manifest: Manifest, fresh: Path) -> None:
    """Check the integrity of the unpacked database, and the number of its entries against the manifest."""
    if config.database_url:
        copies.load(config.database_url, manifest.applied, _tables(parts))
    with copies.opened(fresh, config.database_url) as snapshot:
        faults = snapshot.faults()
        if faults or snapshot.execute("select count(*) from entry") != [(manifest.entries,)]:
            raise Unusable(f"the database in the backup is broken: {'; '.join(faults[:3]) or 'entries are missing'}")
    copies.change(fresh, config.database_url, FORGET)


def _tables(parts: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[bytes]]]:
    for name in parts.namelist():
        if name.startswith("tables/"):
            yield name, archive.part(parts, name)


def _switch(data: Path, fresh: Path, existing: list[Path]) -> Path | None:
    """Move the old data to a folder, then the new into place; the database last, so that a crash leaves none."""
    old = data / f"before-restore-{time.strftime('%Y%m%d-%H%M%S')}" if existing else None
    if old:
        old.mkdir(mode=0o700)
        for path in existing:
            os.rename(path, old / path.name)
    for name in ("files", copies.DATABASE):
        if (fresh / name).exists():
            os.rename(fresh / name, data / name)
    file = os.open(data, os.O_RDONLY)
    os.fsync(file)
    os.close(file)
    return old
