"""Parse HTTP/1.1 requests: llhttp (the parser of Node.js) reads the bytes, and this checks what it leaves to servers.

llhttp refuses what two servers could understand differently: a bare LF or CR, a folded header, two lengths, a length
besides chunks.  It checks neither the Host header nor sizes.
"""

from __future__ import annotations

import functools
from collections import deque
from urllib.parse import unquote

import httptools

MAX_REQUEST_LINE = 8192  # bytes
MAX_HEAD = 32 * 1024  # bytes of a request line and its headers
MAX_HEADERS = 100  # also of a request's trailers together with them
MAX_SHARED = 256  # bytes of a header that is shared between environs
MAX_LENGTH = 18  # digits of a Content-Length
MAX_FRAMING = 64 * 1024  # bytes of a chunked body besides its data: lengths, extensions, trailers
BODY_LIMIT = 1024 * 1024  # bytes of a chunked body, and of a body that the application does not stream
UNIQUE = {"HTTP_HOST", "HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH"}


class BadRequest(Exception):
    """A request that is answered with this status and ends the connection."""

    def __init__(self, status: int = 400) -> None:
        super().__init__(status)
        self.status = status


class Request:
    """A request whose head is complete; its body may still be arriving."""

    __slots__ = ("body", "environ", "expects_continue", "is_chunked", "is_complete", "is_upgrade", "keep_alive",
                 "length", "received")

    def __init__(self, environ: dict[str, object], keep_alive: bool, is_upgrade: bool) -> None:
        self.environ = environ
        self.keep_alive, self.is_upgrade = keep_alive, is_upgrade
        self.is_chunked = "HTTP_TRANSFER_ENCODING" in environ
        self.length = int(str(environ.get("CONTENT_LENGTH", 0)))
        expected = str(environ.get("HTTP_EXPECT", "")).lower()
        self.expects_continue = expected == "100-continue" and environ["SERVER_PROTOCOL"] == "HTTP/1.1"
        self.body: deque[bytes | memoryview] = deque()
        self.received = 0  # bytes of the body
        self.is_complete = False


class Parser:
    """Parses one connection; pipelined requests wait in `requests`, and an error behind them in `error`."""

    def __init__(self, base: dict[str, object]) -> None:
        self.requests: deque[Request] = deque()
        self.error: BadRequest | None = None
        self.rest = b""  # what follows a request to upgrade
        self.in_head = False
        self._base = base
        self._parser = httptools.HttpRequestParser(self)
        self._request: Request | None = None
        self._overhead = 0  # bytes besides bodies, since the last milestone

    def feed(self, data: bytes) -> None:
        """Parse more bytes."""
        self._overhead += len(data)
        try:
            self._parser.feed_data(data)
            if self._overhead > (MAX_FRAMING if self._request else MAX_HEAD):
                raise BadRequest(400 if self._request else 431)
        except httptools.HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0]:]
        except httptools.HttpParserError as error:
            self.error = BadRequest(getattr(error.__context__, "status", 400))  # one whose traceback refers to no frame
        except BadRequest as error:
            self.error = BadRequest(error.status)

    def close(self) -> None:
        """Break the reference cycles, so that memory is freed without the garbage collector."""
        del self._parser, self.error

    # Called by httptools

    def on_message_begin(self) -> None:
        """A request begins."""
        self.in_head, self._url = True, b""
        self._headers: list[tuple[bytes, bytes]] = []

    def on_url(self, url: bytes) -> None:
        """Collect the request's target, which may come in pieces."""
        self._url += url
        if len(self._url) >= MAX_REQUEST_LINE:
            raise BadRequest(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect a header; a trailer comes too late to count."""
        self._headers.append((name, value))
        if len(self._headers) > MAX_HEADERS:
            raise BadRequest(431)

    def on_headers_complete(self) -> None:
        """Queue the request."""
        path, _, query = self._url.decode("latin-1").partition("?")
        environ = self._base | {
            "REQUEST_METHOD": self._parser.get_method().decode(), "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query, "SERVER_PROTOCOL": f"HTTP/{self._parser.get_http_version()}"}
        add_headers(environ, self._headers)
        check_head(environ)
        self._request = Request(environ, self._parser.should_keep_alive(), self._parser.should_upgrade())
        if self._request.is_upgrade and (self._request.length or self._request.is_chunked):
            raise BadRequest
        self.requests.append(self._request)
        self.in_head, self._overhead = False, 0

    def on_body(self, data: bytes) -> None:
        """Collect a piece of the body."""
        request = self._request
        assert request is not None
        self._overhead -= len(data)
        request.received += len(data)
        if request.is_chunked and request.received > BODY_LIMIT:
            raise BadRequest(413)
        request.body.append(data)

    def on_message_complete(self) -> None:
        """The request's body is complete."""
        assert self._request is not None
        self._request.is_complete = True
        self._request, self._overhead = None, 0


def add_headers(environ: dict[str, object], headers: list[tuple[bytes, bytes]]) -> None:
    """Add headers to a WSGI environ; one with an underscore, which could imitate another, is left out."""
    if sum(len(name) + len(value) + 4 for name, value in headers) > MAX_HEAD:
        raise BadRequest(431)
    for name, value in headers:
        key = environ_name(name)
        text = shared_text(value) if len(value) <= MAX_SHARED else value.decode("latin-1")
        if key not in environ:
            environ[key] = text
        elif key in UNIQUE:
            raise BadRequest
        else:
            environ[key] = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
    environ.pop("", None)


@functools.lru_cache(256)
def environ_name(header: bytes) -> str:
    """Return the name that a header has in a WSGI environ, "" if it contains an underscore."""
    name = header.decode("latin-1").upper().replace("-", "_")
    return "" if b"_" in header else name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


@functools.lru_cache(1024)
def shared_text(value: bytes) -> str:
    """Return the text of a header, the same for equal ones: browsers send the same, and a websocket keeps them."""
    return value.decode("latin-1")


def check_head(environ: dict[str, object]) -> None:
    """Raise BadRequest for an unknown version, a missing Host, or a coding other than chunks; read an absolute target.

    Of an absolute target (RFC 9112, 3.2.2) the host must be that of the Host header; HTTP/1.0 may have none.
    """
    version, host = environ["SERVER_PROTOCOL"], environ.get("HTTP_HOST")
    coding = environ.get("HTTP_TRANSFER_ENCODING")
    if version not in ("HTTP/1.1", "HTTP/1.0") or version == "HTTP/1.1" and host is None:
        raise BadRequest
    if len(str(environ.get("CONTENT_LENGTH", ""))) > MAX_LENGTH:
        raise BadRequest
    if coding is not None and (version == "HTTP/1.0" or str(coding).lower() != "chunked"):
        raise BadRequest
    path = str(environ["PATH_INFO"])
    if path.lower().startswith(("http://", "https://")):
        authority, slash, rest = path.partition("://")[2].partition("/")
        if host is not None and authority.lower() != str(host).lower():
            raise BadRequest
        environ["HTTP_HOST"], environ["PATH_INFO"] = authority, slash + rest or "/"
    elif path != "*" and not path.startswith("/"):
        raise BadRequest
