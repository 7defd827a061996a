"""The store of the bytes of files: they arrive in a place of their own and move when they are whole and on disk.

`arriving/<id>` grows chunk by chunk; `<first two of the id>/<id>` is complete, and `<id>.<size>` are its previews.  The
database never says more than is on disk: a chunk is synced before its row counts it, a file is synced and moved before
its row is ready (names too: their folders are synced), and a row is gone before its bytes are.  Whatever is killed or
loses its power between, the sender goes on where the row ends, and what has no row is removed at the next start.
"""

import contextlib
import errno
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent

from hubbub.core import node
from hubbub.core.access import Refused

ARRIVING = "arriving"
NAME = re.compile(r"(avatar-)?[0-9a-f]{32}(\.\w+)?")  # a path is made of nothing else
FULL = {errno.ENOSPC, errno.EDQUOT}


def _root() -> Path:
    return node.current().config.data / "files"


def make_folders() -> None:
    """Make the folders that files lie in."""
    for folder in (_root(), _root() / ARRIVING):
        folder.mkdir(exist_ok=True, mode=0o700)
    _sync_folders(_root().parent, _root())


def place(id: str, part: str = "") -> Path:
    """Where the bytes of a file lie, or of one of its previews."""
    return _root() / _checked(id)[:2] / (f"{id}.{part}" if part else id)


def arriving(id: str) -> Path:
    """Where the bytes lie that have arrived so far."""
    return _root() / ARRIVING / _checked(id)


def _checked(id: str) -> str:
    if not NAME.fullmatch(id):
        raise ValueError("no name that was made here")
    return id


def write(id: str, offset: int, chunk: bytes) -> None:
    """Add a chunk to what has arrived and sync it, off the loop; what a cut request left behind it is overwritten."""
    aside(lambda: _write(arriving(id), offset, chunk))


def _write(path: Path, offset: int, chunk: bytes) -> None:
    with open(path, "r+b" if offset else "wb") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not offset:
        _sync_folders(path.parent)  # a new name is on disk once its folder is


def arrived(id: str) -> int:
    """How many bytes are here that have not moved yet."""
    with contextlib.suppress(FileNotFoundError):
        return arriving(id).stat().st_size
    return 0


def is_whole(id: str) -> bool:
    """Whether all bytes were here, and moved; perhaps before a kill, and the row does not know."""
    return place(id).exists()


def finish(id: str) -> Path:
    """Put a complete file on disk and in its place, off the loop; nothing happens twice."""
    aside(lambda: _move(arriving(id), place(id)))
    return place(id)


def keep(id: str, part: str, data: bytes) -> None:
    """Keep a preview of a file."""
    put(f"{id}.{part}", data)


def put(name: str, data: bytes) -> None:
    """Keep some bytes under a name that was made here, whole or not at all."""
    def write() -> None:
        arriving(name).write_bytes(data)
        _move(arriving(name), place(name))

    aside(write)


def get(name: str) -> bytes:
    """What was put under a name; FileNotFoundError when there is nothing."""
    return place(name).read_bytes()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    _sync_folders(_root())  # first, so that nothing moves into a folder that may be lost
    if source.exists() or not target.exists():
        with open(source, "rb") as file:
            os.fsync(file.fileno())
        os.replace(source, target)
    _sync_folders(target.parent)  # also where it moved before, and was killed before it said so


def _sync_folders(*folders: Path) -> None:
    """Put on disk which names are in them."""
    for path in folders:
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def aside(call: Callable[[], None]) -> None:
    """Do something slow in a native thread; a full disk is a refusal."""
    error = gevent.get_hub().threadpool.apply(node.current().run, (_tried, call))
    if error and error.errno in FULL:
        raise Refused("the disk of the server is full", "busy")
    if error:
        raise error


def _tried(call: Callable[[], None]) -> OSError | None:
    """The error is returned, because the pool would print one that is raised."""
    try:
        call()
    except OSError as error:
        return error
    return None


def remove(id: str) -> None:
    """Forget a file and its previews."""
    for path in [arriving(id), place(id), *_root().glob(f"{id[:2]}/{id}.*"), *_root().glob(f"{ARRIVING}/{id}.*")]:
        path.unlink(missing_ok=True)


def older(than: float) -> set[str]:
    """The ids of everything here that was last written before then; off the loop, since there may be many."""
    found: set[str] = set()
    aside(lambda: found.update(_older(than)))
    return found


def _older(than: float) -> Iterator[str]:
    for path in _root().glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            if NAME.fullmatch(path.name) and path.stat().st_mtime < than:
                yield path.name.partition(".")[0]


def free() -> tuple[int, int]:
    """How many bytes the disk has free, and how many in all."""
    disk = os.statvfs(_root())
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
