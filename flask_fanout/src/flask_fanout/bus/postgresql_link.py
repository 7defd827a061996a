"""A connection to PostgreSQL by LISTEN and NOTIFY: slower than Valkey, but a database that is there anyway.

A notification carries at most 8,000 bytes of text, so messages are encoded in base64, and long ones sent in parts.
"""

import base64
import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import gevent.socket
import psycopg
from gevent.event import Event
from psycopg import pq

from . import core

MAX_CHANNEL, MAX_PAYLOAD = 63, 7900  # bytes
MAX_CALLS = 1000  # in one statement
FAILED = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE, pq.ExecStatus.NONFATAL_ERROR)


def channel_of(topic: str) -> str:
    """Return the channel of a topic: a hash if the topic is too long for a name."""
    encoded = topic.encode()
    return topic if 0 < len(encoded) <= MAX_CHANNEL else hashlib.blake2b(encoded, digest_size=24).hexdigest()


def payloads(message: bytes, serials: Iterator[int]) -> list[bytes]:
    """Encode a message; a serial number keeps PostgreSQL from taking two equal parts for one."""
    text = base64.b64encode(message)
    parts = [text[start : start + MAX_PAYLOAD] for start in range(0, len(text), MAX_PAYLOAD)]
    if len(parts) > 1:
        last = len(parts) - 1
        parts = [b"%d:%d:%b" % (next(serials), last - index, part) for index, part in enumerate(parts)]
    return parts


class PostgresqlLink:
    """One connection, used through libpq: one statement at a time, and notifications at any time."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True, connect_timeout=3)
        self.libpq: Any = self.connection.pgconn
        self.libpq.nonblocking = 1
        self.escaping = pq.Escaping(self.libpq)
        self.readers = (self.read,)
        self.batch: core.Batch | None = None  # under way
        self.is_idle = Event()
        self.is_idle.set()
        self.topics: dict[str, str] = {}  # by channel, of all subscriptions
        self.serials = itertools.count()
        self.parts: dict[tuple[str, int], str] = {}  # of incomplete messages, by channel and sending process

    def write(self, batch: core.Batch) -> None:
        """Send a batch as one statement, once the one before it is done."""
        self.is_idle.wait()
        self.is_idle.clear()
        self.batch = batch
        self.topics.update((channel_of(topic), topic) for topic in batch.topics(True))
        names = {subscribed: map(self.quote, batch.topics(subscribed)) for subscribed in (True, False)}
        statements = [b"listen " + name for name in names[True]] + [b"unlisten " + name for name in names[False]]
        calls = [call for topic, message in batch.messages for call in self.notify(channel_of(topic), message)]
        for start in range(0, len(calls), MAX_CALLS):
            statements.append(b"select " + b",".join(calls[start : start + MAX_CALLS]))
        self.libpq.send_query(b";".join(statements))
        while self.libpq.flush():
            gevent.socket.wait_write(self.libpq.socket, core.READ_TIMEOUT)

    def quote(self, topic: str) -> bytes:
        """Return the name of a topic's channel for a statement."""
        return bytes(self.escaping.escape_identifier(channel_of(topic).encode()))

    def notify(self, channel: str, message: bytes) -> list[bytes]:
        """Return the calls that send a message."""
        name = self.escaping.escape_literal(channel.encode())
        return [b"pg_notify(%b,'%b')" % (name, part) for part in payloads(message, self.serials)]

    def read(self, bus: core.Bus) -> None:
        """Report what arrives."""
        while True:
            gevent.socket.wait_read(self.libpq.socket, core.READ_TIMEOUT)
            self.libpq.consume_input()
            while self.batch is not None and not self.libpq.is_busy():
                self.take_result(bus, self.batch)
            while (notification := self.libpq.notifies()) is not None:
                channel = notification.relname.decode()
                message = self.join(channel, notification.be_pid, notification.extra.decode())
                if message is not None and channel in self.topics:
                    bus.on_message(self.topics[channel], base64.b64decode(message))

    def take_result(self, bus: core.Bus, batch: core.Batch) -> None:
        """Take one result of the statement; the last one confirms the batch."""
        result = self.libpq.get_result()
        if result is None:
            for topic in batch.topics(False):
                self.topics.pop(channel_of(topic), None)
            for topic in batch.topics(True):
                bus.on_subscribed(topic)
            bus.on_published(len(batch.messages))
            self.batch = None
            self.is_idle.set()
        elif result.status in FAILED:
            raise psycopg.OperationalError(result.error_message.decode(errors="replace").strip())

    def join(self, channel: str, process: int, text: str) -> str | None:
        """Return a complete message, or None while parts are missing."""
        if ":" not in text:
            return text
        _, left, part = text.split(":")
        whole = self.parts.pop((channel, process), "") + part
        if left == "0":
            return whole
        self.parts[channel, process] = whole
        return None

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()
