"""HUBBUB_PREFIX: every address works below a path, whether or not the proxy strips it, and none is forgotten."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest
import socketio

from hubbub.application import create_app
from hubbub.config import Config
from tests.running_app import HERE, PASSWORD, RunningApp

ROOT = Path(__file__).parent.parent
SCRIPTS = [path for folder in ("hubbub", "examples") for path in sorted((ROOT / folder).glob("**/*.js"))
           if "vendor" not in path.parts]
ADDRESS = re.compile(r"""(?:href|src)="(/[^"]*)"|"(/s/[^"]+)\"""")


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    app = RunningApp(tmp_path_factory.mktemp("prefix"), prefix="/chat")
    yield app
    app.close()


def get(app, path, **environ):
    return app.flask.test_client().get(path, environ_overrides=HERE | environ)


@pytest.mark.parametrize("path", ["/chat", "/chat/", "/chat/feeds", "/", "/feeds", "/chat/room/1"])
def test_the_page_has_addresses_below_the_prefix_whether_or_not_the_proxy_strips_it(app, path):
    page = get(app, path)

    addresses = [one or other for one, other in ADDRESS.findall(page.text)]
    assert page.status_code == 200 and len(addresses) >= 6
    assert [address for address in addresses if not address.startswith("/chat/")] == []
    assert {get(app, address).status_code for address in addresses[:5]} == {200}


@pytest.mark.parametrize("path", ["/chat", "/chat/", "/"])
def test_a_socket_io_client_connects_below_the_prefix(app, path):
    client = socketio.SimpleClient(request_timeout=30)
    client.connect(app.url + path, socketio_path=f"{path.rstrip('/')}/socket.io".lstrip("/"), transports=["websocket"])

    assert client.receive(timeout=5)[0] == "message"
    client.disconnect()


def test_cookies_links_and_the_openapi_document_have_the_prefix(app):
    browser = app.flask.test_client()
    joined = browser.post(
        "/chat/api/join", json={"name": "Olga", "handle": "olga", "password": PASSWORD},
        headers={"Origin": "http://127.0.0.1"}, environ_overrides=HERE)
    signed_in = app.flask.test_client().post(
        "/chat/api/sign-in", json={"handle": "olga", "password": PASSWORD},
        environ_overrides=HERE | {"wsgi.url_scheme": "https"})
    signed_out = browser.post("/chat/api/sign-out", json={}, headers={"Origin": "http://127.0.0.1"},
                              environ_overrides=HERE)
    cookies = [cookie for answer in (joined, signed_in, signed_out) for cookie in answer.headers.getlist("Set-Cookie")]

    assert len(cookies) == 5 and all("; Path=/chat" in cookie for cookie in cookies)
    assert all(cookie.startswith("__Secure-") for cookie in signed_in.headers.getlist("Set-Cookie"))
    assert joined.json["invite"]["url"].startswith("http://127.0.0.1/chat/join#")
    assert get(app, "/chat/api/openapi.json").json["servers"] == [{"url": "/chat"}]


def test_the_tutorial_names_its_files_by_relative_addresses(app):
    page, script = get(app, "/chat/tutorial").text, get(app, "/chat/tutorial/page.js").text

    assert re.findall(r'(?:href|src)="([^"]+)"', page)[1:] == ["tutorial/page.css", "tutorial/page.js"]
    assert 'from "./socketio.js"' in script and 'new URL("../socket.io", import.meta.url)' in script


@pytest.mark.parametrize("prefix", ["chat", "/a b", "/../x", "//x", "/a?b", "/."])
def test_a_prefix_that_is_no_path_is_refused(prefix):
    with pytest.raises(ValueError, match="HUBBUB_PREFIX must be a path like /chat"):
        Config.read({"HUBBUB_PREFIX": prefix})


@pytest.mark.parametrize("prefix", ["/room", "/s", "/files", "/api/feeds", "/tutorial", "/socket.io"])
def test_a_prefix_that_begins_an_address_of_the_server_is_refused(tmp_path, prefix):
    with pytest.raises(ValueError, match="HUBBUB_PREFIX must not be"):
        create_app(replace(Config.read({}), data=tmp_path, prefix=prefix))


# A path in code is one of the application; these are the places where the browser would take it for one of the host.
SINK = re.compile(r"(?:\bfetch|location\.assign|location\.replace|location\.href\s*=|window\.open|getRegistration|"
                  r"\bregister|\bimport|new Worker|new URL|State\([^)]*,)\s*\(?\s*[\"'`]/|"
                  r"location\.origin\}?(?! \+ url\(| !==|\})|location\.origin\}/|location\.pathname|path=/|scope: \"/")
OWN = {"hubbub/web/static/boot.js", "hubbub/web/static/router.js"}  # the helper, and the router


def test_no_script_gives_the_browser_an_address_without_the_prefix():
    found = [f"{path.relative_to(ROOT)}: {line.strip()[:100]}" for path in SCRIPTS
             if str(path.relative_to(ROOT)) not in OWN
             for line in path.read_text().splitlines() if SINK.search(line)]

    assert found == []


@pytest.mark.parametrize("line", [
    'fetch("/api/me")', "fetch(`/api/${id}`)", 'location.assign("/")', "location.href = `/document/${id}/text`",
    'register("/worker.js", {', 'getRegistration("/")', "`${location.origin}/room/1`", 'import("/s/x.js")',
    "if (location.pathname === \"/join\")", 'document.cookie = `a=1; path=/`', '{ scope: "/" }', 'window.open("/x")',
])
def test_the_check_of_scripts_finds_each_way_to_forget_the_prefix(line):
    assert SINK.search(line)


def calls(tree, *names):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)
            and (getattr(node.func, "attr", None) or getattr(node.func, "id", None)) in names]


def forgotten(source):
    """Return the lines of Python that give a browser an address or cookie without the prefix."""
    tree = ast.parse(source)
    paths = [node for node in calls(tree, "set_cookie", "delete_cookie")
             if not re.match(r"set_cookie\(|credentials\.|.*cookie_path", ast.unparse(node))]
    paths += [node for node in calls(tree, "redirect") if "url(" not in ast.unparse(node)]
    paths += [node for node in ast.walk(tree) if isinstance(node, ast.Attribute) and node.attr == "host_url"]
    paths += [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
              and re.match(r"f['\"]https?://\{(?!.*prefix|.*NOWHERE)", ast.unparse(node))]
    paths += [node for node in ast.walk(tree) if isinstance(node, ast.Assign)
              and re.search(r"\.headers\['Location'\] = (?!.*url\()", ast.unparse(node))]
    return sorted(node.lineno for node in paths)


def test_no_python_gives_the_browser_an_address_without_the_prefix():
    found = [f"{path.relative_to(ROOT)}:{line}" for path in sorted(ROOT.glob("hubbub/**/*.py"))
             for line in forgotten(path.read_text())]
    templates = "".join(path.read_text() for path in ROOT.glob("hubbub/**/templates/*"))

    assert found == []
    assert re.findall(r"""(?:href|src|action|content)=["']?/""", templates) == []


@pytest.mark.parametrize("line", [
    "answer.set_cookie('a', 'b')", "answer.delete_cookie('a', path='/')", "redirect('/join')", "request.host_url",
    "f'http://{host}:{port}/join'", "answer.headers['Location'] = '/join'",
])
def test_the_check_of_python_finds_each_way_to_forget_the_prefix(line):
    assert forgotten(line) == [1]
