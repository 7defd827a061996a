"""Handshakes read in one go: the application is asked the same, and answers the same, as over the general way."""

import json
import socket

import gevent
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hubbub import limits
from hubbub.httpserver import server as http_server
from hubbub.httpserver import websocket_fast_path

PLAIN = (b"Host: hubbub.example", b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Version: 13",
         b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Origin: http://hubbub.example")
ODD = (b"Cookie: a=b; c=d", b"cookie: e=f", b"X_Under: score", b"X-Twice: 1", b"X-Twice: 2", b"Spaced:    out  ",
       b"Tabbed:\tvalue", b"Empty:", b"Content-Length: 0", b"Content-Length: 4", b"Transfer-Encoding: chunked",
       b"Expect: 100-continue", b"Content-Type: text/plain", b"No colon", b" folded", b"Bad name: x", b": nameless",
       b"Nul: \x00", b"High: caf\xe9", b"host: other.example", b"X: a\rb", b"X-Forwarded-For: 1.2.3.4",
       b"X" * 70 + b": long")
FIRST = b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1"
ODD_FIRST = (b"POST /socket.io/?EIO=4&transport=websocket HTTP/1.1",
             b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1",
             b"GET /socket.io/?transport=websocket&x=%41%00 HTTP/1.1", b"GET /other?transport=websocket HTTP/1.1",
             b"GET /socket.io/?transport=websocket HTTP/1.0", b"GET /socket.io/?a b&transport=websocket HTTP/1.1",
             b"GET  /socket.io/?transport=websocket HTTP/1.1", b"GET /socket%2eio/?transport=websocket HTTP/1.1")


def mirror(environ, start_response):
    """Answer what one was asked, but for the connection's own port."""
    asked = {name: value for name, value in environ.items() if isinstance(value, str) and name != "REMOTE_PORT"}
    said = json.dumps(asked, sort_keys=True).encode()
    start_response("200 OK", [("Content-Length", str(len(said))), ("Connection", "close")])
    return [said]


@pytest.fixture(scope="module")
def server():
    server = http_server.Server(("127.0.0.1", 0), mirror)
    server.start()
    yield server
    server.stop()


def ask(server, request, is_there):
    """The status and body of the answer; the request is there when the connection is accepted, or comes after."""
    with socket.create_connection(("127.0.0.1", server.server_port)) as client:
        if not is_there:
            while not server.handlers:
                gevent.sleep(0)
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        client.setblocking(False)
        answer = b""
        with gevent.Timeout(5):
            while True:
                gevent.sleep(0)
                try:
                    part = client.recv(65536)
                except BlockingIOError:
                    continue
                except ConnectionResetError:
                    break
                if not part:
                    break
                answer += part
        while server.handlers:
            gevent.sleep(0)
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.partition(b"\r\n")[0], body


def written(first, headers):
    return b"\r\n".join([first, *headers, b"", b""])


@settings(max_examples=150, deadline=None)
@given(st.sampled_from((FIRST,) * 8 + ODD_FIRST), st.sets(st.sampled_from(PLAIN), min_size=5),
       st.lists(st.sampled_from(ODD), max_size=3), st.randoms())
def test_the_application_is_asked_the_same_on_both_ways(server, first, plain, odd, random):
    headers = [*sorted(plain), *odd]
    random.shuffle(headers)
    request = written(first, headers)

    assert ask(server, request, is_there=True) == ask(server, request, is_there=False)


def test_what_browsers_send_takes_the_short_way(server, monkeypatch):
    taken = []
    answer = websocket_fast_path.answer
    monkeypatch.setattr(websocket_fast_path, "answer", lambda *given: (taken.append(given), answer(*given)))

    status, _ = ask(server, written(FIRST, PLAIN), is_there=True)
    ask(server, written(FIRST, [*PLAIN, b"X-Twice: 1", b"X-Twice: 2"]), is_there=True)

    assert (status, len(taken)) == (b"HTTP/1.1 200 OK", 1)


def test_an_application_that_breaks_is_an_error_without_words(server, monkeypatch, caplog):
    monkeypatch.setattr(server, "application", lambda *given: 1 / 0)

    status, body = ask(server, written(FIRST, PLAIN), is_there=True)

    assert (status, body) == (b"HTTP/1.1 500 Internal Server Error", b"")
    assert "a handshake broke" in caplog.text


def test_an_address_with_too_many_connections_is_turned_away_before(server, monkeypatch):
    monkeypatch.setattr(limits, "lifted", False)
    monkeypatch.setitem(server.counts, "127.0.0.1", http_server.CONNECTIONS)

    status, _ = ask(server, written(FIRST, PLAIN), is_there=True)

    assert status == b"HTTP/1.1 429 Too Many Requests"
