"""What the client does, step by step: generators that yield what to do with a connection, and get the result.

So the clients for programs that wait and for asyncio differ only in how they carry out a step.
"""

import json
import random
import ssl
import time
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple, TypeVar
from urllib.parse import quote

from .model import Cursor, Entry, HubbubError, Refused, Restored, Unreachable, Value
from .protocol import Address, Event, Events, Request, Response, refusal

SILENCE = 50.0  # seconds after which a tail is taken for dead: the server sends something every 15
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds between two tries, at most
PAGE = 200  # entries


class Send(NamedTuple):
    """Open a new connection, and send this; whatever was open is closed."""

    data: bytes


class Read(NamedTuple):
    """Return what arrives within so many seconds; b"" at the end."""

    timeout: float


class Sleep(NamedTuple):
    """Wait."""

    seconds: float


class Deliver(NamedTuple):
    """Hand an item to the program."""

    item: Any


T = TypeVar("T")
Steps = Generator[Send | Read | Sleep | Deliver, Any, T]


class Server(NamedTuple):
    """A server, the token for it, and for how many seconds to wait for an answer and to try again."""

    address: Address
    token: str
    timeout: float = 30.0
    patience: float = 60.0

    def send(self, request: Request) -> Send:
        """Return the step that sends a request."""
        return Send(request.encode(self.address, self.token))


def result_of(steps: Steps[Any]) -> Steps[None]:
    """Deliver what the steps return."""
    result = yield from steps
    yield Deliver(result)


def advance(steps: Steps[None], outcome: bytes | OSError | None) -> Send | Read | Sleep | Deliver:
    """Return the step after one that had this outcome; StopIteration after the last."""
    return steps.throw(outcome) if isinstance(outcome, OSError) else steps.send(outcome)


def pauses() -> Iterator[float]:
    """Yield random pauses between tries, which grow, so that the clients of a restarted server spread."""
    longest = FIRST_PAUSE
    while True:
        yield random.uniform(longest / 10, longest)
        longest = min(2 * longest, LONGEST_PAUSE)


def call(server: Server, request: Request) -> Steps[Any]:
    """Send a request until it is answered; return its JSON.  It must be one that may arrive twice."""
    return (yield from _call(server, request))[0]


def _call(server: Server, request: Request) -> Steps[tuple[Any, int]]:
    """Do so; return also how often it was sent."""
    end, failure = time.monotonic() + server.patience, HubbubError()
    for tries, pause in enumerate(pauses(), 1):
        try:
            return (yield from _exchange(server, request)), tries
        except Refused as refused:
            if not refused.is_temporary:
                raise
            failure, pause = refused, pause + refused.retry_after
        except OSError as problem:
            failure = _unreachable(server, problem)
        if time.monotonic() + pause > end:
            break
        yield Sleep(pause)
    raise failure


def _exchange(server: Server, request: Request) -> Steps[Any]:
    yield server.send(request)
    response, body = Response(), b""
    while not response.is_complete:
        body += response.feed((yield Read(server.timeout)))
    if response.status >= 300:
        raise refusal(response, body)
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise Refused(f"{server.address.url} is not a Hubbub server", "refused", response.status) from None


def _unreachable(server: Server, problem: OSError) -> Unreachable:
    """Return the error to raise if no further try succeeds; raise it at once if none can."""
    error = Unreachable(f"no answer from {server.address.url}: {problem}")
    if isinstance(problem, ssl.SSLCertVerificationError):
        raise error from None
    return error


def publish(server: Server, feed: str, values: list[dict[str, Any]], numbers: dict[str, int]) -> Steps[None]:
    """Publish values under the numbers after the last one of the feed, so that each counts once."""
    path = f"/api/feeds/{quote(feed, safe='')}"
    if feed not in numbers:
        try:
            numbers[feed] = (yield from call(server, Request("GET", path)))["n"]
        except Refused as refused:
            if refused.code != "not_found":
                raise
            numbers[feed] = 0
    ticks = [{**value, "n": number} for number, value in enumerate(values, numbers[feed] + 1)]
    answer, tries = yield from _call(server, Request("POST", f"{path}/ticks", {"ticks": ticks}))
    numbers[feed] = answer["n"]
    if answer["accepted"] < len(ticks) and tries == 1:
        raise Refused(f"another program publishes to the feed {feed}, too: give each its own", "conflict", 409)


def page(channel: str, after: int, limit: int = PAGE) -> Request:
    """Return the request for the next entries after a seq."""
    return Request("GET", f"/api/channels/{quote(channel, safe='')}/entries", query={"after": after, "limit": limit})


def entries(server: Server, channel: str, after: int) -> Steps[None]:
    """Deliver the entries after a seq, up to the newest."""
    while found := (yield from call(server, page(channel, after)))["entries"]:
        for each in found:
            yield Deliver(Entry(**each))
        after = found[-1]["seq"]


class Following:
    """An endless response that is requested again whenever it ends, until the server refuses it for good."""

    def __init__(self, server: Server, channel: str) -> None:
        self.server, self.channel = server, channel
        self.path = f"/api/channels/{quote(channel, safe='')}/tail"
        self.retry_after = 0.0
        self.is_alive = False  # something arrived since the last try

    def query(self) -> dict[str, object]:
        """Return the query of the next request."""
        raise NotImplementedError

    def take(self, event: Event) -> Steps[bool]:
        """Handle an event; return whether to request again."""
        raise NotImplementedError

    def steps(self, patience: float) -> Steps[None]:
        """Follow; give up when the server was away for `patience` seconds."""
        end, waits = time.monotonic() + patience, pauses()
        while True:
            failure: HubbubError = Unreachable(f"{self.server.address.url} closed the connection")
            self.retry_after, self.is_alive = 0.0, False
            try:
                yield from self._read()
            except Refused as refused:
                if not refused.is_temporary:
                    raise
                failure, self.retry_after = refused, refused.retry_after
            except OSError as problem:
                failure = _unreachable(self.server, problem)
            if self.is_alive:
                end, waits = time.monotonic() + patience, pauses()
            pause = next(waits) + self.retry_after
            if time.monotonic() + pause > end:
                raise failure
            yield Sleep(pause)

    def _read(self) -> Steps[None]:
        yield self.server.send(Request("GET", self.path, query=self.query()))
        response, events, refused = Response(), Events(), b""
        while not response.is_complete:
            body = response.feed((yield Read(SILENCE)))
            if response.status >= 300:
                refused += body
                continue
            self.is_alive = self.is_alive or bool(body)
            for event in events.feed(body):
                if event.name == "shutdown":
                    self.retry_after = event.data["retry_after"]
                elif (yield from self.take(event)):
                    return
        if response.status >= 300:
            raise refusal(response, refused)


class Tail(Following):
    """The entries of a channel after a cursor, each once and in order."""

    def __init__(self, server: Server, channel: str, cursor: Cursor | None) -> None:
        super().__init__(server, channel)
        self.cursor = cursor

    def query(self) -> dict[str, object]:
        return {} if self.cursor is None else {"after": str(self.cursor)}

    def take(self, event: Event) -> Steps[bool]:
        if event.name == "reset":
            yield from self._catch_up(Cursor(*event.data["as_of"]))
            return True
        if not event.name:
            self.cursor = Cursor.parse(event.id)
        elif self.cursor is None or event.data["seq"] > self.cursor.seq + 1:
            return True  # entries are missing
        elif event.data["seq"] == self.cursor.seq + 1:
            self.cursor = Cursor.parse(event.id)
            yield Deliver(Entry(**event.data))
        return False

    def _catch_up(self, as_of: Cursor) -> Steps[None]:
        """Read the log from the cursor, which is too far behind for a tail; Restored if the log does not have it."""
        cursor = self.cursor or as_of
        if cursor.seq:
            found = (yield from call(self.server, page(self.channel, cursor.seq - 1, 1)))["entries"]
            if not found or (found[0]["seq"], found[0]["key"]) != cursor:
                raise Restored(self.channel, as_of)
        while found := (yield from call(self.server, page(self.channel, cursor.seq)))["entries"]:
            for entry in (Entry(**each) for each in found):
                self.cursor = cursor = entry.cursor
                yield Deliver(entry)
        self.cursor = cursor


class Watch(Following):
    """The newest value of a symbol, whenever it changes."""

    def __init__(self, server: Server, symbol: str, rate: int) -> None:
        super().__init__(server, f"feed:{symbol}")
        self.rate = rate
        self._last: Value | None = None

    def query(self) -> dict[str, object]:
        return {"rate": self.rate}

    def take(self, event: Event) -> Steps[bool]:
        for symbol, found in event.data["values"].items() if event.name == "latest" else ():
            value = Value(symbol, **found)
            if value != self._last:
                self._last = value
                yield Deliver(value)
        return False

