"""An import in several processes, each with a part of the rooms: with PostgreSQL, which takes writers of many rooms."""

import os
import subprocess
import sys
import zlib
from collections.abc import Sequence

import gevent
import msgspec

from hubbub.core.db import Unusable
from hubbub.core.db.copies import Progress
from hubbub.imports.report import Report


class Part(msgspec.Struct, array_like=True, frozen=True):
    """A part of the rooms: one of `of`."""

    number: int = 0
    of: int = 1

    def has(self, room: str) -> bool:
        """Return whether a room belongs to it."""
        return zlib.crc32(room.encode(errors="replace")) % self.of == self.number


class Note(msgspec.Struct, tag="note"):
    """A line of the report of a part."""

    reason: str
    where: str
    count: int


class Counts(msgspec.Struct, tag="counts"):
    """What a part has done; its last line."""

    added: dict[str, int]
    present: dict[str, int]


class PartReport(Report):
    """The report of a part, which prints each line for the process that started it."""

    def note(self, reason: str, where: str = "", count: int = 1) -> None:
        self._print(Note(reason, where, count))

    def finish(self) -> None:
        """Print the counts."""
        self._print(Counts(dict(self.added), {name: n for name, n in self.present.items() if name != "people"}))

    def _print(self, line: Note | Counts) -> None:
        sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
        sys.stdout.buffer.flush()


def run(command: Sequence[str], jobs: int, report: Report, progress: Progress) -> None:
    """Run a command once for each part, `--part 0/4` and so on, and take their reports together."""
    processes = [subprocess.Popen([sys.executable, "-m", "hubbub", *command, "--part", f"{number}/{jobs}"],
                                  stdout=subprocess.PIPE, env=os.environ) for number in range(jobs)]
    done: list[int] = []

    def follow(process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout
        for line in process.stdout:
            found = msgspec.json.decode(line, type=Note | Counts)
            if isinstance(found, Note):
                report.note(found.reason, found.where, found.count)
            else:
                report.added.update(found.added)
                report.present.update(found.present)
        done.append(process.wait())
        progress(len(done), jobs)

    try:
        gevent.joinall([gevent.spawn(follow, process) for process in processes], raise_error=True)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    if any(done):
        raise Unusable("a part of the import failed, see above: run the same command again, which continues")
