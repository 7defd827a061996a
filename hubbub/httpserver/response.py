"""Write a WSGI response: the head with the first part of the body, then the rest; in chunks if no length is known."""

import functools
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from wsgiref.handlers import format_date_time

from hubbub.httpserver.parser import Request

REASONS = {400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large", 414: "URI Too Long",
           429: "Too Many Requests", 431: "Request Header Fields Too Large", 500: "Internal Server Error"}
ExcInfo = tuple[type[BaseException], BaseException, TracebackType]


class Response:
    """The response to a request: `send` sends bytes, `may_keep_alive` is called when the head is sent."""

    def __init__(self, request: Request, send: Callable[[bytes], None], may_keep_alive: Callable[[], bool]) -> None:
        self._send, self._may_keep_alive = send, may_keep_alive
        self._is_http_10 = request.environ["SERVER_PROTOCOL"] == "HTTP/1.0"
        self._is_head = request.environ["REQUEST_METHOD"] == "HEAD"
        self._is_chunked = False
        self.status = ""
        self.headers: list[tuple[str, str]] = []
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
        if self._is_chunked:
            self._send(b"0\r\n\r\n")

    def write(self, part: bytes, length: int | None = None) -> None:
        """Send a part of the body, the first one with the head; `length` is that of the whole body, if known."""
        head = b"" if self.is_head_sent else self._head(length)
        if self._is_chunked and part:
            part = b"%x\r\n%s\r\n" % (len(part), part)
        self._send(head if self._is_head else head + part)

    def _head(self, length: int | None) -> bytes:
        if not self.status:
            raise AssertionError("the application did not call start_response")
        given = {name.lower(): value for name, value in self.headers}
        headers = [header for header in self.headers if header[0].lower() != "connection"]
        has_end = "content-length" in given or self._is_head or self.status.startswith(("1", "204", "304"))
        if not has_end and length is not None:
            headers.append(("Content-Length", str(length)))
        elif not has_end and not self._is_http_10:
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


def refusal(status: int) -> bytes:
    """Return a response without a body, after which the connection is closed."""
    wait = "Retry-After: 30\r\n" if status == 429 else ""
    return f"HTTP/1.1 {status} {REASONS[status]}\r\n{wait}Connection: close\r\nContent-Length: 0\r\n\r\n".encode()


@functools.lru_cache(1)
def date(second: int) -> str:
    """Return the Date header of this second."""
    return format_date_time(second)
