"""The one door to the bytes of files: they arrive in a place of their own and move when they are whole and on disk.

`arriving/<id>` grows chunk by chunk; `<first two of the id>/<id>` is complete, and `<id>.<size>` are its previews.  The
database says that a file is ready only after it moved: whatever is killed between, the bytes are there or the row is
not ready, and what has no row is removed at the next start.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import gevent

ARRIVING = "arriving"

_root = Path()


def open_in(data: Path) -> None:
    """Keep files in the data folder."""
    global _root
    _root = data / "files"
    (_root / ARRIVING).mkdir(parents=True, exist_ok=True, mode=0o700)


def place(id: str, part: str = "") -> Path:
    """Where the bytes of a file lie, or of one of its previews."""
    return _root / id[:2] / (f"{id}.{part}" if part else id)


def arriving(id: str) -> Path:
    """Where the bytes lie that have arrived so far."""
    return _root / ARRIVING / id


def write(id: str, offset: int, chunk: bytes) -> None:
    """Add a chunk to what has arrived; what a cut request left behind it is overwritten."""
    path = arriving(id)
    with open(path, "r+b" if path.exists() else "w+b") as file:
        file.truncate(offset)
        file.seek(offset)
        file.write(chunk)


def arrived(id: str) -> int:
    """How many bytes are here; all of them where the file has moved already."""
    for path in (arriving(id), place(id)):
        if path.exists():
            return path.stat().st_size
    return 0


def finish(id: str) -> Path:
    """Put a complete file on disk and in its place, off the loop; nothing happens twice."""
    aside(lambda: _move(arriving(id), place(id)))
    return place(id)


def keep(id: str, part: str, data: bytes) -> None:
    """Keep a preview of a file."""
    temporary = arriving(f"{id}.{part}")
    temporary.write_bytes(data)
    aside(lambda: _move(temporary, place(id, part)))


def _move(source: Path, target: Path) -> None:
    if not source.exists() and target.exists():
        return
    target.parent.mkdir(exist_ok=True, mode=0o700)
    with open(source, "rb") as file:
        os.fsync(file.fileno())
    os.replace(source, target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def aside(call: Callable[[], None]) -> None:
    """Do something slow in a native thread."""
    gevent.get_hub().threadpool.apply(call)


def remove(id: str) -> None:
    """Forget a file and its previews."""
    for path in [arriving(id), *_root.glob(f"{id[:2]}/{id}*"), *_root.glob(f"{ARRIVING}/{id}.*")]:
        path.unlink(missing_ok=True)


def all_ids() -> Iterator[str]:
    """The ids of everything that has bytes here."""
    for path in _root.glob("*/*"):
        yield path.name.partition(".")[0]


def free() -> tuple[int, int]:
    """How many bytes the disk has free, and how many in all."""
    disk = os.statvfs(_root)
    return disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
