"""The page's own files: bundles, stubs and modules, compression, sizes, and what was vendored."""

import gzip
import hashlib
import json
import posixpath
import re
import shutil
import subprocess
from pathlib import Path

import brotli
import pytest

from hubbub import slices
from hubbub.application import SLICES, create_app
from hubbub.config import Config
from hubbub.core import access, db
from hubbub.web import static_tree

ROOT = Path(__file__).parent.parent
VENDOR = static_tree.PACKAGE / "web/static/vendor"
ROWS_LIMIT = 78_000  # all that the first rows need, with headers, in an empty Lobby; 50 messages are 2 KB more
PAGE_LIMIT = 153_500  # and all that follows: the icons, Socket.IO, a guest, what may be needed soon, all words
SERVER_HEADERS = "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def browser(tmp_path):
    yield create_app(Config(data=tmp_path)).test_client()
    db.close()


def page_of(browser, **headers):
    return browser.get("/", environ_base=HERE, headers={"Host": "localhost:5000", **headers})


def boot_of(page):
    return json.loads(re.search(r'<script type="application/json" id="boot">(.*?)</script>', page.text, re.S)[1])


def test_every_file_of_the_page_exists_and_is_cached_forever(browser):
    page = page_of(browser)

    addresses = set(re.findall(r'(?:href|src)="(/s/[^"]+)"', page.text)) | set(boot_of(page)["modules"])
    assert len(addresses) >= 4
    for address in addresses:
        file = browser.get(address)
        assert file.status_code == 200
        assert file.headers["Cache-Control"] == "max-age=31536000, immutable"
        assert file.headers["X-Content-Type-Options"] == "nosniff"
        is_document = address.endswith(".svg")
        assert file.headers.get("Content-Security-Policy") == ("default-src 'none'" if is_document else None)
        assert file.mimetype == static_tree.TYPES[Path(address).suffix].split(";")[0]


@pytest.fixture
def modules(monkeypatch):
    """The tree of a server that sends each module as it is."""
    monkeypatch.setenv("HUBBUB_MODULES", "1")
    tree = static_tree.tree.__wrapped__()
    monkeypatch.setattr(static_tree, "tree", lambda: tree)
    return tree


def preloads(page):
    return set(re.findall(r'<link rel="modulepreload" href="/s/[^/]+/([^"]+)"', page.text))


def test_without_bundles_every_module_is_preloaded_except_those_loaded_on_demand(browser, modules):
    preloaded = preloads(page_of(browser))

    used = {name for name in modules.files if name.endswith(".js")}
    used -= {name for name in used if name.startswith("strings/") or name.endswith("/worker.js")}
    on_demand = {posixpath.normpath(posixpath.join(posixpath.dirname(name), reference))
                 for name in used for reference in re.findall(r'import\("(\.[^"]+)"\)', modules.files[name].decode())}
    on_demand.add("web/static/offline-start.js")  # the entry of another page
    assert used - preloaded == set(modules.graph(sorted(on_demand))) - preloaded
    assert {f"web/static/vendor/{name}.js" for name in ("highlight", "emoji")} <= on_demand - preloaded
    for name in used - {name for name in used if "/vendor/" in name}:
        references = re.findall(r'from "([^"]+)"', modules.files[name].decode())
        assert all(reference.startswith(".") for reference in references)


def test_the_first_page_is_one_bundle_and_its_strings(browser):
    page = page_of(browser)

    assert static_tree.tree().is_built, "the bundles are not those of these modules: run bin/build and commit it"
    assert preloads(page) == {"web/static/main.js"}
    scripts = re.findall(r'<script type="module" src="/s/[^/]+/([^"]+)"', page.text)
    assert scripts == ["strings/en.js", "web/static/main.js"]
    assert boot_of(page)["modules"] == []


def test_the_bundle_runs_the_slices_in_the_order_of_the_server():
    assert json.loads(static_tree.BUILT.read_bytes())["pages"] == [
        f"{slice.name}/static/{slice.page}" for slice in slices.installed if slice.page and slice in SLICES]


def test_a_bundled_module_has_a_stub_that_leads_to_its_bundle():
    built = json.loads(static_tree.BUILT.read_bytes())["files"]

    assert re.fullmatch(r'export \{.* as request\b.*\} from "\./main.js"\n', built["web/static/connection.js"])
    for name, text in built.items():
        references = re.findall(r'^(?:ex|im)port .*"(\..*)"$', text, re.M)
        folder = posixpath.dirname(name)
        assert {posixpath.normpath(posixpath.join(folder, path)) for path in references} <= built.keys()


def test_a_place_in_a_bundle_leads_to_the_line_of_its_module():
    if shutil.which("node") is None:
        pytest.skip("no Node on this machine: install the package nodejs")
    text = json.loads(static_tree.BUILT.read_bytes())["files"]["chat/static/search-view.js"]
    before = text[:text.index("`/api/search")].split("\n")
    place = f"https://chat.example/s/0123/chat/static/search-view.js:{len(before)}:{len(before[-1]) + 1}"

    where = [ROOT / "bin/build", "--where", place]
    path, line, _ = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip().split(":")

    assert path == "hubbub/chat/static/search-messages.js"
    assert "/api/search" in (ROOT / path).read_text().split("\n")[int(line) - 1]


def test_bundles_of_other_modules_are_not_used(tmp_path):
    (tmp_path / "web/static").mkdir(parents=True)
    file = tmp_path / "web/static/a.js"
    file.write_text("1")
    sources = hashlib.sha256(b"web/static/a.js\0001\0001").hexdigest()
    built = {"sources": sources, "pages": ["web/static/a.js"], "files": {"web/static/a.js": "2"}}

    def tree():
        return static_tree.Tree({"web": tmp_path / "web"}, built=built)

    assert (tree().files["web/static/a.js"], tree().bundled) == (b"2", {"web/static/a.js"})
    file.write_text("3")
    assert (tree().files["web/static/a.js"], tree().bundled) == (b"3", set())


def test_the_first_page_is_small_on_the_wire(browser):
    compressed = {"Accept-Encoding": "gzip, br"}
    page, base = page_of(browser, **compressed), static_tree.tree().base

    def size(*answers):
        return sum(len(answer.data) + len(str(answer.headers)) + len(SERVER_HEADERS) for answer in answers)

    first = set(re.findall(r'(?:href|src)="(/s/[^"]+\.(?:js|css))"', gzip.decompress(page.data).decode()))
    later = {f"{base}/{path}" for path in [
        "web/static/icon.svg", "web/static/vendor/icons.svg", "web/static/vendor/socketio.js", "chat/static/soon.js",
        "web/static/common.js", "style.css", "strings/en-later.js"]}
    guest = browser.post("/api/guests", json={}, environ_base=HERE, headers={"Host": "localhost:5000"})
    rows = size(page, *(browser.get(address, headers=compressed) for address in first))
    assert rows <= ROWS_LIMIT
    assert rows + size(guest, *(browser.get(address, headers=compressed) for address in later)) <= PAGE_LIMIT


def test_only_the_files_of_static_folders_are_served(browser):
    base = static_tree.tree().base

    for path in ["web/page.py", "web/templates/page.html", "web/static/../page.py", "web/static/types.d.ts",
                 "../app.py", "web/static/%2e%2e/page.py", "web/static/..%2fpage.py", "web/static//app.js",
                 "/etc/passwd", "web/static", "web/static/css/", "WEB/static/app.js", "web/static/app.js%00",
                 "web\\static\\app.js"]:
        answer = browser.get(f"{base}/{path}")
        assert answer.status_code in (404, 308), path
        if answer.status_code == 404:
            assert answer.json["code"] == "not_found"


def test_a_page_of_an_older_version_is_asked_to_reload(browser):
    answer = browser.get("/s/000000000000/web/static/app.js")

    assert answer.status_code == 404
    assert answer.json == access.Refused("error.page_outdated", "not_found").payload


def test_modules_are_served_without_comments_and_style_sheets_as_one_file(tmp_path):
    (tmp_path / "web/static").mkdir(parents=True)
    module = ["// One.", "/** Two. @param {string} a */", "export function f(a) {", "  // three",
              "  return /** @type {any} */ (a) + '//' // four", "}", "/**", " * Five.", " */", "const url = `https://a.org/**/`"]
    (tmp_path / "web/static/a.js").write_text("\n".join(module))
    for name in "bc":
        (tmp_path / f"web/static/{name}.css").write_text(name)

    files = static_tree.Tree({"web": tmp_path / "web"}, ["web/static/c.css", "web/static/b.css"]).files
    assert files["web/static/a.js"].decode().split("\n") == [
        "", "", "export function f(a) {", "", "return (a) + '//' // four", "}", "", "", "", "const url = `https://a.org/**/`"]
    assert files["style.css"] == b"cb"


def test_the_version_of_the_static_files_depends_on_their_content(tmp_path):
    (tmp_path / "web/static").mkdir(parents=True)
    file = tmp_path / "web/static/a.js"
    versions = []
    for content in ("one", "two", "one"):
        file.write_text(content)
        versions.append(static_tree.Tree({"web": tmp_path / "web"}).version)

    assert versions[0] == versions[2] != versions[1]


def test_files_and_pages_are_compressed_if_the_client_accepts_it(browser):
    address = static_tree.tree().url("web/static/main.js")
    plain, compressed, smaller = (browser.get(address, headers={"Accept-Encoding": accepted})
                                  for accepted in ("br;q=0, zstd", "gzip, deflate", "gzip, deflate, br, zstd"))

    assert "Content-Encoding" not in plain.headers
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(compressed.data) == plain.data
    assert smaller.headers["Content-Encoding"] == "br"
    assert brotli.decompress(smaller.data) == plain.data
    assert len(smaller.data) < len(compressed.data) * 0.95
    assert page_of(browser, **{"Accept-Encoding": "gzip"}).headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in browser.get("/nowhere", headers={"Accept-Encoding": "gzip"}).headers


def test_the_vendored_files_match_the_lock_file():
    lock = json.loads((VENDOR / "vendor.lock.json").read_text())

    files = {file.name: file for file in VENDOR.iterdir() if file.name != "vendor.lock.json"}
    assert files.keys() == lock["files"].keys()
    for name, locked in lock["files"].items():
        data = files[name].read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (locked["bytes"], locked["sha256"])


def test_every_vendored_package_has_an_integrity_hash_and_a_licence():
    lock = json.loads((VENDOR / "vendor.lock.json").read_text())
    texts = (VENDOR / "LICENSES.txt").read_text()

    assert {"preact", "@preact/signals", "htm", "socket.io-client", "lucide-static"} <= lock["packages"].keys()
    for name, locked in lock["packages"].items():
        assert locked["integrity"].startswith("sha512-")
        assert f"{name} {locked['version']} ({locked['licence']})" in texts
