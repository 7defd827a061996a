"""The static tree: every slice's files under one content hash, so that the content of a URL never changes.

The URL mirrors the package (`/s/<hash>/chat/static/main.js` is `hubbub/chat/static/main.js`, and likewise for slices
of other packages): relative imports are the same on disk, in the browser and for the type checker.  Only names in an
index that is made at the start are served; no path from a request is ever joined to a folder.

`built.json` has the bundles that `bin/build` made of Hubbub's own modules, and for each module a stub at its address
that exports the same from its bundle, so a module of another package gets the instance that the page runs.  If the
modules are no longer those that the bundles were made of, or if HUBBUB_MODULES is set, each module is sent as it is,
without comments but with the same line numbers.  Stylesheets are sent as one file without needless whitespace.  What
the first rows need of it is another file, and the strings of a language are two; the page loads the rest after them.
"""

from __future__ import annotations

import contextlib
import functools
import gzip
import hashlib
import json
import os
import pathlib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.resources.abc import Traversable
from typing import TypedDict

import gevent
from flask import Response, request
from flask.typing import ResponseReturnValue

from hubbub import slices
from hubbub.core import access, strings
from hubbub.web import first_part, headers, other_versions

PACKAGE = pathlib.Path(__file__).parent.parent
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".png": "image/png",
}
ENCODINGS: dict[str, Callable[[bytes], bytes]] = {"gzip": functools.partial(gzip.compress, compresslevel=9, mtime=0)}
with contextlib.suppress(ImportError):  # an extra
    import brotli

    ENCODINGS = {"br": brotli.compress} | ENCODINGS
COMPRESSIBLE = {".js", ".css", ".svg", ".json", ".txt"}
IMPORT = re.compile(r"""(?:^|[;}])(?:import|export)\b[^"'();]*?["'](\.[^"'\n]+)["']""", re.M)
COMMENT = re.compile(
    r"""^[ \t]*/\*\*(?:(?!\*/)[\s\S])*\*/[ \t]*$  # a block on lines of its own
      | /\*\*[ ]@type[^\n]*?\*/[ ]?              # a type beside code
      | ^[ \t]*//.*$                             # a line
      | ^[ \t]+                                  # and the indentation""",
    re.M | re.X,
)
SPACE = re.compile(rb"/\*.*?\*/\s*|\s*([{};,])\s*|(?<=[a-z]:)\s+", re.S)
SHEETS = [f"web/static/css/{name}.css" for name in ("tokens", "base", "layout", "components", "phone", "preferences")]
FIRST_SHEET, SHEET = "first.css", "style.css"
ENTRY = "web/static/main.js"
TEMPLATES = PACKAGE / "web/templates"
# The first format of a date takes a slow phone 90 ms; this one is made while the modules are still on their way.
PREPARE_DATES = 'new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" })'

BUILT = PACKAGE / "web/built.json"


class Built(TypedDict):
    """What `bin/build` has made."""

    sources: str  # the digest of the modules in the bundles
    pages: list[str]  # the modules of slices that the page's bundle runs
    files: dict[str, str]  # bundles and stubs by path


class Tree:
    """The files in `static` of each of these folders, as they were when the tree was created."""

    def __init__(self, folders: Mapping[str, Traversable], sheets: Iterable[str] = (),
                 built: Built | None = None) -> None:
        found = {f"{name}/{path}": data for name, folder in sorted(folders.items())
                 for path, data in sorted(_files(folder / "static", "static"))}
        self.is_built = built is not None and built["sources"] == _digest(found, built["files"])
        self.bundled = set(built["pages"]) if built and self.is_built else set()
        bundles = built["files"] if built and self.is_built else {}
        self.files = {path: _minified(path, data) for path, data in found.items() if path not in bundles}
        self.files |= {path: text.encode() for path, text in bundles.items()}
        self.catalogues = strings.merge(folders.values())
        self.languages = list(self.catalogues)
        names = first_part.NamesIn(self._first_code(bundles))
        for language, catalogue in self.catalogues.items():
            first, later = map(_module_of, first_part.split_strings(catalogue, names))
            self.files |= {f"strings/{language}.js": first + f";{PREPARE_DATES}".encode(),
                           f"strings/{language}-later.js": later}
        sheet = SPACE.sub(rb"\1", b"".join(self.files[sheet] for sheet in sheets)).decode()
        self.files |= {SHEET: sheet.encode(), FIRST_SHEET: first_part.first_rules(sheet, names).encode()}
        self.version = _digest(self.files, self.files)[:12]
        self.base = f"/s/{self.version}"
        self._compressed: dict[tuple[str, str], bytes] = {}
        self._imported: dict[str, list[str]] = {}

    def _first_code(self, bundles: Mapping[str, str]) -> str:
        """Return all that may run before the first rows: the page's bundle, modules in no bundle, the templates."""
        modules = [path for path in self.files if path.endswith(".js") and "/vendor/" not in path]
        first = [self.files[path] for path in modules if path == ENTRY or path not in bundles]
        return b"\n".join([*first, *(file.read_bytes() for file in sorted(TEMPLATES.iterdir()))]).decode()

    def url(self, path: str) -> str:
        """Return the URL of a file named like `chat/static/main.js`; KeyError if there is none."""
        self.files[path]
        return f"{self.base}/{path}"

    def graph(self, entries: list[str]) -> list[str]:
        """Return every module that these import statically, each once, the entries first."""
        seen: dict[str, None] = {}
        todo = list(reversed(entries))
        while todo:
            path = todo.pop()
            if path in seen:
                continue
            seen[path] = None
            todo += reversed(self._imports(path))
        return list(seen)

    def _imports(self, path: str) -> list[str]:
        """Return the modules that a module imports, searched for once: it took two thirds of the time of every page."""
        if path not in self._imported:
            folder = posixpath.dirname(path)
            references = [] if "/vendor/" in path else IMPORT.findall(self.files[path].decode())
            self._imported[path] = [posixpath.normpath(posixpath.join(folder, reference)) for reference in references]
        return self._imported[path]

    def compressed(self, path: str, encoding: str) -> bytes:
        """Return a file under an encoding, compressed once, in a thread."""
        if (path, encoding) not in self._compressed:
            data = gevent.get_hub().threadpool.apply(ENCODINGS[encoding], (self.files[path],))
            self._compressed[path, encoding] = data
        return self._compressed[path, encoding]


def _files(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for file in folder.iterdir() if folder.is_dir() else ():
        path = f"{name}/{file.name}"
        if file.is_dir():
            yield from _files(file, path)
        elif posixpath.splitext(path)[1] in TYPES:
            yield path, file.read_bytes()


def _digest(files: Mapping[str, bytes], paths: Iterable[str]) -> str:
    """Return a digest of those of these files that exist."""
    digest = hashlib.sha256()
    for path in sorted(paths):
        if path in files:
            digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return digest.hexdigest()


def _module_of(texts: strings.Catalogue) -> bytes:
    return f"export default {json.dumps(texts, ensure_ascii=False, separators=(',', ':'))}".encode()


def _minified(path: str, data: bytes) -> bytes:
    if not path.endswith(".js") or "/vendor/" in path:
        return data
    return COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), data.decode()).encode()


@functools.cache
def tree() -> Tree:
    """Return the static tree of the shell and of all slices, made once a process."""
    folders: dict[str, Traversable] = {name: PACKAGE / name for name in ("core", "live", "web")}
    folders |= {slice.name: slice.folder for slice in slices.installed}
    sheets = [f"{slice.name}/static/{sheet}" for slice in slices.installed for sheet in slice.stylesheets]
    built = None if "HUBBUB_MODULES" in os.environ else json.loads(BUILT.read_bytes())
    return Tree(folders, [*SHEETS, *sheets], built)


def worker() -> Response:
    """Return the service worker, composed of the shell's part and those of the slices; at the root, so that its scope
    is the whole page, and never cached."""
    files = tree().files
    paths = [f"{name}/static/worker.js" for name in ("web", *(slice.name for slice in slices.installed))]
    parts = [b"{\n" + files[path] + b"}\n" for path in paths if path in files]
    return Response(b"".join(parts), mimetype="text/javascript")


def keep() -> None:
    """Have the nodes of other versions know the files of this one."""
    other_versions.keep(tree().version, tree().files)


def serve(version: str, name: str) -> ResponseReturnValue:
    """Serve a file of a version of the page, cacheable for ever; a page of an unknown version must reload."""
    files, other = tree(), None
    if version != files.version and (other := other_versions.find(version, name)) is None:
        raise access.Refused("error.page_outdated", "not_found")
    if other is None and name not in files.files:
        raise access.Refused("error.static_file_not_found", "not_found")
    suffix = posixpath.splitext(name)[1]
    accepted = headers.accepted_encodings(request.environ) if suffix in COMPRESSIBLE else set()
    encoding = next((name for name in ENCODINGS if name in accepted), "")
    if other is not None:
        response = Response(ENCODINGS[encoding](other) if encoding else other)
    else:
        response = Response(files.compressed(name, encoding) if encoding else files.files[name])
    response.headers["Content-Type"] = TYPES[suffix]
    if encoding:
        response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = headers.IMMUTABLE
    if suffix == ".svg":
        response.headers["Content-Security-Policy"] = headers.FILE_POLICY
    return response
