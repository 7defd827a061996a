"""The connections to Valkey or Redis: one for commands and their replies, one for the messages of subscriptions.

With both on one connection (RESP3), the server needs 16 KB for each message that a client publishes to itself, and soon
closes the connection for that.
"""

import time
from collections.abc import Iterator
from typing import Any

import gevent
from valkey.connection import ConnectionPool

from . import core

RECEIVE_BYTES = 1 << 16
MESSAGES_PER_TURN = 200  # before other greenlets run


class ValkeyLink:
    """Two connections of the `valkey` package, which gevent's patched sockets make cooperative."""

    def __init__(self, url: str) -> None:
        timeouts = {"socket_timeout": core.READ_TIMEOUT, "socket_connect_timeout": core.READ_TIMEOUT}
        pool: Any = ConnectionPool.from_url(url, **timeouts)  # type: ignore[no-untyped-call]
        self.publisher, self.subscriber = pool.make_connection(), pool.make_connection()
        self.publisher.connect()
        self.subscriber.connect()
        self.readers = (self.read_replies, self.read_messages)
        self.pinged_at = 0.0

    def write(self, batch: core.Batch) -> None:
        """Write a batch, in one piece for each connection; ping both in time."""
        requests = [
            command(name, *(topic.encode() for topic in topics))
            for name, subscribed in ((b"SUBSCRIBE", True), (b"UNSUBSCRIBE", False))
            if (topics := batch.topics(subscribed))
        ]
        messages = [command(b"PUBLISH", topic.encode(), message) for topic, message in batch.messages]
        if time.monotonic() - self.pinged_at > core.PING_INTERVAL / 2:
            self.pinged_at = time.monotonic()
            requests.append(command(b"PING"))
            messages.append(command(b"PING"))
        for connection, commands in ((self.subscriber, requests), (self.publisher, messages)):
            if commands:
                connection.send_packed_command([b"".join(commands)], check_health=False)

    def read_replies(self, bus: core.Bus) -> None:
        """Count the accepted messages."""
        for response in receive(self.publisher):
            if isinstance(response, int):
                bus.on_published(1)

    def read_messages(self, bus: core.Bus) -> None:
        """Report messages and new subscriptions."""
        for number, response in enumerate(receive(self.subscriber)):
            if response[0] == b"message":
                bus.on_message(response[1].decode(), response[2])
            elif response[0] == b"subscribe":
                bus.on_subscribed(response[1].decode())
            if number % MESSAGES_PER_TURN == 0:
                gevent.sleep(0)

    def close(self) -> None:
        """Close both connections."""
        self.publisher.disconnect()
        self.subscriber.disconnect()


def receive(connection: Any) -> Iterator[Any]:
    """Yield what the server sends; the package's own parser keeps all it has read as long as more comes in."""
    buffer, sock = b"", connection._sock
    while chunk := sock.recv(RECEIVE_BYTES):
        buffer, position = buffer + chunk, 0
        while (found := parse(buffer, position)) is not None:
            response, position = found
            yield response
        buffer = buffer[position:]
    raise ConnectionError("the server closed the connection")


def command(*words: bytes) -> bytes:
    """Encode a command."""
    return b"*%d\r\n" % len(words) + b"".join([b"$%d\r\n%b\r\n" % (len(word), word) for word in words])


def parse(data: bytes, position: int) -> tuple[Any, int] | None:
    """Return the response at a position and where it ends, or None if it is incomplete; raise an error reply."""
    end = data.find(b"\r\n", position)
    if end < 0:
        return None
    kind, line, position = data[position], data[position + 1 : end], end + 2
    if kind == ord(b"$"):
        end = position + int(line)
        return (data[position:end], end + 2) if len(data) >= end + 2 else None
    if kind == ord(b"*"):
        items = []
        for _ in range(int(line)):
            found = parse(data, position)
            if found is None:
                return None
            items.append(found[0])
            position = found[1]
        return items, position
    if kind == ord(b"-"):
        raise ConnectionError(f"the server answered: {line.decode(errors='replace')}")
    return int(line) if kind == ord(b":") else line, position
