"""HTTP/1.1 and server-sent events as bytes, without a socket: one request to a connection."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from .model import Refused

MAX_HEAD = 64 * 1024  # bytes


class Broken(OSError):
    """The response is incomplete, or not HTTP."""


class Address:
    """Where a server is, from its URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"{url!r} is not the address of a server: begin with https:// or http://")
        self.is_secure = parts.scheme == "https"
        self.url, self.host, self.name = url.rstrip("/"), parts.netloc.rpartition("@")[2], parts.hostname
        self.port = parts.port or (443 if self.is_secure else 80)
        self.prefix = parts.path.rstrip("/")


class Request(NamedTuple):
    """A request to the API; a body is sent as JSON, and bytes as they are."""

    method: str
    path: str
    body: Mapping[str, object] | bytes | None = None
    query: Mapping[str, object] = {}
    tool: str = ""  # of an assistant, which sends the request

    def encode(self, address: Address, token: str) -> bytes:
        """Return the bytes of the request."""
        query = f"?{urlencode(self.query)}" if self.query else ""
        said = b"" if self.body is None else self.body
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        lines = [f"{self.method} {address.prefix}{self.path}{query} HTTP/1.1", f"Host: {address.host}",
                 f"Authorization: Bearer {token}", "Accept: application/json, text/event-stream",
                 "Accept-Encoding: identity", "User-Agent: hubbub-client", "Connection: close"]
        if self.tool:
            lines.append(f"Hubbub-Tool: {self.tool}")
        if self.body is not None:
            kind = "application/json" if not isinstance(self.body, bytes) else "application/octet-stream"
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + body


class Response:
    """A response as it arrives: `feed` it what was read, and b"" at the end; it returns that part of the body."""

    def __init__(self) -> None:
        self.status, self.headers, self.is_complete = 0, dict[str, str](), False
        self._rest = b""
        self._left: int | None = None  # bytes of the body, or of the chunk, that are still to come
        self._is_chunked = False

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body in `data`; raise Broken if it is not HTTP, or ends too early."""
        ended, self._rest = not data, self._rest + data
        if not self.status and not self._read_head() and (ended or len(self._rest) > MAX_HEAD):
            raise Broken("the server closed the connection" if ended else "the answer is not HTTP")
        body = self._read_body() if self.status else b""
        if ended and not self.is_complete:
            if self._is_chunked or self._left:
                raise Broken("the answer breaks off")
            self.is_complete = True
        return body

    def _read_head(self) -> bool:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            return False
        first, *lines = head.decode("latin-1").split("\r\n")
        version, _, status = first.partition(" ")
        if not version.startswith("HTTP/1.") or not status[:3].isdecimal():
            raise Broken("the answer is not HTTP")
        self.status, self._rest = int(status[:3]), rest
        self.headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        self._is_chunked = self.headers.get("transfer-encoding", "").lower() == "chunked"
        length = self.headers.get("content-length", "")
        self._left = 0 if self.status in (204, 304) else int(length) if length.isdecimal() else None
        self.is_complete = not self._is_chunked and self._left == 0
        return True

    def _read_body(self) -> bytes:
        if self._is_chunked:
            return b"".join(iter(self._read_chunk, b""))
        body, self._rest = self._rest[:self._left], b""
        if self._left is not None:
            self._left -= len(body)
            self.is_complete = not self._left
        return body

    def _read_chunk(self) -> bytes:
        """Return the next part of a chunk that is here; b"" if there is none."""
        if not self._left:
            size, end, rest = self._rest.lstrip(b"\r\n").partition(b"\r\n")
            if not end or self.is_complete:
                return b""
            try:
                self._left, self._rest = int(size.partition(b";")[0], 16), rest
            except ValueError:
                raise Broken("the answer is not HTTP") from None
            self.is_complete = not self._left
        body, self._rest = self._rest[:self._left], self._rest[self._left:]
        self._left -= len(body)
        return body


def refusal(response: Response, body: bytes) -> Refused:
    """Return the error that a response is."""
    after = response.headers.get("retry-after", "")
    wait = float(after) if after.isdecimal() else 0.0
    try:
        said: Any = json.loads(body)
        return Refused(said["error"], said["code"], response.status, float(said.get("retry_after", wait)))
    except (ValueError, TypeError, KeyError):
        return Refused(f"the answer is HTTP {response.status}, and not from Hubbub", "refused", response.status, wait)


class Event(NamedTuple):
    """A server-sent event; one without a name only sets the id."""

    name: str
    id: str
    data: Any


class Events:
    """Server-sent events as they arrive.  Lines end with a line feed alone: a text may hold any other separator."""

    def __init__(self) -> None:
        self._rest = b""
        self._fields: dict[bytes, bytes] = {}

    def feed(self, data: bytes) -> list[Event]:
        """Return the events that are complete."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        found = []
        for line in lines:
            field, _, value = line.partition(b": ")
            if field and not line.startswith(b":"):
                self._fields[field] = value
            elif not line and self._fields:
                fields, self._fields = self._fields, {}
                name, id = (fields.get(field, b"").decode() for field in (b"event", b"id"))
                found.append(Event(name, id, json.loads(fields.get(b"data", b"null"))))
        return found
