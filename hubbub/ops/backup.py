"""Backup and restore: write all data to one file while the server runs, and put it back."""

import os
import re
import shutil
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from hubbub import __version__
from hubbub.config import Config
from hubbub.core import db, node
from hubbub.core.db import copies, migrate
from hubbub.core.db.copies import Copy, Progress
from hubbub.core.db.engine import Unusable
from hubbub.ops import archive
from hubbub.ops.archive import Manifest

STORED = re.compile(r"files/[0-9a-z-]{2}/[0-9a-z.-]{1,80}")
SECRETS = {
    "password hashes": "select count(*) from person where password is not null",
    "sign-ins and tokens (hashes)": "select count(*) from sign_in",
    "invite links (hashes)": "select count(*) from invite",
    "the private key of Web Push": "select count(*) from setting where name = 'vapid'",
    "push subscriptions": "select count(*) from push_subscription",
}
FORGET = "delete from document_client"  # so that pages may send back other people's edits too: docs/decisions/0017
DATA = ("hubbub.db", "hubbub.db-wal", "hubbub.db-shm", "files")  # of a data folder, except copies and locks


def backup(config: Config, target: Path, progress: Progress) -> Manifest:
    """Write a consistent snapshot of all data to `target`; the server may be running."""
    with copies.opened(config.data, config.database_url) as snapshot, archive.written(target) as (writer, temporary):
        sizes = _file_sizes(snapshot)
        for name, chunks in snapshot.parts(temporary, lambda done, all: progress(done, all + len(sizes))):
            writer.add(name, chunks)
        temporary.unlink(missing_ok=True)
        written, missing = 0, []
        for number, id in enumerate(sorted(sizes), 1):
            paths = _stored(config.data, id)
            if not any(path.name == id and sizes[id] in (0, path.stat().st_size) for path in paths):
                missing.append(id)
            for path in paths:
                writer.add(str(path.relative_to(config.data)), copies.chunks(path))
                written += 1
            progress(number, len(sizes))
        manifest = _manifest(snapshot, written, missing)
        writer.finish(manifest)
    return manifest


def _file_sizes(snapshot: Copy) -> dict[str, int]:
    """Return the sizes of the files that the database names, by id; 0 for those whose size it does not know."""
    rows = snapshot.execute("select id, size from file where ready is not null union all "
                            "select 'avatar-' || avatar, 0 from person where avatar <> ''")
    return {id: size for id, size in rows}


def _stored(data: Path, id: str) -> list[Path]:
    """Return the paths of a file and its previews."""
    folder = data / "files" / id[:2]
    return [path for path in (folder / id, *folder.glob(f"{id}.*")) if path.exists()]


def _manifest(snapshot: Copy, files: int, missing: list[str]) -> Manifest:
    migrations = sorted(migrate.applied(snapshot.dialect, snapshot.execute))
    [(entries, channels)] = snapshot.execute("select count(*), count(distinct channel) from entry")
    secrets = [name for name, sql in SECRETS.items() if snapshot.execute(sql)[0][0]]
    return Manifest(archive.FORMAT, __version__, snapshot.dialect, node.now(), entries, channels, files, missing,
                    secrets, migrations)


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
                _unpack(parts, fresh, progress)
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


def _unpack(parts: zipfile.ZipFile, fresh: Path, progress: Progress) -> None:
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
