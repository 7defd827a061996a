"""The end of the loop's turn: what was said to many, and who was written to, leave after all that the turn brought in.

What is said to a room is kept once, as a spread: the frames so far and a list of those who get them.  At the end of the
turn each of them gets all of its frames in one send, whose bytes they share.  Who is written to by themselves meanwhile
first takes over what was spread to them, so everybody gets everything in the order in which it was sent.
"""

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

import gevent

from .message import Message

if TYPE_CHECKING:
    from .outbox import Outbox

BATCH = 256
FEW = 4  # whom one writes to each by themselves
SPREAD = 256 * 1024  # bytes that one spread gathers at most
AFTER_INPUT = -1


class Spread:
    """Messages on their way to the same connections."""

    __slots__ = ("ahead", "at", "links", "messages", "places", "size")

    def __init__(self, links: "list[Outbox]") -> None:
        self.links = links
        self.messages: list[Message] = []
        self.size, self.at = 0, 0
        self.places: dict[Outbox, int] = {}  # in `links`; made when somebody asks
        self.ahead: dict[Outbox, int] = {}  # who took over how many messages already

    def hand_over(self, link: "Outbox") -> None:
        """Put into a connection's outbox what it has not got of this."""
        if not self.places:
            self.places = {each: place for place, each in enumerate(self.links)}
        if self.places.get(link, -1) >= self.at:
            self.add_to([link])
            self.ahead[link] = len(self.messages)

    def add_to(self, links: "Iterable[Outbox]") -> None:
        """Put what they have not got of this into the outboxes of those to whom one cannot send directly."""
        for link in links:
            for message in self.messages[self.ahead.get(link, 0) :]:
                link.add(message)

    def leave(self) -> bool:
        """Send to the next of them; whether that was all."""
        data = self.messages[0].wire if len(self.messages) == 1 else b"".join([each.wire for each in self.messages])
        size, chunk = len(data), self.links[self.at : self.at + BATCH]
        self.at += BATCH
        ready = [link for link in chunk if not link.out and link.live]
        if self.ahead:
            ready = [link for link in ready if link not in self.ahead]
        if len(ready) < len(chunk):
            self.add_to(set(chunk).difference(ready))
        for place, push in enumerate([link.push for link in ready]):  # looked up before: each send empties the caches
            try:
                sent = push(data)
            except BlockingIOError:
                sent = 0
            except OSError:
                ready[place].lost()
                continue
            if sent != size:
                ready[place].hold(self.messages, sent)
        return self.at >= len(self.links)


class Turn:
    """Between the first write and the flush lies one look at the sockets, so that messages in flight leave together.

    The look does not wait, so a message that is alone leaves at once.
    """

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.dirty: deque[Outbox] = deque()
        self.spreads: deque[Spread] = deque()
        self.waiting = False
        self.looked = self.loop.timer(0, priority=AFTER_INPUT)

    def touched(self, outbox: "Outbox") -> None:
        """Flush this outbox at the end of the turn."""
        self.dirty.append(outbox)
        self.wait()

    def spread(self, links: "list[Outbox]", message: Message) -> None:
        """Send a message to all of these at the end of the turn."""
        if len(links) <= FEW:
            for link in links:
                link.send(message)
            return
        last = self.spreads[-1] if self.spreads else None
        if last is None or last.at or last.size > SPREAD or last.links != links:
            last = Spread(links)
            self.spreads.append(last)
        last.messages.append(message)
        last.size += len(message)
        self.wait()

    def catch_up(self, link: "Outbox") -> None:
        """Put what was spread to this connection before what it is written next."""
        for spread in self.spreads:
            spread.hand_over(link)

    def wait(self) -> None:
        """Look at the sockets once; what they bring in leaves, too."""
        if not self.waiting:
            self.waiting = True
            self.looked.start(self.input_is_in)

    def input_is_in(self) -> None:
        """Let the greenlets which the input has woken write, too."""
        self.loop.run_callback(self.flush)

    def flush(self) -> None:
        """Flush some; then the others get a turn, and new input is looked at."""
        self.waiting = False
        for _ in range(min(len(self.dirty), BATCH)):
            self.dirty.popleft().flush()
        if self.spreads and self.spreads[0].leave():
            self.spreads.popleft()
        if self.dirty or self.spreads:
            self.wait()

