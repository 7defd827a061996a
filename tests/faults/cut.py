"""A folder as a power cut may leave it: with everything that was synced, and any part of the rest.

A write is durable once its file is synced.  Creating, renaming or removing a file is durable once its folder is synced;
usual file systems are less strict, and keep a file's name when the file is synced.  A rename is atomic.
Writes without a later sync may survive alone and in any order, torn at sectors.
"""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HOWS = ("all", "synced", "torn", "some")
SECTOR, BLOCK = 512, 4096
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where folders are laid out by the thousand

Operation = tuple[Any, ...]


class Bytes:
    """The content of a file: as read now, and as it is durable."""

    def __init__(self) -> None:
        self.now = bytearray()
        self.sure = bytearray()
        self.pending: list[Operation] = []

    def do(self, operation: Operation) -> None:
        _put(self.now, operation)
        self.pending.append(operation)

    def sync(self) -> None:
        for operation in self.pending:
            _put(self.sure, operation)
        self.pending.clear()

    def left(self, how: str, chance: random.Random) -> bytes:
        """Return the content after a power cut."""
        if how == "all":
            return bytes(self.now)
        left = bytearray(self.sure)
        for operation in [] if how == "synced" else self.pending:
            for part in _parts(operation, SECTOR if how == "torn" else BLOCK):
                if chance.random() < 0.5:
                    _put(left, part)
        return bytes(left)


def _put(content: bytearray, operation: Operation) -> None:
    what, at = operation[0], operation[2]
    if what == "truncate":
        del content[at:]
        content.extend(bytes(at - len(content)))
    else:
        content.extend(bytes(max(0, at - len(content))))
        content[at:at + len(operation[3])] = operation[3]


def _parts(operation: Operation, size: int) -> Iterator[Operation]:
    """Return the sectors of a write, each of which may be on disk or not."""
    if operation[0] == "truncate":
        yield operation
        return
    what, path, at, data = operation
    start = 0
    while start < len(data):
        end = min(len(data), start + size - (at + start) % size)
        yield what, path, at + start, data[start:end]
        start = end


class Disk:
    """A folder in two states: the current one and the durable one."""

    def __init__(self) -> None:
        self.now: dict[str, Bytes | None] = {}  # a folder is None
        self.sure: dict[str, Bytes | None] = {}
        self.names: list[tuple[set[str], Callable[[dict[str, Bytes | None]], None]]] = []

    def do(self, operation: Operation) -> None:
        """Apply the next operation of the trace."""
        what, path = operation[:2]
        if what in ("write", "truncate"):
            file = self.now[path]
            assert file is not None
            file.do(operation)
        elif what == "sync":
            self._sync(path)
        elif what in ("create", "mkdir"):
            new = Bytes() if what == "create" else None
            self._name({path}, lambda names: names.update({path: new}))
        elif what == "unlink":
            self._name({path}, lambda names: names.pop(path, None))
        elif what == "rename":
            moved, target = self.now[path], operation[2]
            self._name({path, target}, lambda names: (names.pop(path, None), names.update({target: moved})))

    def _name(self, paths: set[str], change: Callable[[dict[str, Bytes | None]], Any]) -> None:
        change(self.now)
        self.names.append(({path.rpartition("/")[0] for path in paths}, change))

    def _sync(self, path: str) -> None:
        file = self.now.get(path)
        if file is not None:
            file.sync()
            return
        for folders, change in self.names:
            if path in folders:
                change(self.sure)
        self.names = [(folders, change) for folders, change in self.names if path not in folders]

    def lay(self, folder: Path, how: str, chance: random.Random) -> None:
        """Fill an empty folder with what a power cut at this point leaves."""
        names = dict(self.now if how == "all" else self.sure)
        if how in ("torn", "some"):
            for _, change in self.names[:chance.randint(0, len(self.names))]:  # names change in their order
                change(names)
        for path, file in sorted(names.items()):
            if not (folder / path).parent.is_dir():
                continue  # its folder is not there for sure, and so it cannot be found
            if file is None:
                (folder / path).mkdir()
            else:
                (folder / path).write_bytes(file.left(how, chance))
