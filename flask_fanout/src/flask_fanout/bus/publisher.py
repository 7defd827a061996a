"""The sending half of the bus for any process or thread, with or without gevent."""

import itertools
import threading
from typing import Any
from urllib.parse import urlsplit

from .numbering import Sender

TIMEOUT = 5  # seconds to connect, and for the server's answer
ATTEMPTS = 2  # the connection may have been lost since the last message


class Publisher:
    """Publishes from any thread, and blocks until the server has accepted the message."""

    def __init__(self, url: str) -> None:
        self.send: Any = postgresql_sender(url) if is_postgresql(url) else valkey_sender(url)
        self.sender, self.lock = Sender(), threading.Lock()

    def publish(self, topic: str, data: bytes) -> None:
        """Send data to a topic's subscribers; raise the driver's error if the server does not accept it.

        Subscribers learn of a message that was not accepted as a gap before the next one.
        """
        with self.lock:
            self.send(topic, self.sender.header(topic) + data)


def is_postgresql(url: str) -> bool:
    """Return whether a URL is one of PostgreSQL; raise ValueError if it is none of Valkey or Redis either."""
    scheme = urlsplit(url).scheme
    if scheme not in ("postgresql", "postgres", "valkey", "valkeys", "redis", "rediss", "unix"):
        raise ValueError(f"a bus cannot use {scheme or 'no scheme'}: give a valkey://, redis:// or postgresql:// URL")
    return scheme.startswith("postgres")


def valkey_sender(url: str) -> Any:
    """Return a function that publishes to Valkey."""
    import valkey
    from valkey.backoff import NoBackoff
    from valkey.retry import Retry

    options = {"socket_timeout": TIMEOUT, "retry": Retry(NoBackoff(), ATTEMPTS - 1),
               "retry_on_error": [valkey.ConnectionError]}  # fmt: skip
    return valkey.Valkey.from_url(url, **options).publish


def postgresql_sender(url: str) -> Any:
    """Return a function that notifies the listeners in PostgreSQL."""
    import psycopg

    from .postgresql_link import channel_of, payloads

    serials = itertools.count()
    connections: list[psycopg.Connection[Any]] = []

    def send(topic: str, message: bytes) -> None:
        parts = [part.decode() for part in payloads(message, serials)]
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if not connections or connections[0].closed:
                    connections[:] = [psycopg.connect(url, autocommit=True, connect_timeout=TIMEOUT)]
                query = "select pg_notify(%s, part) from unnest(%s::text[]) part"
                connections[0].execute(query, (channel_of(topic), parts))
                return
            except psycopg.OperationalError:
                if attempt == ATTEMPTS:
                    raise

    return send
