"""The static tree: every slice's files under one content hash, so that an address never changes its meaning.

The address mirrors the package (`/s/<hash>/chat/static/main.js` is `hubbub/chat/static/main.js`): relative imports are
the same on disk, in the browser and for the type checker.  Files are found by looking in an index made at the start,
never by joining a path from outside to a folder, so there is nothing to climb out of.  There is no build, but two
things are not sent as they are written: modules go without their comments, which are a quarter of their bytes, line for
line; and stylesheets go as one file, without the space between their words.
"""

from __future__ import annotations

import functools
import gzip
import hashlib
import pathlib
import posixpath
import re
from collections.abc import Iterable

from flask import Response, request
from flask.typing import ResponseReturnValue

from hubbub.core import access
from hubbub.web import boot, headers

PACKAGE = pathlib.Path(__file__).parent.parent
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
}
PACKED = {".js", ".css", ".svg", ".json", ".txt"}
IMPORT = re.compile(r"""^(?:import|export)\s[^"'();]*?["'](\.[^"'\n]+)["']""", re.M)
COMMENT = re.compile(
    r"""^[ \t]*/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*$  # a block on lines of its own
      | /\*\*[ ]@type[^\n]*?\*/[ ]?              # a type beside code
      | ^[ \t]*//.*$                             # a line
      | ^[ \t]+                                  # and the indentation""",
    re.M | re.X,
)
SPACE = re.compile(rb"\s*([{};,])\s*|(?<=[a-z]:)\s+")
SHEETS = [f"web/static/css/{name}.css" for name in ("tokens", "base", "layout", "components")]
SHEET = "style.css"


class Tree:
    """The files below `root` that may be served, as they were when the tree was first asked for."""

    def __init__(self, root: pathlib.Path, sheets: Iterable[str] = ()) -> None:
        found = (file for file in root.glob("*/static/**/*") if file.suffix in TYPES and file.is_file())
        self.files = {(name := file.relative_to(root).as_posix()): _served(name, file) for file in sorted(found)}
        self.files[SHEET] = SPACE.sub(rb"\1", b"".join(self.files[sheet] for sheet in sheets))
        digest = hashlib.sha256()
        for name, data in self.files.items():
            digest.update(f"{name}\0{len(data)}\0".encode() + data)
        self.version = digest.hexdigest()[:12]
        self.base = f"/s/{self.version}"
        self.packed: dict[str, bytes] = {}

    def url(self, path: str) -> str:
        """The address of a file named like `chat/static/main.js`; KeyError if there is none."""
        self.files[path]
        return f"{self.base}/{path}"

    def graph(self, entries: list[str]) -> list[str]:
        """Every module that these import statically, each once, the entries first."""
        seen: dict[str, None] = {}
        todo = list(reversed(entries))
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen[path] = None
            folder = posixpath.dirname(path)
            references = [] if "/vendor/" in path else IMPORT.findall(self.files[path].decode())
            todo += reversed([posixpath.normpath(posixpath.join(folder, reference)) for reference in references])
        return list(seen)

    def squeezed(self, path: str) -> bytes:
        """The file's bytes under gzip, squeezed once."""
        if path not in self.packed:
            self.packed[path] = gzip.compress(self.files[path], 9, mtime=0)
        return self.packed[path]


def _served(name: str, file: pathlib.Path) -> bytes:
    if not name.endswith(".js") or "/vendor/" in name:
        return file.read_bytes()
    return COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), file.read_text("utf-8")).encode()


@functools.cache
def tree() -> Tree:
    """The package's static tree, read once a process, after the slices have named their stylesheets."""
    return Tree(PACKAGE, [*SHEETS, *boot.STYLESHEETS])


def serve(version: str, name: str) -> ResponseReturnValue:
    """One file of this version, for ever; a page of an older version is told to reload."""
    files = tree()
    if version != files.version:
        raise access.Refused("this page is from another version, reload it", "absent")
    if name not in files.files:
        raise access.Refused("there is no such file", "absent")
    suffix = posixpath.splitext(name)[1]
    packed = suffix in PACKED and headers.takes_gzip(request.environ)
    response = Response(files.squeezed(name) if packed else files.files[name])
    response.headers["Content-Type"] = TYPES[suffix]
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = headers.FOREVER
    if suffix == ".svg":
        response.headers["Content-Security-Policy"] = headers.FILE_POLICY
    return response
