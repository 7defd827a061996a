"""The storage of files: uploads grow in a folder of their own, and move once they are complete and synced to disk.

`arriving/<id>` grows chunk by chunk; `<first two of the id>/<id>` is complete, and `<id>.<size>` are its previews.  The
database never claims more than is on disk: a chunk is synced before its row counts it, a file and its folder are synced
before its row is ready, and a row is deleted before its bytes are.  After a crash or a power failure, the sender
resumes where the row ends, and bytes without a row are removed at the next start.
"""

import contextlib
import errno
import fcntl
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent

from hubbub.core import node
from hubbub.core.access import Refused

ARRIVING = "arriving"
NAME = re.compile(r"(avatar-)?[0-9a-f]{32}(\.\w+)?")  # the only names that become paths
FULL = {errno.ENOSPC, errno.EDQUOT}


def _root() -> Path:
    return node.current().config.data / "files"


def make_folders() -> None:
    """Create the folders of the store."""
    for folder in (_root(), _root() / ARRIVING):
        folder.mkdir(exist_ok=True, mode=0o700)
    _sync_folders(_root().parent, _root())


def path_of(id: str, part: str = "") -> Path:
    """Return the path of a complete file, or of one of its previews."""
    return _root() / _checked(id)[:2] / (f"{id}.{part}" if part else id)


def arriving(id: str) -> Path:
    """Return the path of an incomplete file."""
    return _root() / ARRIVING / _checked(id)


def _checked(id: str) -> str:
    if not NAME.fullmatch(id):
        raise ValueError("not a name of the store")
    return id


@contextlib.contextmanager
def writing(id: str) -> Iterator[bool]:
    """Give one request at a time, of all processes that share the folder, the right to write a file; else False."""
    path = arriving(f"{id}.lock")
    lock = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_alone = os.path.samestat(os.fstat(lock), os.stat(path))
    except (BlockingIOError, FileNotFoundError):  # held, or just released and removed
        is_alone = False
    try:
        yield is_alone
    finally:
        if is_alone:
            path.unlink(missing_ok=True)
        os.close(lock)


def write(id: str, offset: int, chunk: bytes) -> None:
    """Write a chunk at `offset` and sync it, off the loop; bytes behind it, of an interrupted request, are dropped."""
    run_in_thread(lambda: _write(arriving(id), offset, chunk))


def _write(path: Path, offset: int, chunk: bytes) -> None:
    with open(path, "r+b" if offset else "wb") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    if not offset:
        _sync_folders(path.parent)  # makes the new name durable


def received(id: str) -> int:
    """Return the size of an incomplete file, 0 if there is none."""
    with contextlib.suppress(FileNotFoundError):
        return arriving(id).stat().st_size
    return 0


def is_whole(id: str) -> bool:
    """Return whether a file is complete, which its row may not record yet after a crash."""
    return path_of(id).exists()


def finish(id: str) -> Path:
    """Sync a complete file and move it to its final path, off the loop; idempotent."""
    run_in_thread(lambda: _move(arriving(id), path_of(id)))
    return path_of(id)


def keep(id: str, part: str, data: bytes) -> None:
    """Store a preview of a file."""
    put(f"{id}.{part}", data)


def put(name: str, data: bytes) -> None:
    """Store bytes under a name, atomically."""
    def write() -> None:
        arriving(name).write_bytes(data)
        _move(arriving(name), path_of(name))

    run_in_thread(write)


def get(name: str) -> bytes:
    """Return the bytes of a name; raises FileNotFoundError if there are none."""
    return path_of(name).read_bytes()


def _move(source: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True, mode=0o700)
    _sync_folders(_root())  # first, so that a file never moves to a folder that may get lost
    if source.exists() or not target.exists():
        with open(source, "rb") as file:
            os.fsync(file.fileno())
        os.replace(source, target)
    _sync_folders(target.parent)  # also if the file moved earlier, before a crash


def _sync_folders(*folders: Path) -> None:
    """Sync the names in these folders to disk."""
    for path in folders:
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def run_in_thread(call: Callable[[], None]) -> None:
    """Run something slow in a native thread; Refused if the disk is full."""
    error = gevent.get_hub().threadpool.apply(node.current().run, (_catch, call))
    if error and error.errno in FULL:
        raise Refused("error.disk_full", "busy")
    if error:
        raise error


def _catch(call: Callable[[], None]) -> OSError | None:
    """Return the error instead of raising it, since the pool would print it."""
    try:
        call()
    except OSError as error:
        return error
    return None


def remove(id: str) -> None:
    """Delete a file and its previews."""
    for path in [arriving(id), path_of(id), *_root().glob(f"{id[:2]}/{id}.*"), *_root().glob(f"{ARRIVING}/{id}.*")]:
        path.unlink(missing_ok=True)


def older_than(time: float) -> set[str]:
    """Return the ids of all files last written before then; off the loop, since there may be many."""
    found: set[str] = set()
    run_in_thread(lambda: found.update(_older_than(time)))
    return found


def _older_than(time: float) -> Iterator[str]:
    for path in _root().glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            if NAME.fullmatch(path.name) and path.stat().st_mtime < time:
                yield path.name.partition(".")[0]


def free() -> tuple[int, int]:
    """Return how many bytes are free on the disk, and its size."""
    disk = os.statvfs(_root())
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
