"""Record what a process does to a folder, operation by operation; and let the disk be full on demand.

SQLite is watched where it meets the system: the methods of the very libsqlite3 that Python's `sqlite3` uses are wrapped
in place (ctypes; no compiler, no other package), so that settings, order and sizes are the product's own.  Python's
files are watched at `open`, `os.fsync`, `os.replace`, `os.unlink` and `os.mkdir`.  SQLite's `-shm` is left out: it
need not survive, because SQLite rebuilds it from the `-wal`.
"""

import _sqlite3
import builtins
import ctypes
import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

SQLITE_FULL = 13

Address, Number, Wide = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
OpenFile = ctypes.CFUNCTYPE(Number, Address, Address, Address, Number, Address)
Delete = ctypes.CFUNCTYPE(Number, Address, ctypes.c_char_p, Number)
Write = ctypes.CFUNCTYPE(Number, Address, Address, Number, Wide)
Truncate = ctypes.CFUNCTYPE(Number, Address, Wide)
Sync = ctypes.CFUNCTYPE(Number, Address, Number)
Close = ctypes.CFUNCTYPE(Number, Address)
OpenDirectory = ctypes.CFUNCTYPE(Number, ctypes.c_char_p, ctypes.POINTER(Number))
SetCall = ctypes.CFUNCTYPE(Number, Address, ctypes.c_char_p, Address)
OneCall = ctypes.CFUNCTYPE(Address, Address, ctypes.c_char_p)

# Words of the structs sqlite3_vfs (after three ints, padded to two words) and sqlite3_io_methods (after its version).
X_OPEN, X_DELETE, X_SET_CALL, X_ONE_CALL = 5, 6, 18, 19
X_CLOSE, X_WRITE, X_TRUNCATE, X_SYNC, METHODS = 1, 3, 4, 5, 19


def _words(address: int) -> Any:
    return ctypes.cast(address, ctypes.POINTER(Address))


class Watched:
    """A folder whose changes are recorded in `trace`: tuples of an operation and its arguments."""

    def __init__(self, folder: Path, full: Callable[[], bool] = lambda: False) -> None:
        self.folder = str(folder.resolve())
        self.trace: list[tuple[Any, ...]] = []
        self.full = full

    def note(self, what: str, *more: Any) -> None:
        self.trace.append((what, *more))

    def name(self, path: str | bytes | os.PathLike[Any] | None) -> str | None:
        """Return the path within the folder, or None for files that are elsewhere or need not survive."""
        text = os.path.abspath(os.fsdecode(path)) if path else ""
        inside = text == self.folder or text.startswith(self.folder + "/")
        return text[len(self.folder) + 1:] if inside and not text.endswith(("-shm", ".lock")) else None

    def __enter__(self) -> "Watched":
        self._undo = [PythonFiles(self).watch(), _watch_sqlite(self)]
        return self

    def __exit__(self, *_: object) -> None:
        for undo in reversed(self._undo):
            undo()


class PythonFiles:
    """Python's functions that change files, wrapped so that each call is recorded."""

    places = ((builtins, "open"), (io, "open"), (os, "fsync"), (os, "mkdir"), (os, "unlink"), (os, "replace"))

    def __init__(self, disk: Watched) -> None:
        self.disk = disk
        self.real = {name: getattr(module, name) for module, name in self.places}

    def watch(self) -> Callable[[], None]:
        for module, name in self.places:
            setattr(module, name, getattr(self, name))
        return self._leave

    def _leave(self) -> None:
        for module, name in self.places:
            setattr(module, name, self.real[name])

    def open(self, path: Any, mode: str = "r", *given: Any, **more: Any) -> Any:
        inside = None if isinstance(path, int) or not set(mode) & set("wax+") else self.disk.name(path)
        if inside is None:
            return self.real["open"](path, mode, *given, **more)
        if "b" not in mode:
            raise NotImplementedError("text written to the folder would go by unnoticed")
        raw = Raw(self.disk, inside, path, mode)
        return io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)

    def fsync(self, fd: int) -> None:
        if (inside := self.disk.name(os.readlink(f"/proc/self/fd/{fd}"))) is not None:
            self.disk.note("sync", inside)
        self.real["fsync"](fd)

    def mkdir(self, path: Any, *given: Any, **more: Any) -> None:
        self.real["mkdir"](path, *given, **more)
        if inside := self.disk.name(path):
            self.disk.note("mkdir", inside)

    def unlink(self, path: Any, **more: Any) -> None:
        self.real["unlink"](path, **more)
        if inside := self.disk.name(path):
            self.disk.note("unlink", inside)

    def replace(self, source: Any, target: Any, **more: Any) -> None:
        self.real["replace"](source, target, **more)
        if inside := self.disk.name(source):
            self.disk.note("rename", inside, self.disk.name(target))


class Raw(io.FileIO):
    """A file without Python's buffers, whose writes are recorded as they reach the system."""

    def __init__(self, disk: Watched, inside: str, path: Any, mode: str) -> None:
        new = not os.path.exists(path)
        super().__init__(path, mode.replace("b", ""))
        self.disk, self.inside = disk, inside
        if new:
            disk.note("create", inside)
        elif "w" in mode:
            disk.note("truncate", inside, 0)

    def write(self, data: Any) -> int:
        if self.disk.full():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        at = self.tell()
        count = super().write(data)
        self.disk.note("write", self.inside, at, bytes(data[:count]))
        return count

    def truncate(self, size: int | None = None) -> int:
        size = super().truncate(size)
        self.disk.note("truncate", self.inside, size)
        return size


def _watch_sqlite(disk: Watched) -> Callable[[], None]:
    library = ctypes.CDLL(_sqlite3.__file__)  # its symbols, and those of what it is linked with
    library.sqlite3_vfs_find.restype = Address
    vfs = library.sqlite3_vfs_find(None)
    calls = _words(vfs)
    real_open, real_delete = OpenFile(calls[X_OPEN]), Delete(calls[X_DELETE])
    directory = OneCall(calls[X_ONE_CALL])(vfs, b"openDirectory")
    real_directory = OpenDirectory(directory)
    methods = Methods(disk)

    @OpenFile
    def open(vfs: int, name: int, file: int, flags: int, out: int) -> int:
        path = ctypes.string_at(name) if name else None
        new = path is not None and not os.path.exists(path)
        code = real_open(vfs, name, file, flags, out)
        if code == 0 and (inside := disk.name(path)):
            methods.wrap(file, inside)
            if new:
                disk.note("create", inside)
        return code

    @Delete
    def delete(vfs: int, name: bytes, sync: int) -> int:
        inside = disk.name(name)
        if inside and os.path.exists(name):
            disk.note("unlink", inside)
        return real_delete(vfs, name, sync)

    @OpenDirectory
    def open_directory(name: bytes, out: Any) -> int:
        """Open a folder, which SQLite does only to sync it."""
        if (inside := disk.name(os.path.dirname(name))) is not None:
            disk.note("sync", inside)
        return real_directory(name, out)

    before = calls[X_OPEN], calls[X_DELETE]
    set_call = SetCall(calls[X_SET_CALL])
    calls[X_OPEN], calls[X_DELETE] = (ctypes.cast(call, Address).value for call in (open, delete))
    set_call(vfs, b"openDirectory", ctypes.cast(open_directory, Address))
    _kept.append((open, delete, open_directory, methods))

    def undo() -> None:
        calls[X_OPEN], calls[X_DELETE] = before
        set_call(vfs, b"openDirectory", directory)

    return undo


_kept: list[Any] = []  # a file that is still open calls these, also when nobody watches any more


class Methods:
    """The methods of SQLite's open files; those that change the disk are recorded first."""

    def __init__(self, disk: Watched) -> None:
        self.disk = disk
        self.names: dict[int, str] = {}
        self.tables: dict[int, Any] = {}

    def wrap(self, file: int, inside: str) -> None:
        self.names[file] = inside
        real = _words(file)[0]
        if real not in self.tables:
            self.tables[real] = self._table(_words(real))
        _words(file)[0] = ctypes.cast(self.tables[real][0], Address).value

    def _table(self, real: Any) -> tuple[Any, ...]:
        disk, names = self.disk, self.names
        write_on, truncate_on = Write(real[X_WRITE]), Truncate(real[X_TRUNCATE])
        sync_on, close_on = Sync(real[X_SYNC]), Close(real[X_CLOSE])

        @Write
        def write(file: int, data: int, size: int, at: int) -> int:
            if disk.full():
                return SQLITE_FULL
            disk.note("write", names[file], at, ctypes.string_at(data, size))
            return write_on(file, data, size, at)

        @Truncate
        def truncate(file: int, size: int) -> int:
            disk.note("truncate", names[file], size)
            return truncate_on(file, size)

        @Sync
        def sync(file: int, flags: int) -> int:
            disk.note("sync", names[file])
            return sync_on(file, flags)

        @Close
        def close(file: int) -> int:
            names.pop(file, None)
            return close_on(file)

        table = (Address * METHODS)(*real[:METHODS])
        wrapped = {X_CLOSE: close, X_WRITE: write, X_TRUNCATE: truncate, X_SYNC: sync}
        for place, call in wrapped.items():
            table[place] = ctypes.cast(call, Address).value
        return table, wrapped
