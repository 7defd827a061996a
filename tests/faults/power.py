"""Cut the power at every change of the disk: what was acknowledged must be there, once, under its number and key.

    python -m tests.faults.power [--posts N] [--points N] [--seed N]

One run of the application is recorded (`scene`); then, for point after point of the trace, the folder is laid out as a
power cut there may leave it (`cut`, in four ways) and opened by the product itself.
"""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import argparse
import pickle
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hubbub.application  # noqa: F401  (it knows every part, and so every rule)
from hubbub.chat import messages
from hubbub.core import db
from hubbub.core.access import Refused
from hubbub.files import store, uploads
from tests.faults import cut
from tests.nodes import open_node
from tests.sender import LOBBY

MARKS = {"said", "kept", "begun", "received", "whole", "leaving", "gone"}


def record(posts: int, mistake: str = "") -> list[cut.Operation]:
    """Return the trace of one run."""
    with tempfile.TemporaryDirectory(prefix="hubbub-power-") as folder:
        data, trace = Path(folder, "data"), Path(folder, "trace")
        data.mkdir()
        command = [sys.executable, "-m", "tests.faults.scene", str(data), str(trace), str(posts), mistake]
        subprocess.run(command, check=True, timeout=300)
        operations: list[cut.Operation] = pickle.loads(trace.read_bytes())
        _is_whole(operations, data)
        return operations


def _is_whole(trace: list[cut.Operation], data: Path) -> None:
    """Check that replaying the trace gives the folder itself: an incomplete recording would prove nothing."""
    disk = cut.Disk()
    for operation in trace:
        if operation[0] not in MARKS:
            disk.do(operation)
    found = {str(path.relative_to(data)): path.read_bytes() for path in data.rglob("*")
             if path.is_file() and path.suffix != ".lock"}
    replayed = {path: bytes(file.now) for path, file in disk.now.items() if file is not None}
    assert replayed == found, f"the recording differs at {sorted(set(replayed) ^ set(found)) or 'the bytes'}"


@dataclass
class File:
    """The acknowledgements of an upload."""

    person: int
    data: bytes
    received: int = 0
    whole: bool = False
    preview: bool = False
    leaving: bool = False
    gone: bool = False


class Promises:
    """The acknowledgements that were sent up to some point of the trace."""

    def __init__(self) -> None:
        self.said: set[tuple[int, str]] = set()
        self.kept: dict[tuple[int, str], int] = {}
        self.files: dict[str, File] = {}

    def note(self, what: str, first: Any, *more: Any) -> None:
        if what == "said":
            self.said.add((first, *more))
        elif what == "kept":
            self.kept[first, more[0]] = more[1]
        elif what == "begun":
            self.files[first] = File(*more)
        else:
            file = self.files[first]
            setattr(file, what, more[0] if what == "received" else True)
            file.preview = file.preview or (what == "whole" and more[0])


def points(trace: list[cut.Operation], count: int, chance: random.Random) -> set[int]:
    """Choose the operations after which to cut the power: mostly those after an answer and within a checkpoint."""
    of_kind: dict[str, list[int]] = {"answer": [], "checkpoint": [], "change": []}
    for at, (what, *more) in enumerate(trace):
        of_kind["answer" if what in MARKS else "checkpoint" if more[0] == "hubbub.db" else "change"].append(at)
    wanted = {"answer": count // 4, "checkpoint": count // 4, "change": count - 2 * (count // 4)}
    return {at for kind, all in of_kind.items() for at in chance.sample(all, min(len(all), wanted[kind]))}


def cuts(trace: list[cut.Operation], count: int, seed: int, hows: tuple[str, ...] = cut.HOWS) -> Iterator[list[str]]:
    """Return descriptions of what is wrong after each cut."""
    chance = random.Random(seed)
    chosen = points(trace, count, chance)
    disk, promises = cut.Disk(), Promises()
    for at, operation in enumerate(trace):
        if operation[0] in MARKS:
            promises.note(*operation)
        else:
            disk.do(operation)
        for how in hows if at in chosen else ():
            with tempfile.TemporaryDirectory(dir=cut.MEMORY) as folder:
                disk.lay(Path(folder), how, chance)
                yield [f"cut after {at}, {how}: {problem}" for problem in problems(Path(folder), promises)]


def problems(folder: Path, promises: Promises) -> list[str]:
    """Open the folder with the product, and check that everything is there."""
    try:
        open_node(folder)
    except Exception as problem:
        return [f"it does not start: {problem}"]
    try:
        store.make_folders()
        found = [*_database(), *_log(promises)]
        return found + [problem for id, file in promises.files.items() for problem in _file(id, file)]
    finally:
        db.close()


def _database() -> Iterator[str]:
    for check in ("integrity_check", "foreign_key_check"):
        rows = db.execute(f"pragma {check}")
        if rows not in ([], [("ok",)]):
            yield f"{check}: {rows}"


def _log(promises: Promises) -> Iterator[str]:
    entries = _entries()
    at = {(author, key): seq for seq, author, key in entries}
    for (author, key), seq in promises.kept.items():
        if at.get((author, key)) != seq:
            yield f"lost: {key} was acknowledged as {seq} and is {at.get((author, key))}"
    if strange := {one for one in at if one not in promises.said}:
        yield f"never said: {strange}"
    for author, key in sorted(promises.said - promises.kept.keys()):
        try:
            messages.post(author, LOBBY, key, key)
        except Refused as refusal:
            yield f"a retry of {key} is refused: {refusal}"
    yield from _dense()
    again = Counter(key for _, _, key in _entries())
    if set(again) != {key for _, key in promises.said} or set(again.values()) > {1}:
        yield f"after the retries not once each: {promises.said ^ at.keys()} {again.most_common(1)}"


def _entries() -> list[tuple[Any, ...]]:
    return db.execute("select seq, author, key from entry where channel = :channel and kind = 'message' order by seq",
                      channel=LOBBY)


def _dense() -> Iterator[str]:
    for name, head in db.execute("select name, head from channel"):
        seqs = [seq for seq, in db.execute("select seq from entry where channel = :name order by seq", name=name)]
        if seqs != list(range(1, head + 1)):
            yield f"holes: {name} has the head {head} and the numbers {seqs}"


def _file(id: str, file: File) -> Iterator[str]:
    try:
        upload = uploads.progress(file.person, id)
    except Refused as refusal:
        if not file.leaving:
            yield f"lost: the file {id} is refused: {refusal}"
        return
    if file.gone:
        yield f"the file {id} was taken back and is here"
    if upload.received < file.received or (file.whole and not upload.file):
        yield f"lost: of the file {id} {file.received} bytes were acknowledged, and {upload.received} are here"
    if not upload.file:
        try:
            uploads.add(file.person, id, upload.received, file.data[upload.received:])
        except Refused as refusal:
            yield f"lost: the file {id} does not go on at {upload.received}: {refusal} ({refusal.__context__!r})"
            return
    parts = ["", "thumb", "view"] if file.preview else [""]
    missing = [part for part in parts if not store.path_of(id, part).exists()]
    if missing or store.path_of(id).read_bytes() != file.data:
        yield f"lost: the file {id} is not what was sent (missing: {missing})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("posts", 400), ("points", 1500), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    failed = False
    for mistake in ("", "normal", "unsynced"):
        began = time.monotonic()
        trace = record(given.posts, mistake)
        hows = ("synced",) if mistake else cut.HOWS
        results = list(cuts(trace, given.points // (4 if mistake else 1), given.seed, hows))
        wrong = [result for result in results if result]
        print(f"{mistake or 'as it is'}: {len(trace):,} operations, {len(results):,} cuts, {len(wrong):,} with a loss, "
              f"{time.monotonic() - began:.0f} s", flush=True)
        for problem in ([] if mistake else [line for result in wrong for line in result])[:20]:
            print("  ", problem)
        failed |= bool(wrong) != bool(mistake)
    sys.exit(failed)


if __name__ == "__main__":
    main()
