"""The files of a server: uploads grow in a local folder, and go to the store (`storage`) once they are complete.

`arriving/<id>` in the data folder grows chunk by chunk; the complete file is `<id>` in the store, and `<id>.<size>` are
its previews.  The database never claims more than is stored: a chunk is synced before its row counts it, a file is in
the store before its row is ready, and a row is deleted before its bytes are.  After a crash or a power failure, the
sender resumes where the row ends, and bytes without a row are removed later.
"""

import contextlib
import errno
import fcntl
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import gevent
from gevent.fileobject import FileObjectThread
from gevent.threadpool import ThreadPool

from hubbub.core import node
from hubbub.core.access import Refused
from hubbub.files import storage
from hubbub.files.storage import Bucket, Folder, Storage, sync_folders

ARRIVING = "arriving"
PARTS = ("thumb", "view")
FULL = {errno.ENOSPC, errno.EDQUOT}
REMOTE_CALLS = 16  # to a bucket at a time

T = TypeVar("T")
logger = logging.getLogger(__name__)


class Store:
    """This node's store, and the native threads that wait for it; those of a folder are the process's."""

    def __init__(self) -> None:
        self.storage: Storage = storage.of(node.current().config)
        self.threads = gevent.get_hub().threadpool
        if isinstance(self.storage, Bucket):
            self.threads = ThreadPool(REMOTE_CALLS)
            node.current().on_close(self.threads.kill)


state = node.state(Store)


def _root() -> Path:
    return node.current().config.data / "files"


def make_folders() -> None:
    """Create the local folders, and open the store."""
    for folder in (_root(), _root() / ARRIVING):
        folder.mkdir(exist_ok=True, mode=0o700)
    sync_folders(_root().parent, _root())
    if isinstance(state().storage, Bucket):
        node.spawn(_check)


def _check() -> None:
    """Log at the start what is wrong with the bucket; the server runs without its files."""
    with contextlib.suppress(Refused):
        run_in_thread(lambda: next(state().storage.list(), None))


def path_of(id: str, part: str = "") -> Path:
    """Return the path of a complete file, or of one of its previews, in a local store."""
    return _root() / storage.key(f"{id}.{part}" if part else id)


def arriving(id: str) -> Path:
    """Return the path of an incomplete file."""
    storage.key(id)
    return _root() / ARRIVING / id


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
        sync_folders(path.parent)  # makes the new name durable


def received(id: str) -> int:
    """Return the size of an incomplete file, 0 if there is none."""
    with contextlib.suppress(FileNotFoundError):
        return arriving(id).stat().st_size
    return 0


def is_whole(id: str) -> bool:
    """Return whether a file is complete, which its row may not record yet after a crash."""
    try:
        return _call(lambda: state().storage.size(id)) >= 0
    except FileNotFoundError:
        return False


def finish(id: str) -> None:
    """Put a complete file into the store, off the loop; idempotent."""
    run_in_thread(lambda: _finish(id))


def _finish(name: str) -> None:
    state().storage.put(name, arriving(name))
    arriving(name).unlink(missing_ok=True)


@contextlib.contextmanager
def finished(id: str) -> Iterator[Path]:
    """Have a complete file at a local path within a block, and in the store after it."""
    is_here = isinstance(state().storage, Bucket) and arriving(id).exists()
    if not is_here:
        finish(id)
    with contextlib.nullcontext(arriving(id)) if is_here else local(id) as path:
        yield path
    if is_here:
        finish(id)


@contextlib.contextmanager
def local(id: str) -> Iterator[Path]:
    """Have a file of the store at a local path within a block."""
    if isinstance(state().storage, Folder):
        yield path_of(id)
        return
    with tempfile.NamedTemporaryFile() as file:
        run_in_thread(lambda: file.writelines(storage.blocks(state().storage, id)))
        file.flush()
        yield Path(file.name)


def keep(id: str, part: str, data: bytes) -> None:
    """Store a preview of a file."""
    put(f"{id}.{part}", data)


def put(name: str, data: bytes) -> None:
    """Store bytes under a name, atomically."""
    def write() -> None:
        arriving(name).write_bytes(data)
        _finish(name)

    run_in_thread(write)


def get(name: str) -> bytes:
    """Return the bytes of a name; raises FileNotFoundError if there are none."""
    return _call(lambda: b"".join(storage.blocks(state().storage, name)))


def open_file(name: str) -> tuple[Any, int]:
    """Return a file of the store, which reads off the loop, and its size; FileNotFoundError if there is none."""
    if isinstance(folder := state().storage, Folder):
        file = FileObjectThread(folder.path(name), "rb")
        return file, os.fstat(file.fileno()).st_size
    reader = RemoteFile(name)
    return reader, reader.size


class RemoteFile(io.RawIOBase):
    """A file of a bucket, read from any place; each read is one request, off the loop."""

    def __init__(self, name: str) -> None:
        self._name, self._at = name, 0
        self.size = run_in_thread(lambda: state().storage.size(name))

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self.size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        start, end = self._at, self.size if size < 0 else min(self._at + size, self.size)
        data = run_in_thread(lambda: state().storage.read(self._name, start, end)) if start < end else b""
        self._at += len(data)
        return data


def _call(call: Callable[[], T]) -> T:
    """Call what takes a folder microseconds: for a bucket in a native thread."""
    return call() if isinstance(state().storage, Folder) else run_in_thread(call)


def run_in_thread(call: Callable[[], T]) -> T:
    """Run something slow in a native thread; Refused if the disk is full, or the bucket does not answer."""
    result, error = state().threads.apply(node.current().run, (_catch, call))
    if isinstance(error, storage.Unreachable):
        logger.error("%s", error)
        raise Refused("error.files_unreachable", "busy")
    if error and error.errno in FULL:
        raise Refused("error.disk_full", "busy")
    if error:
        raise error
    return result  # type: ignore[no-any-return]


def _catch(call: Callable[[], T]) -> tuple[T | None, OSError | storage.Unreachable | None]:
    """Return the error instead of raising it, since the pool would print it."""
    try:
        return call(), None
    except (OSError, storage.Unreachable) as error:
        return None, error


def remove(id: str) -> None:
    """Delete a file and its previews; from a bucket in the background, since it may be called after a commit."""
    for path in [arriving(id), *_root().glob(f"{ARRIVING}/{id}.*")]:
        path.unlink(missing_ok=True)
    if isinstance(state().storage, Folder):
        state().storage.delete(id, *(path.name for path in _root().glob(f"{id[:2]}/{id}.*")))
    else:
        node.spawn(_remove, [id] if id.startswith("avatar-") else [id, *(f"{id}.{part}" for part in PARTS)])


def _remove(names: list[str]) -> None:
    with contextlib.suppress(Refused):  # logged; the sweep deletes them later
        run_in_thread(lambda: state().storage.delete(*names))


def older_than(time: float) -> set[str]:
    """Return the ids of all files last written before then; off the loop, since there may be many."""
    return run_in_thread(lambda: {name.partition(".")[0] for name, at in _all() if at < time})


def _all() -> Iterator[tuple[str, float]]:
    yield from ((stored.name, stored.at) for stored in state().storage.list())
    for path in (_root() / ARRIVING).iterdir():
        with contextlib.suppress(FileNotFoundError):
            if storage.NAME.fullmatch(path.name):
                yield path.name, path.stat().st_mtime


def free() -> tuple[int, int]:
    """Return how many bytes are free on the disk, and its size."""
    disk = os.statvfs(_root())
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
