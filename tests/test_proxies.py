"""Hubbub behind nginx, HAProxy and Caddy, with the configurations that docs/install.md prints; and below a path."""

import asyncio
import contextlib
import hashlib
import random
import re
import socket
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import socketio

from hubbub import httpserver
from hubbub.config import Config
from hubbub.web import address
from hubbub_client import AsyncClient, Client, Unreachable
from tests import proxies
from tests.process import Server, call
from tests.proxies import Proxy
from tests.running_app import PASSWORD, RunningApp
from tests.waiting import until

INSTALL = (Path(__file__).parent.parent / "docs" / "install.md").read_text()
SIZE, CHUNK = 30 * 1024 * 1024, 512 * 1024
FORGED = {"X-Forwarded-For": "6.6.6.6", "Forwarded": "for=6.6.6.6;proto=http;host=evil.example",
          "X-Forwarded-Host": "evil.example", "X-Real-IP": "6.6.6.6"}


class Site:
    """A Hubbub behind proxies, with an owner."""

    def __init__(self, folder, **settings):
        self.server = Server(folder, HUBBUB_PROXIES="1", **settings)
        self.port = urlsplit(self.server.url).port
        self.secret = self.server.process.stdout.readline().partition("/join#")[2].strip()
        body = {"secret": self.secret, "name": "Olga", "handle": "olga", "password": PASSWORD}
        self.token = self.server.request_json("POST", "/api/join", body=body)["token"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("site"))
    yield site
    site.server.stop()


@pytest.fixture(scope="module", params=list(proxies.FILES))
def proxy(request, site, tmp_path_factory):
    proxy = Proxy(request.param, tmp_path_factory.mktemp(request.param), site.port)
    yield proxy
    proxy.stop()


def session_of(proxy):
    session = requests.Session()
    session.trust_env, session.verify, session.headers["Origin"] = False, str(proxy.certificate), proxy.url
    return session


@pytest.fixture
def browser(proxy):
    """A session over https that is signed in with a cookie."""
    with session_of(proxy) as session:
        signed_in = session.post(f"{proxy.url}/api/sign-in", json={"handle": "olga", "password": PASSWORD})
        assert signed_in.status_code == 200, signed_in.text
        yield session


@pytest.mark.parametrize("file", proxies.FILES.values())
def test_the_documentation_prints_each_configuration(file):
    assert f"\n{(proxies.EXAMPLES / file).read_text()}```" in INSTALL


def test_the_documentation_prints_what_changes_below_a_path():
    table = INSTALL.replace(r"\|", "|")

    changes = [new for name in proxies.FILES for _, *changed in proxies.BELOW[name] for new in changed if new]
    lines = [line.strip() for new in changes for line in new.split("\n")]
    assert [line for line in lines if line not in table] == []


def test_cookies_origins_and_addresses_are_those_that_the_browser_sees(proxy, browser):
    own = [cookie for cookie in browser.cookies if cookie.name.startswith("__Host-hubbub")]
    foreign = browser.post(f"{proxy.url}/api/sign-in", json={}, headers={"Origin": proxy.url.replace("https", "http")})
    invite = browser.post(f"{proxy.url}/api/invites", json={"role": "member"}).json()
    browser.post(f"{proxy.url}/api/sign-in", json={"handle": "olga", "password": PASSWORD}, headers=FORGED)
    addresses = {one["address"] for one in browser.get(f"{proxy.url}/api/sign-ins").json()}

    assert len(own) == 2 and all(cookie.secure for cookie in own)
    assert foreign.json()["id"] == "error.other_site"
    assert invite["url"].startswith(f"{proxy.url}/join#")
    assert addresses == {"127.0.0.1"}


@pytest.mark.parametrize("transports", [["websocket"], ["polling"], ["polling", "websocket"]], ids="+".join)
def test_socket_io_works(proxy, site, transports):
    key, received = f"{proxy.port} {transports}", []
    client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False,
                             http_session=session_of(proxy))
    client.on("message", received.append, namespace="/live")
    client.connect(proxy.url, {}, {"token": site.token}, transports, ["/live"], wait_timeout=10)

    call(client, "subscribe", channel="room:1", cursor=[0, ""])
    call(client, "post", channel="room:1", text="through a proxy", key=key)
    until(lambda: key in [entry["key"] for entry in received])
    client.disconnect()


def test_a_tail_is_not_held_back(proxy, site, monkeypatch):
    with pytest.raises(Unreachable, match="certificate"):  # at once: no later try would succeed
        Client(proxy.url, site.token).post("room:1", "to a server that nobody vouches for")
    monkeypatch.setenv("SSL_CERT_FILE", str(proxy.certificate))
    client, waiting = Client(proxy.url, site.token), AsyncClient(proxy.url, site.token)
    first = client.post("room:1", "through a proxy")
    tail = client.tail("room:1", after=first.seq - 1)

    assert next(tail) == first
    second = asyncio.run(waiting.post("room:1", "while the tail is open"))
    assert next(tail) == second
    tail.close()


def test_a_large_file_goes_up_in_chunks_and_comes_down_in_a_stream(proxy, browser):
    data = random.Random(1).randbytes(SIZE)
    begun = browser.post(f"{proxy.url}/api/files", json={"channel": "room:1", "name": "big.bin", "size": SIZE}).json()
    for offset in range(0, SIZE, CHUNK):
        last = browser.put(f"{proxy.url}/api/files/{begun['id']}?offset={offset}", data[offset:offset + CHUNK])

    link = f"{proxy.url}/files/{begun['id']}/big.bin"
    with browser.get(link, stream=True) as answer:
        digest = hashlib.sha256()
        for part in answer.iter_content(1 << 20):
            digest.update(part)
    middle = browser.get(link, headers={"Range": "bytes=1000-1999"})

    assert last.json()["file"]["size"] == SIZE
    assert digest.digest() == hashlib.sha256(data).digest()
    assert (middle.status_code, middle.content) == (206, data[1000:2000])


@pytest.fixture(scope="module")
def site_below(tmp_path_factory):
    site = Site(tmp_path_factory.mktemp("below"), HUBBUB_PREFIX="/chat")
    yield site
    site.server.stop()


@pytest.mark.parametrize("way", ["as it is", "stripped"])
@pytest.mark.parametrize("name", list(proxies.FILES))
def test_a_path_prefix_works_whether_or_not_the_proxy_strips_it(name, way, site_below, tmp_path):
    proxy = Proxy(name, tmp_path, site_below.port, way=way)
    try:
        session = session_of(proxy)
        page = session.get(f"{proxy.url}/chat/room/1")
        files = re.findall(r'(?:href|src)="([^"]+)"', page.text)
        file = session.get(proxy.url + files[0])
        other = session.get(f"{proxy.url}/other")
        signed_in = session.post(f"{proxy.url}/chat/api/sign-in", json={"handle": "olga", "password": PASSWORD})
        client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False, ssl_verify=False)
        client.connect(proxy.url, {}, {"token": site_below.token}, ["websocket"], ["/live"],
                       socketio_path="chat/socket.io", wait_timeout=10)
        client.disconnect()
    finally:
        proxy.stop()

    assert page.status_code == file.status_code == 200 and all(file.startswith("/chat/") for file in files)
    assert "hubbub" not in other.text.lower()
    assert {cookie.path for cookie in signed_in.cookies} == {"/chat"}


INNER = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
POST = b"POST /api/sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
MARKER = b"GET /api/nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: %s\r\n\r\n"


def chunked(body, extension=b"", trailer=b""):
    return b"%x%s\r\n%s\r\n0\r\n%s\r\n" % (len(body), extension, body, trailer)


@pytest.mark.parametrize("request_bytes", [
    pytest.param(POST + b"Content-Length: %d\r\n\r\n" % len(INNER) + INNER, id="length"),
    pytest.param(POST + CHUNKED + b"\r\n" + chunked(INNER), id="chunks"),
    pytest.param(POST + CHUNKED + b"\r\n" + chunked(INNER, b";" + b"a" * 300), id="long chunk extension"),
    pytest.param(POST + CHUNKED + b"\r\n" + chunked(INNER, b';a="\r\n' + INNER + b'"'), id="extension with CRLF"),
    pytest.param(POST + CHUNKED + b"\r\n" + chunked(INNER, trailer=b"T: " + b"a" * 32765 + b"\r\n"), id="trailer"),
    pytest.param(POST + CHUNKED + b"\r\n" + chunked(INNER, trailer=b"Content-Length: 40\r\n"), id="trailer length"),
    pytest.param(POST + CHUNKED + b"Content-Length: 12\r\n\r\n2\r\n{}\r\n0\r\n\r\n", id="chunks and a length"),
    pytest.param(POST + b"Content-Length: 5\r\nContent-Length: 50\r\n\r\n" + b"aaaaa" + INNER, id="two lengths"),
    pytest.param(POST + b"Transfer-Encoding: \x0bchunked\r\nContent-Length: 4\r\n\r\n2c\r\n" + INNER, id="tab"),
    pytest.param(POST + b"Transfer-Encoding : chunked\r\nContent-Length: 4\r\n\r\n2c\r\n" + INNER, id="blank"),
    pytest.param(POST + b"Transfer_Encoding: chunked\r\nContent-Length: %d\r\n\r\n0\r\n\r\n" % (len(INNER) + 5) + INNER,
                 id="underscore"),
    pytest.param(POST + b"Transfer-Encoding: identity\r\nContent-Length: 44\r\n\r\n" + INNER, id="identity"),
    pytest.param(POST + b"Content-Length: +44\r\n\r\n" + INNER, id="length with a sign"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % len(INNER) + INNER, id="GET"),
    pytest.param(b"GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n" + CHUNKED + b"\r\n" + chunked(INNER), id="HTTP/1.0 chunks"),
])
def test_a_request_in_the_body_of_another_gets_no_response(proxy, request_bytes):
    """The inner request is for /healthz; those behind it, on new connections too, are for something unknown.

    A refusal may be lost: who closes a connection with unread input resets it.
    """
    first = exchange(proxy, request_bytes + MARKER % b"close")
    after = exchange(proxy, MARKER % b"keep-alive" + MARKER % b"close")

    assert statuses(first)[1:] in ([], [b"404"]) and b'"ok":true' not in first
    assert statuses(after) == [b"404", b"404"]


def statuses(responses):
    return re.findall(rb"HTTP/1\.[01] (\d+)", responses)


def exchange(proxy, data):
    """Send bytes over TLS; return what comes until the proxy closes the connection."""
    context = ssl.create_default_context(cafile=proxy.certificate)
    found = b""
    with contextlib.suppress(ConnectionError, ssl.SSLError), \
            socket.create_connection(("127.0.0.1", proxy.port), 5) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1") as secure:
        secure.sendall(data)
        while part := secure.recv(65536):
            found += part
    return found


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """Hubbub on all addresses, IPv6 and IPv4, below a path."""
    app = RunningApp(tmp_path_factory.mktemp("six"), prefix="/chat")
    server = httpserver.Server(("::", 0), app.flask)
    server.start()
    app.port = server.server_port
    yield app
    server.stop()
    app.close()


def ask(app, host, data):
    with socket.create_connection((host, app.port), 5) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b"")).decode()


@pytest.mark.parametrize("host", ["::1", "127.0.0.1"])
@pytest.mark.parametrize("request_line", ["GET /chat/healthz HTTP/1.0", "GET http://{}/chat/healthz HTTP/1.0",
                                          "GET HTTP://{}/chat/healthz HTTP/1.1\r\nHost: {}\r\nConnection: close",
                                          "GET /healthz HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nOrigin: http://{}"])
def test_ipv6_http_1_0_and_absolute_targets_are_served(app, host, request_line):
    name = f"[{host}]:{app.port}" if ":" in host else f"{host}:{app.port}"

    answer = ask(app, host, f"{request_line.replace('{}', name)}\r\n\r\n".encode())

    assert answer.startswith("HTTP/1.1 200 ") and '"ok":true' in answer


@pytest.mark.parametrize(("host", "expected"), [
    ("127.0.0.1", "http://127.0.0.1:5000/chat"), ("::1", "http://[::1]:5000/chat"),
    ("chat.example", "http://chat.example:5000/chat"),
    ("0.0.0.0", "http://192.168.1.7:5000/chat"), ("::", "http://192.168.1.7:5000/chat"),
])
def test_a_printed_address_can_be_opened(monkeypatch, host, expected):
    monkeypatch.setattr(address, "network_address", lambda: "192.168.1.7")

    assert address.of_server(Config.read({"HUBBUB_HOST": host, "HUBBUB_PREFIX": "/chat"}), 5000) == expected
