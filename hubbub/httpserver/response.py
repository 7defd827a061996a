"""Write a WSGI response: the head with the first part of the body, then the rest.

If its length is not known, the body is sent in chunks, or until the connection closes if the application says so.
"""

import functools
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from wsgiref.handlers import format_date_time

from hubbub.httpserver.parser import Request

REASONS = {400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long",
           429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error",
           503: "Service Unavailable"}
PROTECTION = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Security-Policy":
              "default-src 'none'; frame-ancestors 'none'"}  # of the server's own responses
RETRY_AFTER = 30  # seconds after a refusal because of too many connections or bodies
ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


class WrongLength(Exception):
    """A body that differs from its Content-Length: the client must not take it for the whole one."""


class Response:
    """The response to a request: `send` sends bytes, `may_keep_alive` is called when the head is sent."""

    def __init__(self, request: Request, send: Callable[[bytes], None], may_keep_alive: Callable[[], bool]) -> None:
        self._send, self._may_keep_alive = send, may_keep_alive
        self._is_http_10 = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        self._is_head = request.environ["REQUEST_METHOD"] == "HEAD"
        self._is_chunked = False
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self._missing: int | None = None  # bytes of the body that are announced and not sent
        self.is_head_sent = self.keep_alive = False

    def start(self, status: str, headers: list[tuple[str, str]],
              exc_info: ExcInfo | None = None) -> Callable[[bytes], None]:
        """WSGI's start_response."""
        if exc_info is not None and self.is_head_sent:
            raise exc_info[1].with_traceback(exc_info[2])
        self.status, self.headers = status, headers
        return self.write

    def send_all(self, parts: Iterable[bytes]) -> None:
        """Send what the application returned."""
        length = sum(map(len, parts)) if isinstance(parts, (list, tuple)) else None
        for part in parts:
            if part:
                self.write(part, length)
        if not self.is_head_sent:
            self.write(b"", length or 0)
        if self._missing:
            raise WrongLength(f"the body is {self._missing} bytes shorter than its Content-Length")
        if self._is_chunked:
            self._send(b"0\r\n\r\n")

    def write(self, part: bytes, length: int | None = None) -> None:
        """Send a part of the body, the first one with the head; `length` is that of the whole body, if known."""
        head = b"" if self.is_head_sent else self._head(length)
        if self._missing is not None:
            self._missing -= len(part)
            if self._missing < 0:
                raise WrongLength(f"the body is {-self._missing} bytes longer than its Content-Length, or more")
        if self._is_chunked and part:
            part = b"%x\r\n%s\r\n" % (len(part), part)
        self._send(head if self._is_head else head + part)

    def _head(self, length: int | None) -> bytes:
        if not self.status:
            raise AssertionError("the application did not call start_response")
        given = {name.lower(): value for name, value in self.headers}
        headers = [header for header in self.headers if header[0].lower() != "connection"]
        has_end = "content-length" in given or self._is_head or self.status.startswith(("1", "204", "304"))
        announced = given.get("content-length")
        if announced is not None and not self._is_head and not self.status.startswith(("1", "204", "304")):
            self._missing = int(announced)
            if length is not None and length != self._missing:
                raise WrongLength(f"the body has {length} bytes, and a Content-Length of {announced}")
        if not has_end and length is not None:
            headers.append(("Content-Length", str(length)))
        elif not has_end and not self._is_http_10 and given.get("connection", "").lower() != "close":
            headers.append(("Transfer-Encoding", "chunked"))
            self._is_chunked = True
        elif not has_end:
            given["connection"] = "close"
        self.keep_alive = self._may_keep_alive() and given.get("connection", "").lower() != "close"
        if self._is_http_10 or not self.keep_alive:
            headers.append(("Connection", "keep-alive" if self.keep_alive else "close"))
        if "date" not in given:
            headers.append(("Date", date(int(time.time()))))
        lines = [f"HTTP/1.1 {self.status}", *(f"{name}: {value}" for name, value in headers)]
        head = "\r\n".join([*lines, "\r\n"])
        if head.count("\n") != len(lines) + 1 or head.count("\r") != len(lines) + 1:
            raise ValueError("a header contains a line break")
        self.is_head_sent = True
        return head.encode("latin-1")


def refusal(status: int, text: str = "", wait: int = 0) -> bytes:
    """Return a response of the server itself, after which the connection is closed."""
    headers = {"Connection": "close", "Content-Type": "text/plain", "Content-Length": str(len(text)), **PROTECTION}
    if wait:
        headers["Retry-After"] = str(wait)
    lines = [f"HTTP/1.1 {status} {REASONS[status]}", *map(": ".join, headers.items())]
    return ("\r\n".join([*lines, "", ""]) + text).encode()


@functools.lru_cache(1)
def date(second: int) -> str:
    """Return the Date header of this second."""
    return format_date_time(second)
