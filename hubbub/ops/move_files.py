"""Copy the files of a server from its folder to an S3-compatible store, from there to the folder, or between stores."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from hubbub.config import Config
from hubbub.core.db.copies import Progress
from hubbub.core.db.engine import Unusable
from hubbub.files import storage
from hubbub.files.storage import Folder, Storage, Stored

FOLDER = "folder"  # instead of an address: the data folder


class MovedFiles(NamedTuple):
    """How many files were copied, their bytes, and how many were there already."""

    copied: int
    bytes: int
    present: int


def move(config: Config, to: str, check: bool, progress: Progress) -> MovedFiles:
    """Copy all files; those that are there with their size were copied by an earlier run, with `check` verified again.

    A file appears in a store whole or not at all, and is read again and compared right after it was copied.
    """
    url = "" if to == FOLDER else Config.read({"HUBBUB_FILES_URL": to}).files_url
    if url == config.files_url:
        raise Unusable("the files are there already: HUBBUB_FILES_URL must be where they are now")
    source, target = storage.of(config), storage.of(config, url)
    if isinstance(target, Folder):
        (target.root / "arriving").mkdir(parents=True, exist_ok=True, mode=0o700)
    there = {file.name: file.size for file in target.list()}
    files = list(source.list())
    copied, size = 0, 0
    for number, file in enumerate(files, 1):
        if there.get(file.name) != file.size:
            if _copy(file, source, target, config.data / "files" / "arriving"):
                copied, size = copied + 1, size + file.size
        elif check and storage.checksum(source, file.name) != storage.checksum(target, file.name):
            raise _wrong(file.name)
        progress(number, len(files))
    return MovedFiles(copied, size, len(files) - copied)


def _copy(file: Stored, source: Storage, target: Storage, folder: Path) -> bool:
    """Copy one file and verify it; return whether it was still there."""
    digest, path = hashlib.sha256(), folder / f"{file.name}.moving"
    try:
        with open(path, "wb") as part:
            for block in storage.blocks(source, file.name):
                digest.update(block)
                part.write(block)
        target.put(file.name, path)
    except FileNotFoundError:  # it was deleted meanwhile
        return False
    finally:
        path.unlink(missing_ok=True)
    if storage.checksum(target, file.name) != digest.hexdigest():
        target.delete(file.name)
        raise _wrong(file.name)
    return True


def _wrong(name: str) -> Unusable:
    return Unusable(f"the copy of {name} has another checksum: check the disk and the store, then start again")
