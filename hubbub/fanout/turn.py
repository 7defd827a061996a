"""The end of the loop's turn: who was written to, and one flush for each of them after all that the turn brought in."""

from collections import deque
from typing import TYPE_CHECKING

import gevent

if TYPE_CHECKING:
    from .outbox import Outbox

BATCH = 256
AFTER_INPUT = -1


class Turn:
    """Between the first write and the flush lies one look at the sockets, so that messages in flight leave together.

    The look does not wait, so a message that is alone leaves at once.
    """

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.dirty: deque[Outbox] = deque()
        self.waiting = False
        self.looked = self.loop.timer(0, priority=AFTER_INPUT)

    def touched(self, outbox: "Outbox") -> None:
        """Flush this outbox at the end of the turn."""
        self.dirty.append(outbox)
        if not self.waiting:
            self.waiting = True
            self.looked.start(self.input_is_in)

    def input_is_in(self) -> None:
        """Let the greenlets which the input has woken write, too."""
        self.loop.run_callback(self.flush)

    def flush(self) -> None:
        """Flush some; then the others get a turn."""
        dirty = self.dirty
        for _ in range(min(len(dirty), BATCH)):
            dirty.popleft().flush()
        if dirty:
            self.loop.run_callback(self.flush)
        else:
            self.waiting = False
