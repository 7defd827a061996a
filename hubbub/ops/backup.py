"""Backup and restore: everything in one file while the server runs, and back into an empty place."""

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
from hubbub.core.db.copies import Copy, Tell
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
FORGET = "delete from document_client"  # pages bring back what others typed, too: docs/decisions/0017
OWN = ("hubbub.db", "hubbub.db-wal", "hubbub.db-shm", "files")  # what a data folder is made of, beside copies and locks


def backup(config: Config, target: Path, tell: Tell) -> Manifest:
    """Write everything as it is at one moment into `target`; the server may run, and go on."""
    with copies.opened(config.data, config.database_url) as moment, archive.written(target) as (writer, aside):
        wanted = _wanted(moment)
        for name, chunks in moment.parts(aside, lambda done, all: tell(done, all + len(wanted))):
            writer.add(name, chunks)
        aside.unlink(missing_ok=True)
        found, missing = 0, []
        for number, id in enumerate(sorted(wanted), 1):
            there = _stored(config.data, id)
            if not any(path.name == id for path in there):
                missing.append(id)
            for path in there:
                writer.add(str(path.relative_to(config.data)), copies.chunks(path))
                found += 1
            tell(number, len(wanted))
        manifest = _manifest(moment, found, missing)
        writer.finish(manifest)
    return manifest


def _wanted(moment: Copy) -> set[str]:
    """The ids of the files that the database names."""
    rows = moment.execute("select id from file where ready is not null union all "
                          "select 'avatar-' || avatar from person where avatar <> ''")
    return {id for id, in rows}


def _stored(data: Path, id: str) -> list[Path]:
    """A file and its previews."""
    folder = data / "files" / id[:2]
    return [path for path in (folder / id, *folder.glob(f"{id}.*")) if path.exists()]


def _manifest(moment: Copy, files: int, missing: list[str]) -> Manifest:
    migrations = sorted(migrate.applied(moment.dialect, moment.execute))
    [(entries, channels)] = moment.execute("select count(*), count(distinct channel) from entry")
    secrets = [name for name, sql in SECRETS.items() if moment.execute(sql)[0][0]]
    return Manifest(archive.FORMAT, __version__, moment.dialect, node.now(), entries, channels, files, missing,
                    secrets, migrations)


def restore(config: Config, source: Path, replace: bool, tell: Tell) -> tuple[Manifest, Path | None]:
    """Put a backup in place; with `replace`, what is there goes into a folder whose name is returned.

    `Unusable`, with nothing changed, where it is damaged or newer, where a server runs, or something is there already.
    """
    with archive.read(source) as (parts, manifest):
        _fits(config, source, manifest)
        config.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with db.claimed(config.data):
            fresh = config.data / "restoring"
            shutil.rmtree(fresh, ignore_errors=True)
            there = [config.data / name for name in OWN if (config.data / name).exists()]
            if there and not replace:
                raise Unusable(f"there is something in {config.data} already: --replace puts it aside")
            try:
                _unpack(parts, fresh, tell)
                _check(config, parts, manifest, fresh)
                return manifest, _switch(config.data, fresh, there)
            except OSError as error:
                raise Unusable(f"{config.data}: {error.strerror}") from error
            finally:
                shutil.rmtree(fresh, ignore_errors=True)


def _fits(config: Config, source: Path, manifest: Manifest) -> None:
    dialect = "postgres" if config.database_url else "sqlite"
    if manifest.dialect != dialect:
        raise Unusable(f"{source} is of {manifest.dialect}, and this place is set up for {dialect}")
    if migrate.newer(manifest.applied, dialect):
        raise Unusable(f"{source} was made by a newer Hubbub ({manifest.hubbub}): update this one first")
    if absent := {slice for slice, _ in manifest.applied} - {step.slice for step in migrate.steps(dialect)}:
        raise Unusable(f"{source} has data of slices that are not installed here: {', '.join(sorted(absent))}")


def _unpack(parts: zipfile.ZipFile, fresh: Path, tell: Tell) -> None:
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
        tell(number, len(names))


def _check(config: Config, parts: zipfile.ZipFile, manifest: Manifest, fresh: Path) -> None:
    """The database says itself that it is sound, and has what the manifest counts."""
    if config.database_url:
        copies.load(config.database_url, manifest.applied, _tables(parts))
    with copies.opened(fresh, config.database_url) as moment:
        faults = moment.faults()
        if faults or moment.execute("select count(*) from entry") != [(manifest.entries,)]:
            raise Unusable(f"the database in the backup is broken: {'; '.join(faults[:3]) or 'entries are missing'}")
    copies.change(fresh, config.database_url, FORGET)


def _tables(parts: zipfile.ZipFile) -> Iterator[tuple[str, Iterator[bytes]]]:
    for name in parts.namelist():
        if name.startswith("tables/"):
            yield name, archive.part(parts, name)


def _switch(data: Path, fresh: Path, there: list[Path]) -> Path | None:
    """The old goes aside, then the new comes, the database last: without it, it is seen that something is missing."""
    old = data / f"before-restore-{time.strftime('%Y%m%d-%H%M%S')}" if there else None
    if old:
        old.mkdir(mode=0o700)
        for path in there:
            os.rename(path, old / path.name)
    for name in ("files", copies.DATABASE):
        if (fresh / name).exists():
            os.rename(fresh / name, data / name)
    file = os.open(data, os.O_RDONLY)
    os.fsync(file)
    os.close(file)
    return old
