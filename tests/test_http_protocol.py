"""The HTTP server with a bare WSGI application: refused requests, responses, upgrades, reused connections."""

import contextlib
import json
import socket

import gevent
import pytest

from hubbub import limits
from hubbub.httpserver import Server, connection, turns
from hubbub.httpserver import server as server_module
from hubbub.httpserver.listener import FULL
from hubbub.httpserver.parser import Parser, Request
from tests.garbage import new_objects
from tests.waiting import until

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
UPGRADE = (b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
           b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


def echo(environ, start_response):
    """Answer with the request's text values and its body."""
    values = {name: value for name, value in environ.items() if isinstance(value, str)}
    body = environ["wsgi.input"].read() if environ["wsgi.input_terminated"] else b""
    answer = json.dumps({**values, "body": body.decode("latin-1")}).encode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [answer]


@pytest.fixture
def serve():
    """Start a server for an application."""
    servers = []

    def start(application=echo):
        server = Server(("127.0.0.1", 0), application)
        server.start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.stop()


def exchange(server, *parts):
    """Send bytes part by part; return everything that the server answers until it closes the connection."""
    with socket.create_connection(("127.0.0.1", server.server_port), timeout=8) as client:
        for part in parts:
            client.sendall(part)
            gevent.sleep(0)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(65536):
                answer += data
        return answer


def status(answer):
    return int(answer.split(b" ", 2)[1])


def received_by_application(server, request):
    """Return the environ and the body that the application gets for a request."""
    head, _, body = exchange(server, request).partition(b"\r\n\r\n")
    assert status(head) == 200
    return json.loads(body)


@pytest.mark.parametrize("request_bytes", [
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", id="bare LF in the head"),
    pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\n\n", id="bare LF at the end of the head"),
    pytest.param(GET + b"A: b\rc\r\n\r\n", id="bare CR"),
    pytest.param(GET + b"A: b\r\n c\r\n\r\n", id="folded header"),
    pytest.param(GET + b"A: b\0c\r\n\r\n", id="NUL"),
    pytest.param(GET + b"A : b\r\n\r\n", id="space before the colon"),
    pytest.param(b"GET / HTTP/1.1\r\nA: b\r\n\r\n", id="no Host"),
    pytest.param(GET + b"Host: x\r\n\r\n", id="two Hosts"),
    pytest.param(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", id="byte over 127 in the target"),
    pytest.param(b"GET http://other/ HTTP/1.1\r\nHost: x\r\n\r\n", id="absolute target of another host"),
    pytest.param(POST + b"Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n", id="no-break space before chunked"),
    pytest.param(POST + b"Transfer-Encoding: chunked\x85\r\n\r\n0\r\n\r\n", id="Unicode line break after chunked"),
    pytest.param(POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", id="vertical tab before chunked"),
    pytest.param(POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="two codings"),
    pytest.param(POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", id="gzip, chunked"),
    pytest.param(POST + b"Transfer-Encoding: identity\r\n\r\n", id="identity"),
    pytest.param(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="chunks in HTTP/1.0"),
    pytest.param(POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"),
    pytest.param(POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", id="the same length twice"),
    pytest.param(POST + b"Content-Length: 2, 2\r\n\r\n{}", id="a list of lengths"),
    pytest.param(POST + b"Content-Length: +2\r\n\r\n{}", id="signed length"),
    pytest.param(UPGRADE.replace(b"Host", b"Content-Length: 2\r\nHost") + b"{}", id="upgrade with a body"),
])
def test_an_ambiguous_request_is_refused(serve, request_bytes):
    answer = exchange(serve(), request_bytes + GET + b"\r\n")

    assert (status(answer), answer.count(b"HTTP/1.1 "), b"Connection: close" in answer) == (400, 1, True)


@pytest.mark.parametrize("body", [
    pytest.param(b"2;" + b"a" * 300_000 + b"\r\n{}\r\n0\r\n\r\n", id="extension of 300 KB"),
    pytest.param(b"1;" + b"a" * 1000 + b"\r\nx\r\n" * 300 + b"0\r\n\r\n", id="extensions of 300 KB in all"),
    pytest.param(b"0\r\n" + b"A: b\r\n" * 50_000 + b"\r\n", id="trailers of 300 KB"),
    pytest.param(b"0\r\nA: b\n\r\n\r\n", id="bare LF in a trailer"),
    pytest.param(b"2\n{}\r\n0\r\n\r\n", id="bare LF after a length"),
    pytest.param(b"2;a\n{}\r\n0\r\n\r\n", id="bare LF after an extension"),
    pytest.param(b"2;a\rb\r\n{}\r\n0\r\n\r\n", id="bare CR in an extension"),
    pytest.param(b" 2\r\n{}\r\n0\r\n\r\n", id="space before a length"),
    pytest.param(b"0x2\r\n{}\r\n0\r\n\r\n", id="0x before a length"),
    pytest.param(b"2\r\n{}}}\r\n0\r\n\r\n", id="chunk longer than its length"),
])
def test_a_connection_is_not_reused_after_unusual_chunks(serve, body):
    answer = exchange(serve(), CHUNKED + body + GET + b"\r\n")

    assert b" 200 OK" not in answer


def test_trailers_are_not_headers(serve):
    received = received_by_application(serve(), CHUNKED + b"2;a=b\r\n{}\r\n0\r\nX-Late: 1\r\nHost: y\r\n\r\n")

    assert (received["body"], received["HTTP_HOST"], "HTTP_X_LATE" in received) == ("{}", "x", False)


def test_the_environ_follows_wsgi(serve):
    received = received_by_application(serve(), b"PUT /a%20b?c=%20 HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                            b"Content-Length: 2\r\nCookie: a=b\r\ncookie: c=d\r\nX-Two: 1\r\nX-Two: 2\r\n"
                            b"X_Host: evil\r\nX-High: \xe9\r\n\r\nhi")

    assert {name: received[name] for name in ("REQUEST_METHOD", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL",
                                          "CONTENT_TYPE", "CONTENT_LENGTH", "REMOTE_ADDR", "body")} == {
        "REQUEST_METHOD": "PUT", "PATH_INFO": "/a b", "QUERY_STRING": "c=%20", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "2", "REMOTE_ADDR": "127.0.0.1", "body": "hi"}
    assert (received["HTTP_COOKIE"], received["HTTP_X_TWO"], received["HTTP_X_HIGH"]) == ("a=b; c=d", "1,2", "\xe9")
    assert not any("HOST" in name and name != "HTTP_HOST" for name in received)


@pytest.mark.parametrize("target, path", [(b"http://x/a?b", "/a"), (b"http://x", "/"), (b"*", "*")])
def test_other_forms_of_the_request_target_are_accepted(serve, target, path):
    assert received_by_application(serve(), b"OPTIONS %s HTTP/1.1\r\nHost: x\r\n\r\n" % target)["PATH_INFO"] == path


def test_pipelined_requests_are_answered_in_order_and_an_error_after_them(serve):
    first, second = (b"POST /%d HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" % n for n in (1, 2))

    answer = exchange(serve(), first + second + b"nonsense\r\n\r\n")

    assert [part[:3] for part in answer.split(b"HTTP/1.1 ")[1:]] == [b"200", b"200", b"400"]
    assert answer.index(b'"/1"') < answer.index(b'"/2"')


def test_a_request_that_arrives_byte_by_byte_is_handled(serve):
    server, request = serve(), POST + b"X-Long: abc\r\nContent-Length: 2\r\n\r\nhi"

    in_pieces = exchange(server, *(request[at:at + 1] for at in range(len(request))))

    assert (status(in_pieces), b'"HTTP_X_LONG": "abc"' in in_pieces, b'"hi"' in in_pieces) == (200, True, True)


def test_an_http_10_client_gets_no_chunks_and_may_keep_the_connection(serve):
    def stream(environ, start_response):
        start_response("200 OK", [])
        yield b"hello"

    request = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
    streamed = exchange(serve(stream), request + request)
    with_length = exchange(serve(), request + b"GET / HTTP/1.0\r\n\r\n")

    assert (streamed.count(b" 200 OK"), b"chunked" in streamed, streamed.endswith(b"\r\n\r\nhello")) == (1, False, True)
    assert with_length.count(b" 200 OK") == 2
    assert (with_length.count(b"Connection: keep-alive"), with_length.count(b"Connection: close")) == (1, 1)


def test_a_body_of_unknown_length_is_chunked_and_omitted_for_head(serve):
    def stream(environ, start_response):
        start_response("200 OK", [])
        yield from (b"hello", b"", b"world")

    server = serve(stream)
    answer, head = exchange(server, GET + b"\r\n"), exchange(server, GET.replace(b"GET", b"HEAD") + b"\r\n")

    assert answer.endswith(b"\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n")
    assert (status(head), head.endswith(b"\r\n\r\n"), b"hello" in head) == (200, True, False)


def test_100_continue_is_sent_only_if_the_body_is_read(serve):
    def refuse(environ, start_response):
        start_response("401 Unauthorized", [])
        return [b""]

    request = POST + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
    with socket.create_connection(("127.0.0.1", serve().server_port), timeout=8) as client:
        client.sendall(request)
        interim = client.recv(65536)
        client.sendall(b"hi")
        final = client.recv(65536)
    unread = exchange(serve(refuse), request)

    assert (interim, status(final)) == (b"HTTP/1.1 100 Continue\r\n\r\n", 200)
    assert (status(unread), b"Connection: close" in unread) == (401, True)


def test_the_unread_rest_of_a_short_body_is_skipped(serve):
    def ignore(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    answer = exchange(serve(ignore), POST + b"Content-Length: 50000\r\n\r\n" + b"x" * 50_000 + GET + b"\r\n")

    assert answer.count(b" 200 OK") == 2


@pytest.mark.parametrize("headers", [[("X", "a\r\nb")], [("X", "a\nb")], [("X\r\nY", "b")]])
def test_a_response_with_a_line_break_in_a_header_is_an_error(serve, caplog, headers):
    def respond(environ, start_response):
        start_response("200 OK", headers)
        return [b""]

    assert status(exchange(serve(respond), GET + b"\r\n")) == 500
    assert "the application failed" in caplog.text


def test_an_application_error_gives_500_or_ends_the_connection(serve, caplog):
    def fail(environ, start_response):
        if environ["PATH_INFO"] == "/late":
            start_response("200 OK", [])
            yield b"hello"
        raise OSError("disk full")

    server = serve(fail)
    early, late = exchange(server, GET + b"\r\n"), exchange(server, GET.replace(b"/ ", b"/late ") + b"\r\n")

    assert (status(early), b"disk" in early) == (500, False)
    assert (late.count(b"HTTP/1.1 "), late.endswith(b"hello\r\n")) == (1, True)
    assert caplog.text.count("the application failed") == 2


def test_requests_take_turns_so_that_other_sockets_are_read_in_between(serve, monkeypatch):
    monkeypatch.setattr(turns, "TIME_LIMIT", 0)
    iterations = []

    def respond(environ, start_response):
        iterations.append(gevent.get_hub().loop.iteration)
        start_response("200 OK", [])
        return [b""]

    server = serve(respond)
    clients = [socket.create_connection(("127.0.0.1", server.server_port), timeout=8) for _ in range(20)]
    for client in clients:
        client.sendall(GET + b"\r\n")
    for client in clients:
        assert b" 200 OK" in client.recv(65536)
        client.close()

    assert len({*iterations}) == len(iterations) == 20


def take_over(environ, start_response):
    """Take the socket of an upgrade, as the WebSocket transport does, and return the bytes that follow the request."""
    sock = environ["wsgi.input"].raw._sock
    rest = environ["wsgi.input"].peek()
    with socket.socket(fileno=sock.detach()) as taken:
        taken.sendall(b"taken over: " + rest)
    return []


def test_the_application_can_take_the_socket_of_an_upgrade(serve, monkeypatch):
    counted = []
    server = serve(lambda *arguments: (counted.append(len(server.connections)), take_over(*arguments))[1])

    assert exchange(server, UPGRADE + b"more") == b"taken over: more"
    assert counted[0] == 0


def test_an_upgrade_answered_by_the_application_ends_the_connection(serve):
    answer = exchange(serve(), UPGRADE + GET + b"\r\n")

    assert (status(answer), answer.count(b"HTTP/1.1 "), b"Connection: close" in answer) == (200, 1, True)


def test_an_address_with_too_many_connections_gets_no_upgrade(serve, monkeypatch):
    server = serve()
    monkeypatch.setattr(limits, "exempt_loopback", lambda: False)
    monkeypatch.setitem(server.connection_counts, "127.0.0.1", server_module.MAX_CONNECTIONS)

    assert status(exchange(server, UPGRADE)) == 429


def test_connections_disable_nagles_algorithm(serve, monkeypatch):
    """With Nagle's algorithm, an answer in two parts would wait for a delayed acknowledgement: 40 ms."""
    options = []
    serve_connection = connection.Connection.serve
    monkeypatch.setattr(connection.Connection, "serve", lambda self: (
        options.append(self.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)), serve_connection(self)))

    exchange(serve(), GET + b"\r\n")

    assert options == [1]


LENGTHS = {
    "shorter": ([b"hello"], "6"), "longer": ([b"hello"], "4"), "empty": ([], "4"),
    "shorter in parts": (iter([b"he", b"llo"]), "6"), "longer in parts": (iter([b"he", b"llo"]), "4"),
}


@pytest.mark.parametrize("case", LENGTHS)
def test_a_body_that_differs_from_its_length_is_no_whole_response(serve, caplog, case):
    """A file can be shorter than recorded; what follows must not be taken for the rest of it."""
    parts, length = LENGTHS[case]

    def respond(environ, start_response):
        start_response("200 OK", [("Content-Length", length)])
        return parts

    answer = exchange(serve(respond), GET + b"\r\n" + GET + b"\r\n")

    head, _, body = answer.partition(b"\r\n\r\n")
    is_error = answer.startswith(b"HTTP/1.1 500")
    assert is_error or len(body) < int(length)
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert "Content-Length" in caplog.text


def test_refusals_of_the_server_itself_are_not_cached_or_sniffed(serve):
    refused = exchange(serve(), b"nonsense\r\n\r\n")

    for header in (b"Cache-Control: no-store", b"X-Content-Type-Options: nosniff", b"Content-Security-Policy: "):
        assert header in refused
        assert header in FULL
    assert (status(FULL), b"Connection: close" in FULL) == (503, True)


def leave_chunks_unread(environ, start_response):
    start_response("200 OK", [])
    environ["wsgi.input"].read(1)
    return [b""]


ENDINGS = {
    "answered": (echo, GET + b"\r\n"),
    "with a body": (echo, POST + b"Content-Length: 5\r\n\r\nhello"),
    "with a part of its body": (echo, POST + b"Content-Length: 5\r\n\r\nhe"),
    "with an unread body": (leave_chunks_unread, CHUNKED + b"2\r\n{}\r\n0\r\n\r\n"),
    "refused": (echo, GET + b"A: b\0\r\n\r\n"),
    "refused for its length": (echo, GET + b"A: " + b"b" * 40_000 + b"\r\n\r\n"),
    "refused for its body": (echo, CHUNKED + b"nonsense\r\n"),
    "failed": (lambda environ, start_response: 1 / 0, GET + b"\r\n"),
    "taken over": (lambda *arguments: take_over(*arguments), UPGRADE),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_the_objects_of_a_closed_connection_are_freed_by_reference_counting_alone(serve, monkeypatch, case):
    monkeypatch.setattr(connection.log, "exception", lambda *_: None)  # pytest would keep the record and its frames
    application, request = ENDINGS[case]
    server = serve(application)
    with new_objects() as objects:
        exchange(server, request)
        until(lambda: not server.connections)
        gevent.sleep(0)

        left = [each for each in objects() if type(each) in (connection.Connection, Parser, Request)]
        assert left == []
