"""The files of an export: a zip, a tar or a folder, read one at a time, whatever it holds.

Nothing in it is trusted: a name that leads outside is skipped, and an archive that would unpack to far more than its
own size is refused.
"""

import contextlib
import lzma
import re
import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, TypeVar

import msgspec

from hubbub.core.db import Unusable
from hubbub.imports.report import Report

LARGEST = 512 * 1024**2  # bytes of one file of JSON, which is read at once
RATIO = 200  # how much larger than the archive its contents may be: JSON shrinks to a tenth
SMALL = 64 * 1024**2  # bytes that any archive may hold
NOT_READ = "files that cannot be read"
INVALID = "records that are not as the format says"
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, OSError,
          ValueError)
NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")

T = TypeVar("T")


class Archive:
    """An archive that is open; its names have `/` between their parts."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.names: dict[str, Any] = {}
        self.done = 0  # bytes of JSON that were read
        self._folders: dict[str, list[str]] = {}  # the names in each, sorted

    @property
    def total(self) -> int:
        """The bytes of JSON that there are to read."""
        return sum(self.size(name) for name in self.names if name.endswith((".json", ".jsonl")))

    def open(self, name: str) -> IO[bytes]:
        """Open a file."""
        raise NotImplementedError

    def size(self, name: str) -> int:
        """Return the size of a file."""
        raise NotImplementedError

    def under(self, folder: str, ending: str = "") -> list[str]:
        """Return the names of the files directly in a folder, sorted."""
        if not self._folders:
            for name in sorted(self.names):
                self._folders.setdefault(name.rpartition("/")[0], []).append(name)
        return [name for name in self._folders.get(folder, ()) if name.endswith(ending)]

    def read(self, name: str) -> bytes:
        """Return the bytes of a file; empty, with a line in the report, where it cannot be read."""
        try:
            if self.size(name) > LARGEST:
                raise ValueError(f"more than {LARGEST // 1024**2} MB")
            with self.open(name) as file:
                data = file.read(LARGEST + 1)
            self.done += len(data)
            return data
        except BROKEN as problem:
            self.report.note(NOT_READ, f"{name}: {problem}")
            return b""

    def one(self, name: str, type: type[T]) -> T | None:
        """Return the JSON of a file; None if it is not there or not of this type."""
        if name not in self.names or not (data := self.read(name)):
            return None
        try:
            return msgspec.json.decode(without_nul(data), type=type)
        except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
            self.report.note(NOT_READ, f"{name}: {problem}")
            return None

    def many(self, name: str, type: type[T]) -> Iterator[tuple[str, T]]:
        """Yield the items of a list in a file of JSON, each with its place; skip those of another type."""
        yield from decoded(self.one(name, list[msgspec.Raw]) or [], name, type, self.report)


def without_nul(data: bytes | msgspec.Raw) -> bytes:
    """Return JSON without the character NUL, which no database stores in a text."""
    found = bytes(data)
    return NUL.sub(rb"\1", found) if b"\\u0000" in found else found


def decoded(items: list[msgspec.Raw], name: str, type: type[T], report: Report) -> Iterator[tuple[str, T]]:
    """Yield items of JSON, each with its place; skip those of another type."""
    decoder = msgspec.json.Decoder(type, strict=False)
    for index, item in enumerate(items):
        if (found := decode_one(decoder, item, f"{name}[{index}]", report)) is not None:
            yield f"{name}[{index}]", found


def decode_one(decoder: "msgspec.json.Decoder[T]", data: bytes | msgspec.Raw, place: str,
               report: Report | None) -> T | None:
    """Return decoded JSON; None, with a line in the report, for what is not as the format says."""
    try:
        return decoder.decode(without_nul(data)) if bytes(data).strip() else None
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        if report:
            report.note(INVALID, f"{place}: {problem}")
        return None


class Zip(Archive):
    """A zip; names without the flag for UTF-8 are UTF-8 all the same in the exports of Slack."""

    def __init__(self, path: Path, report: Report) -> None:
        super().__init__(report)
        try:
            self._zip = zipfile.ZipFile(path)
        except BROKEN as problem:
            raise Unusable(f"{path} is not a zip that can be read: {problem}") from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if sum(info.file_size for info in infos) > max(SMALL, RATIO * path.stat().st_size):
            raise Unusable(f"{path} would unpack to more than {RATIO} times its size: no export does that")
        self.names = _safe(((_name(info), info) for info in infos), report)

    def open(self, name: str) -> IO[bytes]:
        return self._zip.open(self.names[name])

    def size(self, name: str) -> int:
        return int(self.names[name].file_size)


class Folder(Archive):
    """A folder: an export that was unpacked."""

    def __init__(self, path: Path, report: Report) -> None:
        super().__init__(report)
        found = (one for one in path.rglob("*") if one.is_file() and not one.is_symlink())
        self.names = _safe(((_storable(one.relative_to(path).as_posix()), one) for one in found), report)

    def open(self, name: str) -> IO[bytes]:
        file: IO[bytes] = self.names[name].open("rb")
        return file

    def size(self, name: str) -> int:
        return int(self.names[name].stat().st_size)


@contextlib.contextmanager
def opened(path: Path, report: Report) -> Iterator[Archive]:
    """Open an export: a zip, a tar (which is unpacked beside the temporary files), a folder, or a single file."""
    if path.is_dir():
        yield Folder(path, report)
    elif not path.is_file():
        raise Unusable(f"there is no export at {path}")
    elif zipfile.is_zipfile(path):
        yield Zip(path, report)
    elif tarfile.is_tarfile(path):
        with tempfile.TemporaryDirectory() as folder:
            _unpack(path, Path(folder))
            yield Folder(Path(folder), report)
    else:
        found = Folder(path.parent, Report())
        found.report, found.names = report, {path.name: path}
        yield found


def _unpack(path: Path, folder: Path) -> None:
    most = min(max(SMALL, RATIO * path.stat().st_size), shutil.disk_usage(folder).free * 9 // 10)
    try:
        with tarfile.open(path) as tar:
            for member in tar:
                most -= member.size
                if most < 0:
                    raise Unusable(f"{path} would unpack to more than fits, or to {RATIO} times its size")
                if member.isfile():
                    tar.extract(member, folder, filter="data", set_attrs=False)
    except (tarfile.TarError, *BROKEN) as problem:
        raise Unusable(f"{path} cannot be unpacked: {problem}") from None


def _storable(name: str) -> str:
    """Return a name without the bytes that are no UTF-8, which no database stores."""
    return name.encode(errors="replace").decode()


def _name(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x800:
        return info.filename
    with contextlib.suppress(UnicodeError):
        return info.filename.encode("cp437").decode()
    return info.filename


def _safe(found: Iterator[tuple[str, Any]], report: Report) -> dict[str, Any]:
    """Return the files by their names, without those that lead outside, and without a single folder around all."""
    names = {}
    for name, file in found:
        parts = PurePosixPath(name.replace("\\", "/")).parts
        if not parts or parts[0] in ("/", "__MACOSX") or ".." in parts or parts[0].endswith(":"):
            report.note("names that lead outside of the archive", name)
        else:
            names["/".join(parts)] = file
    tops = {name.partition("/")[0] for name in names}
    if len(tops) == 1 and all("/" in name for name in names):
        return {name.partition("/")[2]: file for name, file in names.items()}
    return names
