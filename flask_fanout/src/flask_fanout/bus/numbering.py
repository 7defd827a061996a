"""Message headers: who sent a message and its number in its topic, so that a receiver notices what is missing."""

import os
import struct
import time

HEADER = struct.Struct(">8sQQ")  # the sender's epoch, the message's number, the previous one's age in microseconds
NEVER = 2**64 - 1  # the age if there was no previous message
MAX_TOPICS, MAX_SENDERS = 100_000, 1000


class Sender:
    """Numbers the messages of this process; its epoch is another one after each start."""

    def __init__(self) -> None:
        self.epoch = os.urandom(8)
        self.count = 0  # of all messages; no topic's number is higher
        self.topics: dict[str, tuple[int, float]] = {}  # the last number and its time, the longest unused topic first
        self.forgotten_at = -1.0  # when the last message of a topic not in `topics` may have been sent

    def header(self, topic: str) -> bytes:
        """Return the header of the next message of a topic."""
        now = time.monotonic()
        number, sent_at = self.topics.pop(topic, (self.count, self.forgotten_at))
        self.count += 1
        self.topics[topic] = number + 1, now
        if len(self.topics) > MAX_TOPICS:
            self.forgotten_at = self.topics.pop(next(iter(self.topics)))[1]
        age = NEVER if sent_at < 0 else int((now - sent_at) * 1e6)
        return HEADER.pack(self.epoch, number + 1, age)


class Subscription:
    """A subscribed topic as its receiver knows it: the last number of each sender."""

    def __init__(self) -> None:
        self.since = 0.0  # when it took effect; 0 while it has not
        self.numbers: dict[bytes, int] = {}  # by epoch, the longest silent sender first

    def take_effect(self) -> None:
        """Start to expect all messages sent from now on."""
        self.since = time.monotonic()
        self.numbers.clear()

    def check(self, header: bytes) -> tuple[bool, bool]:
        """Return whether a message is new, and whether one is missing before it."""
        epoch, number, age = HEADER.unpack(header)
        last = self.numbers.pop(epoch, None)
        self.numbers[epoch] = number if last is None else max(last, number)
        if last is None:
            if len(self.numbers) > MAX_SENDERS:
                del self.numbers[next(iter(self.numbers))]
            # a previous message that is older than the subscription was none of ours
            return True, bool(self.since) and age != NEVER and time.monotonic() - age / 1e6 >= self.since
        return number > last, number > last + 1
