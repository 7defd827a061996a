"""Writes at the end of each event loop iteration, so that messages sent together leave in one `send` per connection.

All messages for the same connections form one broadcast batch, kept once for all recipients.  At the end of the
iteration each recipient gets the batch in one send, and all recipients share its bytes.  A connection that is sent
something of its own in between first takes over its part of the batch, so each client receives everything in order.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

import gevent

from .message import Message

CHUNK = 256  # connections written to before other greenlets run
MIN_RECIPIENTS = 5  # fewer get their messages one by one
MAX_BATCH_BYTES = 256 * 1024
AFTER_INPUT = -1  # libev's priority: run after the sockets' watchers


class Client(Protocol):
    """A recipient of messages."""

    def send(self, message: Message) -> None: ...


class Outbox(Client, Protocol):
    """The part of a connection's outbox that the scheduler uses."""

    unsent: list[bytes | memoryview]
    is_websocket: bool
    socket_send: Callable[[bytes], int]

    def enqueue(self, message: Message) -> None: ...
    def keep_rest(self, messages: list[Message], sent: int) -> None: ...
    def flush(self) -> None: ...
    def on_socket_lost(self) -> None: ...


class BroadcastBatch:
    """Messages on their way to the same connections."""

    __slots__ = ("handed_over", "messages", "outboxes", "positions", "size", "start")

    def __init__(self, outboxes: list[Outbox]) -> None:
        self.outboxes = outboxes
        self.messages: list[Message] = []
        self.size, self.start = 0, 0
        self.positions: dict[Outbox, int] = {}  # in `outboxes`; filled when first needed
        self.handed_over: dict[Outbox, int] = {}  # how many messages an outbox already has

    def hand_over(self, outbox: Outbox) -> None:
        """Put the messages that an outbox has not got yet into it."""
        if not self.positions:
            self.positions = {each: position for position, each in enumerate(self.outboxes)}
        if self.positions.get(outbox, -1) >= self.start:
            self.enqueue([outbox])
            self.handed_over[outbox] = len(self.messages)

    def enqueue(self, outboxes: Iterable[Outbox]) -> None:
        """Enqueue in outboxes that cannot be written to directly."""
        for outbox in outboxes:
            for message in self.messages[self.handed_over.get(outbox, 0) :]:
                outbox.enqueue(message)

    def write(self) -> bool:
        """Write to the next connections; return whether these were the last."""
        data = self.messages[0].wire if len(self.messages) == 1 else b"".join([each.wire for each in self.messages])
        size, chunk = len(data), self.outboxes[self.start : self.start + CHUNK]
        self.start += CHUNK
        ready = [outbox for outbox in chunk if not outbox.unsent and outbox.is_websocket]
        if self.handed_over:
            ready = [outbox for outbox in ready if outbox not in self.handed_over]
        if len(ready) < len(chunk):
            self.enqueue(set(chunk).difference(ready))
        # looking up all methods first is faster: each system call evicts the CPU's caches
        for position, socket_send in enumerate([outbox.socket_send for outbox in ready]):
            try:
                sent = socket_send(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                ready[position].on_socket_lost()
                continue
            if sent != size:
                ready[position].keep_rest(self.messages, sent)
        return self.start >= len(self.outboxes)


class WriteScheduler:
    """Flush outboxes and broadcast batches after one more look at the sockets, which adds messages in flight.

    The look does not wait, so a single message leaves at once.
    """

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.outboxes: deque[Outbox] = deque()
        self.batches: deque[BroadcastBatch] = deque()
        self.is_scheduled = False
        self.timer = self.loop.timer(0, priority=AFTER_INPUT)

    def schedule_flush(self, outbox: Outbox) -> None:
        """Flush an outbox at the end of the iteration."""
        self.outboxes.append(outbox)
        self.schedule()

    def broadcast(self, outboxes: list[Outbox], others: Iterable[Client], message: Message) -> None:
        """Send a message to outboxes at the end of the iteration, and to other clients at once."""
        for client in others:
            client.send(message)
        if len(outboxes) < MIN_RECIPIENTS:
            for outbox in outboxes:
                outbox.send(message)
            return
        last = self.batches[-1] if self.batches else None
        if last is None or last.start or last.size > MAX_BATCH_BYTES or last.outboxes != outboxes:
            last = BroadcastBatch(outboxes)
            self.batches.append(last)
        last.messages.append(message)
        last.size += len(message)
        self.schedule()

    def catch_up(self, outbox: Outbox) -> None:
        """Put pending broadcasts into an outbox before it gets a message of its own."""
        for batch in self.batches:
            batch.hand_over(outbox)

    def schedule(self) -> None:
        """Read the sockets once more, then flush; messages caused by that input leave as well."""
        if not self.is_scheduled:
            self.is_scheduled = True
            self.timer.start(self.after_input)

    def after_input(self) -> None:
        """Let the greenlets run that the input has woken, then flush."""
        self.loop.run_callback(self.flush)

    def flush(self) -> None:
        """Flush one chunk, and schedule the rest so that other greenlets run and new input is read in between."""
        self.is_scheduled = False
        for _ in range(min(len(self.outboxes), CHUNK)):
            self.outboxes.popleft().flush()
        if self.batches and self.batches[0].write():
            self.batches.popleft()
        if self.outboxes or self.batches:
            self.schedule()
