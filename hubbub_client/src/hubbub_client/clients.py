"""The two clients: the same methods, for programs that wait and for asyncio."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import AsyncGenerator, Generator, Mapping
from math import inf
from typing import Any, TypeVar

from . import flows, requests
from .flows import Deliver, Read, Send, Sleep, Steps
from .model import Entry, Receipt, Value, Window
from .protocol import Address, Request
from .requests import After

T = TypeVar("T")
CHUNK = 64 * 1024
Values = Mapping[str, float] | list[dict[str, Any]]


class Client:
    """A client of the server at `url` (HUBBUB_URL) for the owner of `token` (HUBBUB_TOKEN).

    Every request is repeated under the same key until it is answered, for at most `patience` seconds, so a message is
    posted once whatever happens on the way.
    """

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 30,
                 patience: float = 60) -> None:
        self._server = requests.server(url, token, timeout, patience)
        self._numbers: dict[str, int] = {}  # of the last value of each feed

    def post(self, channel: str, text: str, *, key: str | None = None, thread: int = 0,
             also_to_room: bool = False) -> Entry:
        """Post a message, or a reply in the thread of the message `thread`; return its entry, which is on disk."""
        return requests.entry(self._call(requests.post(channel, text, key, thread, also_to_room)))

    def edit(self, channel: str, seq: int, text: str, *, key: str | None = None) -> Entry:
        """Replace the text of your message."""
        return requests.entry(self._call(requests.edit(channel, seq, text, key)))

    def delete(self, channel: str, seq: int, *, key: str | None = None) -> Entry:
        """Delete a message."""
        return requests.entry(self._call(requests.delete(channel, seq, key)))

    def react(self, channel: str, seq: int, emoji: str, *, on: bool = True, key: str | None = None) -> None:
        """Add an emoji to a message, or remove your own."""
        self._call(requests.react(channel, seq, emoji, on, key))

    def window(self, channel: str, *, before: int = 0, after: int = 0, around: int = 0, limit: int = 50) -> Window:
        """Return a channel as it looks now: its newest items, or those before, after or around a seq."""
        return requests.window_of(self._call(requests.window(channel, before, after, around, limit)))

    def entries(self, channel: str, after: int = 0) -> Generator[Entry, None, None]:
        """Yield the entries after a seq, up to the newest."""
        return self._iterate(flows.entries(self._server, channel, after))

    def tail(self, channel: str, after: After = None, *, patience: float = inf) -> Generator[Entry, None, None]:
        """Yield the entries after a cursor, or from now on, then each as it happens; once and in order.

        It reconnects; Unreachable is raised when the server was away for `patience` seconds, Refused when you may not
        read any more, and Restored when the server was restored from a backup that does not have the cursor.
        """
        return self._iterate(flows.Tail(self._server, channel, requests.cursor(after)).steps(patience))

    def watch(self, symbol: str, *, rate: int = 250, patience: float = inf) -> Generator[Value, None, None]:
        """Yield the newest value of a symbol whenever it changes, at most once in `rate` ms."""
        return self._iterate(flows.Watch(self._server, symbol, rate).steps(patience))

    def publish(self, feed: str, values: Values) -> None:
        """Publish values by symbol, or as `{"symbol", "value", "at"}`; one program at a time may publish to a feed."""
        self._run(flows.publish(self._server, feed, requests.ticks(values), self._numbers))

    def name(self, person: int) -> str:
        """Return the name of the person with this id; Hubbub itself is 0."""
        return requests.name_of(self._call(requests.person(person))) if person else "Hubbub"

    def notify(self, to: str, text: str, *, key: str | None = None, urgent: bool = False, **more: Any) -> Receipt:
        """Notify people, groups, rooms and topics; the same key changes the notification in place.

        `to` is `@ann`, `#ops` or a name, or several with commas between them.  `more` are fields of
        `requests.Notification`.  If `urgent`, its priority is 5, and it rings in quiet times, too.
        """
        one = requests.Notification(to, text, **({"priority": 5} if urgent else {}) | more)
        answer = self._call(requests.notify(one, key))
        return requests.receipt_of(answer) if "state" in answer else self.receipt(answer["id"])

    def receipt(self, id: str) -> Receipt:
        """Return who received, read and acknowledged a notification of yours, by its id or key."""
        return requests.receipt_of(self._call(requests.receipt(id)))

    def acknowledge(self, alarm: int) -> None:
        """Acknowledge an urgent notification for all its recipients, by the `alarm` in its entry."""
        self._call(requests.acknowledge(alarm))

    def withdraw(self, id: str) -> Receipt:
        """Remove a notification of yours everywhere, by its id or key."""
        return requests.receipt_of(self._call(requests.withdraw(id)))

    def _call(self, request: Request) -> Any:
        return self._run(flows.call(self._server, request))

    def _run(self, steps: Steps[T]) -> T:
        result: T
        [result] = self._iterate(flows.result_of(steps))
        return result

    def _iterate(self, steps: Steps[None]) -> Generator[Any, None, None]:
        with contextlib.closing(Connection(self._server.address)) as connection, contextlib.suppress(StopIteration):
            outcome = None
            while True:
                step = flows.advance(steps, outcome)
                if isinstance(step, Deliver):
                    yield step.item
                    outcome = None
                else:
                    outcome = connection.do(step)


class Connection:
    """One connection at a time to a server."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._sock: socket.socket | None = None

    def do(self, step: Send | Read | Sleep) -> bytes | OSError | None:
        """Carry out a step; return what came of it, or the error."""
        try:
            if isinstance(step, Sleep):
                time.sleep(step.seconds)
            elif isinstance(step, Send):
                self._open().sendall(step.data)
            elif self._sock is not None:
                self._sock.settimeout(step.timeout)
                return self._sock.recv(CHUNK)
        except OSError as problem:
            return problem
        return None

    def _open(self) -> socket.socket:
        self.close()
        where = self._address
        self._sock = socket.create_connection((where.name, where.port), timeout=30)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if where.is_secure:
            self._sock = ssl.create_default_context().wrap_socket(self._sock, server_hostname=where.name)
        return self._sock

    def close(self) -> None:
        """Close the connection."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None


class AsyncClient:
    """The same for asyncio."""

    def __init__(self, url: str | None = None, token: str | None = None, *, timeout: float = 30,
                 patience: float = 60) -> None:
        self._server = requests.server(url, token, timeout, patience)
        self._numbers: dict[str, int] = {}

    async def post(self, channel: str, text: str, *, key: str | None = None, thread: int = 0,
                   also_to_room: bool = False) -> Entry:
        """Post a message, or a reply in the thread of the message `thread`; return its entry, which is on disk."""
        return requests.entry(await self._call(requests.post(channel, text, key, thread, also_to_room)))

    async def edit(self, channel: str, seq: int, text: str, *, key: str | None = None) -> Entry:
        """Replace the text of your message."""
        return requests.entry(await self._call(requests.edit(channel, seq, text, key)))

    async def delete(self, channel: str, seq: int, *, key: str | None = None) -> Entry:
        """Delete a message."""
        return requests.entry(await self._call(requests.delete(channel, seq, key)))

    async def react(self, channel: str, seq: int, emoji: str, *, on: bool = True, key: str | None = None) -> None:
        """Add an emoji to a message, or remove your own."""
        await self._call(requests.react(channel, seq, emoji, on, key))

    async def window(self, channel: str, *, before: int = 0, after: int = 0, around: int = 0,
                     limit: int = 50) -> Window:
        """Return a channel as it looks now: its newest items, or those before, after or around a seq."""
        return requests.window_of(await self._call(requests.window(channel, before, after, around, limit)))

    def entries(self, channel: str, after: int = 0) -> AsyncGenerator[Entry, None]:
        """Yield the entries after a seq, up to the newest."""
        return self._iterate(flows.entries(self._server, channel, after))

    def tail(self, channel: str, after: After = None, *, patience: float = inf) -> AsyncGenerator[Entry, None]:
        """Yield the entries after a cursor, or from now on, then each as it happens: see Client.tail."""
        return self._iterate(flows.Tail(self._server, channel, requests.cursor(after)).steps(patience))

    def watch(self, symbol: str, *, rate: int = 250, patience: float = inf) -> AsyncGenerator[Value, None]:
        """Yield the newest value of a symbol whenever it changes, at most once in `rate` ms."""
        return self._iterate(flows.Watch(self._server, symbol, rate).steps(patience))

    async def publish(self, feed: str, values: Values) -> None:
        """Publish values by symbol, or as `{"symbol", "value", "at"}`; one program at a time may publish to a feed."""
        await self._run(flows.publish(self._server, feed, requests.ticks(values), self._numbers))

    async def name(self, person: int) -> str:
        """Return the name of the person with this id; Hubbub itself is 0."""
        return requests.name_of(await self._call(requests.person(person))) if person else "Hubbub"

    async def notify(self, to: str, text: str, *, key: str | None = None, urgent: bool = False, **more: Any) -> Receipt:
        """Notify people, groups, rooms and topics; the same key changes the notification in place.

        `to` is `@ann`, `#ops` or a name, or several with commas between them.  `more` are fields of
        `requests.Notification`.  If `urgent`, its priority is 5, and it rings in quiet times, too.
        """
        one = requests.Notification(to, text, **({"priority": 5} if urgent else {}) | more)
        answer = await self._call(requests.notify(one, key))
        return requests.receipt_of(answer) if "state" in answer else await self.receipt(answer["id"])

    async def receipt(self, id: str) -> Receipt:
        """Return who received, read and acknowledged a notification of yours, by its id or key."""
        return requests.receipt_of(await self._call(requests.receipt(id)))

    async def acknowledge(self, alarm: int) -> None:
        """Acknowledge an urgent notification for all its recipients, by the `alarm` in its entry."""
        await self._call(requests.acknowledge(alarm))

    async def withdraw(self, id: str) -> Receipt:
        """Remove a notification of yours everywhere, by its id or key."""
        return requests.receipt_of(await self._call(requests.withdraw(id)))

    async def _call(self, request: Request) -> Any:
        return await self._run(flows.call(self._server, request))

    async def _run(self, steps: Steps[T]) -> T:
        result: T
        [result] = [item async for item in self._iterate(flows.result_of(steps))]
        return result

    async def _iterate(self, steps: Steps[None]) -> AsyncGenerator[Any, None]:
        with contextlib.closing(AsyncConnection(self._server.address)) as connection:
            outcome = None
            while True:
                try:
                    step = flows.advance(steps, outcome)
                except StopIteration:
                    return
                if isinstance(step, Deliver):
                    yield step.item
                    outcome = None
                else:
                    outcome = await connection.do(step)


class AsyncConnection:
    """One connection at a time to a server, for asyncio."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def do(self, step: Send | Read | Sleep) -> bytes | OSError | None:
        """Carry out a step; return what came of it, or the error."""
        try:
            if isinstance(step, Sleep):
                await asyncio.sleep(step.seconds)
            elif isinstance(step, Send):
                self.close()
                where = self._address
                async with asyncio.timeout(30):
                    self._streams = await asyncio.open_connection(where.name, where.port, ssl=where.is_secure or None)
                    self._streams[1].write(step.data)
                    await self._streams[1].drain()
            elif self._streams is not None:
                async with asyncio.timeout(step.timeout):
                    return await self._streams[0].read(CHUNK)
        except OSError as problem:
            return problem
        return None

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
