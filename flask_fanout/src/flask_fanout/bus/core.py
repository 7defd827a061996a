"""The bus itself: its queue, its subscriptions, and the greenlets that keep it connected."""

import logging
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import gevent
from gevent.event import Event

from .numbering import HEADER, Sender, Subscription

log = logging.getLogger(__name__)

PING_INTERVAL = 0.8  # seconds without a write after which a ping checks the connection
READ_TIMEOUT = 2.0  # seconds without input, not even a reply to a ping, after which the connection is lost
MIN_BACKOFF, MAX_BACKOFF = 0.05, 0.5  # seconds between attempts to connect
STABLE = 10.0  # seconds after which a lost connection was a good one
MAX_WAITING = 8 << 20  # bytes that wait to be written
MAX_LOST = 10_000  # topics with lost messages to announce one by one
ALL_TOPICS = "flask_fanout:lost"  # a message here announces that any topic may lack messages


@dataclass
class Batch:
    """What to write at once, in this order; an empty batch asks for any sign of life."""

    subscriptions: dict[str, bool] = field(default_factory=dict)  # by topic: whether to subscribe or to unsubscribe
    messages: list[tuple[str, bytes]] = field(default_factory=list)  # topics and encoded messages

    def topics(self, subscribed: bool) -> list[str]:
        """Return the topics to subscribe to, or to unsubscribe from."""
        return [topic for topic, wanted in self.subscriptions.items() if wanted == subscribed]


class Link(Protocol):
    """A connection to a server; its methods raise an exception when it is lost.

    `readers` report forever what arrives: `bus.on_message`, `bus.on_subscribed` and `bus.on_published`.
    """

    @property
    def readers(self) -> Sequence[Callable[["Bus"], None]]: ...

    def write(self, batch: Batch) -> None:
        """Write a batch; block while the server accepts nothing."""

    def close(self) -> None:
        """Close the connection."""


class Bus:
    """A connection to the other processes; its methods belong to the thread that created it, and never block."""

    def __init__(
        self,
        open_link: Callable[[], Link],
        receive: Callable[[str, bytes], None],
        on_gap: Callable[[str], None],
        on_state: Callable[[bool], None] | None = None,
    ) -> None:
        self.open_link, self.receive, self.on_gap, self.on_state = open_link, receive, on_gap, on_state
        self.is_up, self.accepts_messages = False, True  # messages wait for the first attempt to connect
        self.sender = Sender()
        self.subscriptions = {ALL_TOPICS: Subscription()}
        self.batch, self.waiting_bytes = Batch(), 0
        self.unconfirmed: deque[str] = deque()  # topics of written messages that the server has not confirmed
        self.lost: set[str] = set()  # topics of messages that were dropped, for which a gap has to be announced
        self.has_work = Event()
        self.greenlet = gevent.spawn(self.run)

    def publish(self, topic: str, data: bytes) -> None:
        """Send data to the subscribers in other processes; while the bus is away, only remember to announce a gap."""
        message = self.sender.header(topic) + data
        if self.accepts_messages and self.waiting_bytes < MAX_WAITING:
            self.batch.messages.append((topic, message))
            self.waiting_bytes += len(message)
            self.has_work.set()
        else:
            self.note_lost(topic)

    def subscribe(self, topic: str) -> None:
        """Receive a topic's messages; `on_gap(topic)` is called once the subscription has taken effect."""
        if topic not in self.subscriptions:
            self.subscriptions[topic] = Subscription()
            self.request(topic, True)

    def unsubscribe(self, topic: str) -> None:
        """Stop receiving a topic's messages, at once."""
        if topic != ALL_TOPICS and topic in self.subscriptions:
            del self.subscriptions[topic]
            self.request(topic, False)

    def request(self, topic: str, subscribed: bool) -> None:
        """Ask the server for a subscription or its end; a new connection asks for all of them."""
        if self.is_up:
            self.batch.subscriptions[topic] = subscribed
            self.has_work.set()

    def close(self, timeout: float = 1.0) -> None:
        """Disconnect; wait until the server has confirmed what was published, at most for `timeout` seconds."""
        with gevent.Timeout(timeout, False):  # type: ignore[arg-type]
            while self.is_up and (self.batch.messages or self.unconfirmed):
                gevent.sleep(0.002)
        self.greenlet.kill()

    # The connection

    def run(self) -> None:
        """Connect, serve the connection until it is lost, and start again."""
        backoff = MIN_BACKOFF
        while True:
            started_at = time.monotonic()
            try:
                self.serve(self.open_link())
            except Exception as error:
                if self.accepts_messages:
                    self.set_up(False)
                if time.monotonic() - started_at > STABLE:
                    backoff = MIN_BACKOFF
                if backoff == MIN_BACKOFF:
                    log.warning("The bus is away and tries to connect again: %s", error)
            gevent.sleep(backoff * random.uniform(0.5, 1))
            backoff = min(backoff * 2, MAX_BACKOFF)

    def serve(self, link: Link) -> None:
        """Read and write until one of them fails."""
        self.batch = Batch(dict.fromkeys(self.subscriptions, True), self.batch.messages)
        self.set_up(True)
        greenlets = [gevent.spawn(find_error, read, self) for read in link.readers]
        greenlets.append(gevent.spawn(find_error, self.write, link))
        try:
            error: Exception | None = gevent.wait(greenlets, count=1)[0].value
            if error is not None:
                raise error
        finally:
            gevent.killall(greenlets)
            link.close()
            self.set_up(False)

    def set_up(self, is_up: bool) -> None:
        """Follow the connection; what was under way when it was lost may be lost too."""
        self.is_up = self.accepts_messages = is_up
        if not is_up:
            for topic in [*self.unconfirmed, *(topic for topic, _ in self.batch.messages)]:
                self.note_lost(topic)
            self.unconfirmed.clear()
            self.batch, self.waiting_bytes = Batch(), 0
        self.call(self.on_state, is_up)

    def write(self, link: Link) -> None:
        """Write all that one iteration of the event loop brought, at once."""
        while True:
            self.announce_lost()
            batch, self.batch, self.waiting_bytes = self.batch, Batch(), 0
            self.has_work.clear()
            self.unconfirmed.extend(topic for topic, _ in batch.messages)
            link.write(batch)
            self.has_work.wait(PING_INTERVAL)

    def note_lost(self, topic: str) -> None:
        """Remember to announce a gap; if too many topics have one, announce it for all topics."""
        if len(self.lost) < MAX_LOST:
            self.lost.add(topic)
        else:
            self.lost = {ALL_TOPICS}

    def announce_lost(self) -> None:
        """Publish a message without data to each topic that lost some: its number shows the gap."""
        lost, self.lost = self.lost, set()
        for topic in lost:
            self.publish(topic, b"")

    # What a link reports

    def on_published(self, count: int) -> None:
        """The server has accepted the next messages."""
        for _ in range(count):
            self.unconfirmed.popleft()

    def on_subscribed(self, topic: str) -> None:
        """The server sends a topic's messages from now on."""
        subscription = self.subscriptions.get(topic)
        if subscription is not None:
            subscription.take_effect()
            if topic != ALL_TOPICS:
                self.call(self.on_gap, topic)

    def on_message(self, topic: str, message: bytes) -> None:
        """Hand over a message of another process, and report a gap before it."""
        subscription = self.subscriptions.get(topic)
        if subscription is None or message.startswith(self.sender.epoch):
            return
        is_new, is_gap = subscription.check(message[: HEADER.size])
        if topic == ALL_TOPICS:
            for each in [*self.subscriptions]:
                if each != ALL_TOPICS:
                    self.call(self.on_gap, each)
            return
        if is_gap:
            self.call(self.on_gap, topic)
        if is_new and len(message) > HEADER.size:
            self.call(self.receive, topic, message[HEADER.size :])

    def call(self, function: Callable[..., None] | None, *arguments: object) -> None:
        """Call the application; the bus survives its errors."""
        if function is not None:
            try:
                function(*arguments)
            except Exception:
                log.exception("A callback of the bus failed")


def find_error(work: Callable[[Any], None], argument: object) -> Exception | None:
    """Return the error that ends some work."""
    try:
        work(argument)
    except Exception as error:
        return error
    return None
