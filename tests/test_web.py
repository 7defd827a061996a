"""The page: response headers, error responses, origin check and credentials."""

import json
import logging
import re
import socket

import pytest
from flask import Flask

from hubbub import people, web
from hubbub.application import create_app
from hubbub.config import Config
from hubbub.core import access, db
from hubbub.web import client, credentials, errors, hosts, origin, static_tree

HERE = {"REMOTE_ADDR": "127.0.0.1"}


@pytest.fixture
def app(tmp_path):
    yield create_app(Config(data=tmp_path))
    db.close()


@pytest.fixture
def browser(app):
    return app.test_client()


def page_of(browser, **headers):
    return browser.get("/", environ_base=HERE, headers={"Host": "localhost:5000", **headers})


def boot_of(page):
    return json.loads(re.search(r'<script type="application/json" id="boot">(.*?)</script>', page.text, re.S)[1])


def test_the_page_has_no_inline_script_style_or_handler(browser):
    page = page_of(browser)

    scripts = re.findall(r"<script([^>]*)>", page.text)
    assert [script for script in scripts if "src=" not in script] == [' type="application/json" id="boot"']
    assert "<style" not in page.text
    assert not re.search(r"\s(?:style|on\w+)=", page.text)


def test_text_in_the_boot_data_is_escaped(browser, monkeypatch):
    monkeypatch.setitem(people.slice.boot, "test", lambda person: "</script><!--<b>&'\"\u2028")
    page = page_of(browser)

    assert boot_of(page)["test"] == "</script><!--<b>&'\"\u2028"
    assert page.text.count("</script>") == 3


def test_loading_the_page_creates_no_guest_and_sets_no_cookie(browser):
    first, second = page_of(browser), page_of(browser)

    assert boot_of(first) | {"now": 0} == boot_of(second) | {"now": 0}
    assert boot_of(first)["me"] is None
    assert "Set-Cookie" not in first.headers


def test_only_a_valid_theme_of_the_cookie_is_in_the_page(browser):
    for cookie, theme in [("dark", "dark"), ("light", "light"), ('"><b>', "system"), ("", "system")]:
        for name in (f"theme-{credentials.instance()}", "theme"):  # the second is the old name
            browser.set_cookie(name, cookie, domain="localhost")
            assert f'<html lang="en" dir="ltr" data-theme="{theme}">' in page_of(browser).text
            browser.delete_cookie(name, domain="localhost")


def test_the_theme_of_another_server_on_this_host_is_ignored(browser):
    browser.set_cookie("theme-99999999", "dark", domain="localhost")
    browser.set_cookie(f"theme-{credentials.instance()}", "light", domain="localhost")

    assert 'data-theme="light"' in page_of(browser).text


def test_no_script_makes_markup_or_code_from_text():
    forbidden = re.compile(r"innerHTML|outerHTML|insertAdjacent|\.write\(|\beval\(|Function\(|dangerously|style=\"")
    own_files = [file for file in static_tree.PACKAGE.glob("*/static/**/*.js") if "vendor" not in file.parts]

    assert len(own_files) > 15
    assert [file.name for file in own_files if forbidden.search(file.read_text())] == []


@pytest.fixture
def failing():
    """A client of an app whose routes fail in every way, with Hubbub's errors and headers."""
    app = Flask("failing")
    app.register_blueprint(web.blueprint)

    def fail(code):
        if code == "bug":
            raise KeyError("a secret")
        raise access.Refused("error.other_site", code)

    app.get("/fail/<code>")(fail)
    return app.test_client()


def test_a_refusal_has_the_status_of_its_code(failing):
    for code, status in [*errors.STATUS.items(), ("refused", 400), ("invented", 400)]:
        answer = failing.get(f"/fail/{code}")
        assert (answer.status_code, answer.json) == (status, access.Refused("error.other_site", code).payload)


def test_a_bug_is_logged_with_its_route_and_hidden_from_the_client(failing, caplog):
    with caplog.at_level(logging.ERROR):
        answer = failing.get("/fail/bug?secret=1")

    assert (answer.status_code, answer.json) == (500, access.Refused("error.internal", "broken").payload)
    assert caplog.messages == ["GET /fail/<code> failed"]


def test_errors_of_flask_have_the_same_form(failing):
    missing, method = failing.get("/nowhere"), failing.post("/fail/x")

    assert (missing.status_code, missing.json["code"]) == (404, "not_found")
    assert missing.json["error"].startswith("There is nothing at this address")
    assert (method.status_code, method.json["code"]) == (405, "bad_input")
    assert "GET" in method.headers["Allow"]


HOSTS = [
    *[(host, True) for host in ("localhost", "LOCALHOST.:5000", "127.0.0.1:5000", "[::1]:5000", "[fd00::1]", "10.0.0.9",
                                "192.168.1.20:80", "203.0.113.9", f"{socket.gethostname()}:5000",
                                f"{socket.gethostname().partition('.')[0]}.local", "chat.example", "Chat.Example:443")],
    *[(host, False) for host in ("evil.example", "localhost.evil.example", "chat.example.evil.example", "xchat.example",
                                 "127.0.0.1.evil.example", "evil.example:5000", "[::1", "a@localhost", "localhost:x")],
]


@pytest.mark.parametrize(("host", "is_allowed"), HOSTS)
def test_only_names_of_this_server_are_answered(tmp_path, host, is_allowed):
    check = hosts.HostCheck(lambda environ, start: [b"served"], Config(data=tmp_path, hosts=("chat.example",)))
    statuses = []

    [body] = check({"HTTP_HOST": host, "PATH_INFO": "/"}, lambda status, headers: statuses.append(status))

    assert (body == b"served", statuses) == ((True, []) if is_allowed else (False, ["421 Misdirected Request"]))
    assert is_allowed or b"add it to HUBBUB_HOSTS" in body


@pytest.mark.parametrize("path", ["/", "/healthz", "/api/guests", "/socket.io/?EIO=4&transport=polling",
                                  "/socket.io/?EIO=4&transport=websocket"])
def test_a_foreign_name_is_refused_on_every_path(browser, path):
    rebound = {"Host": "evil.example", "Origin": "http://evil.example", "Accept": "text/html"}

    answer = browser.get(path, environ_base=HERE, headers=rebound)

    assert (answer.status_code, answer.text) == (421, "This server does not know the name 'evil.example': add it to "
                                                      "HUBBUB_HOSTS and restart the server.")


def environ(**changes):
    defaults = {"REQUEST_METHOD": "GET", "wsgi.url_scheme": "http", "HTTP_HOST": "hub.example:5000"}
    return {**defaults, "REMOTE_ADDR": "10.0.0.9", **changes}


@pytest.mark.parametrize(("sender", "scheme", "is_allowed"), [
    (None, "http", True),
    ("http://hub.example:5000", "http", True),
    ("https://hub.example:5000", "https", True),
    ("https://hub.example:5000", "http", False),
    ("http://hub.example", "http", False),
    ("http://hub.example:5001", "http", False),
    ("http://hub.example:5000.evil.example", "http", False),
    ("http://evil.example/?http://hub.example:5000", "http", False),
    ("http://xhub.example:5000", "http", False),
    ("HTTP://HUB.EXAMPLE:5000", "http", False),
    ("null", "http", False),
    ("", "http", False),
])
def test_only_requests_of_the_own_origin_or_without_one_are_allowed(sender, scheme, is_allowed):
    request = environ(**{"wsgi.url_scheme": scheme}, **({"HTTP_ORIGIN": sender} if sender is not None else {}))

    assert origin.is_allowed(request) is is_allowed
    assert origin.is_present(request) is (sender is not None)


def test_a_request_without_a_host_is_refused():
    request = environ(HTTP_ORIGIN="http://")
    del request["HTTP_HOST"]

    assert not origin.is_allowed(request)


@pytest.mark.parametrize(("peer", "host", "headers", "expected"), [
    ("127.0.0.1", "localhost:5000", {}, True),
    ("127.0.0.1", "LocalHost", {}, True),
    ("127.8.8.8", "127.0.0.1:5000", {}, True),
    ("::1", "[::1]:5000", {}, True),
    ("::ffff:127.0.0.1", "localhost", {}, True),
    ("10.0.0.9", "localhost", {}, False),
    ("::ffff:10.0.0.9", "localhost", {}, False),
    ("", "localhost", {}, False),
    ("127.0.0.1", "hub.example", {}, False),
    ("127.0.0.1", "localhost.evil.example", {}, False),
    ("127.0.0.1", "127.0.0.1.evil.example", {}, False),
    ("127.0.0.1", "[::1].evil.example", {}, False),
    ("127.0.0.1", "localhost:5000:1", {}, False),
    ("127.0.0.1", "0.0.0.0:5000", {}, False),
    ("127.0.0.1", "", {}, False),
    ("127.0.0.1", "localhost", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
    ("127.0.0.1", "localhost", {"HTTP_X_FORWARDED_PROTO": "http"}, False),
    ("127.0.0.1", "localhost", {"HTTP_FORWARDED": "for=127.0.0.1"}, False),
    ("127.0.0.1", "localhost", {"HTTP_X_REAL_IP": "127.0.0.1"}, False),
    ("127.0.0.1", "localhost", {"HTTP_VIA": "1.1 proxy"}, False),
])
def test_a_request_of_this_machine_has_a_local_address_and_host_and_no_proxy(peer, host, headers, expected):
    assert client.is_this_machine(environ(REMOTE_ADDR=peer, HTTP_HOST=host, **headers)) is expected


COOKIE = {"HTTP_COOKIE": "theme=dark; hubbub-1a2b3c4d=cookie"}
OWN_ORIGIN = {"HTTP_ORIGIN": "http://hub.example:5000"}
OTHER_ORIGIN = {"HTTP_ORIGIN": "http://evil.example"}
UPGRADE = {"HTTP_UPGRADE": "WebSocket", "HTTP_CONNECTION": "Upgrade"}
POST = {"REQUEST_METHOD": "POST"}


@pytest.mark.parametrize(("request_fields", "auth", "token"), [
    ({}, None, None),
    (COOKIE, None, "cookie"),
    ({**COOKIE, **OWN_ORIGIN}, None, "cookie"),
    ({**COOKIE, **OTHER_ORIGIN}, None, None),
    ({**COOKIE, "HTTP_ORIGIN": "null"}, None, None),
    ({**COOKIE, **POST}, None, None),
    ({**COOKIE, **POST, **OWN_ORIGIN}, None, "cookie"),
    ({**COOKIE, **POST, **OTHER_ORIGIN}, None, None),
    ({**COOKIE, **UPGRADE}, None, None),
    ({**COOKIE, **UPGRADE, **OWN_ORIGIN}, None, "cookie"),
    ({**COOKIE, **UPGRADE, **OTHER_ORIGIN}, None, None),
    ({**POST, "HTTP_AUTHORIZATION": "Bearer header"}, None, "header"),
    ({**UPGRADE, **COOKIE}, {"token": "auth"}, "auth"),
    ({**COOKIE, "HTTP_AUTHORIZATION": "Bearer header"}, {"token": "auth"}, "header"),
    ({"HTTP_AUTHORIZATION": "Basic header"}, None, None),
    ({"HTTP_AUTHORIZATION": "Bearer "}, None, None),
    ({}, {"token": 7}, None),
    ({}, {"token": ""}, None),
    ({}, ["token"], None),
    ({"HTTP_COOKIE": "hubbub-1a2b3c4d="}, None, None),
    ({"HTTP_COOKIE": "hubbub-99999999=foreign"}, None, None),
    ({"HTTP_COOKIE": "hubbub=old"}, None, "old"),
    ({"HTTP_COOKIE": "hubbub=foreign; hubbub-1a2b3c4d=own"}, None, "own"),
])
def test_credentials_that_another_page_could_add_are_ignored(request_fields, auth, token, monkeypatch):
    monkeypatch.setattr(credentials, "instance", lambda: "1a2b3c4d")
    assert credentials.token(environ(**request_fields), auth) == token
