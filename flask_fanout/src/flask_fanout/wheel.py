"""One greenlet for every delay: calls that wait equally long stand in one queue, so a timer costs an append."""

import time
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

RESOLUTION, BATCH = 0.01, 256


class Wheel:
    """Calls functions later, in its own greenlet; they must not block."""

    def __init__(self) -> None:
        self.queues: dict[float, deque[tuple[float, Callable[[], None]]]] = {}
        self.greenlet: gevent.Greenlet[[], None] | None = None
        self.changed = Event()

    def call(self, delay: float, function: Callable[[], None]) -> None:
        """Call `function` after `delay` seconds."""
        queue = self.queues.setdefault(delay, deque())
        queue.append((time.monotonic() + delay, function))
        if self.greenlet is None:
            self.greenlet = gevent.spawn(self.run)
        elif len(queue) == 1:
            self.changed.set()

    def run(self) -> None:
        """Wait for the next call that is due, forever."""
        while True:
            for queue in list(self.queues.values()):
                self.due(queue)
            due = min((queue[0][0] for queue in self.queues.values() if queue), default=None)
            self.changed.clear()
            self.changed.wait(None if due is None else max(due - time.monotonic(), RESOLUTION))

    def due(self, queue: deque[tuple[float, Callable[[], None]]]) -> None:
        """Make the calls of one queue that are due; others get a turn between."""
        made = 0
        while queue and queue[0][0] <= time.monotonic():
            self.turn(queue.popleft()[1])
            made += 1
            if made % BATCH == 0:
                gevent.sleep(0)

    def turn(self, function: Callable[[], None]) -> None:
        """One call; an error in it is reported and ends nothing else."""
        try:
            function()
        except Exception as error:
            gevent.get_hub().handle_error(self, type(error), error, error.__traceback__)
