"""Timers: one greenlet for all of them and one queue per delay, so a timer costs an append."""

import time
from collections import deque
from collections.abc import Callable

import gevent
from gevent.event import Event

RESOLUTION, BATCH = 0.01, 256


class Timers:
    """Call functions later, in a greenlet of its own; the functions must not block."""

    def __init__(self) -> None:
        self.queues: dict[float, deque[tuple[float, Callable[[], None]]]] = {}
        self.greenlet: gevent.Greenlet[[], None] | None = None
        self.changed = Event()

    def call_later(self, delay: float, function: Callable[[], None]) -> None:
        """Call `function` after `delay` seconds."""
        queue = self.queues.setdefault(delay, deque())
        queue.append((time.monotonic() + delay, function))
        if self.greenlet is None:
            self.greenlet = gevent.spawn(self.run)
        elif len(queue) == 1:
            self.changed.set()

    def run(self) -> None:
        """Wait for the next due call, forever."""
        while True:
            for queue in list(self.queues.values()):
                self.run_due(queue)
            due = min((queue[0][0] for queue in self.queues.values() if queue), default=None)
            self.changed.clear()
            self.changed.wait(None if due is None else max(due - time.monotonic(), RESOLUTION))

    def run_due(self, queue: deque[tuple[float, Callable[[], None]]]) -> None:
        """Make the due calls of one queue, and let other greenlets run after each batch."""
        count = 0
        while queue and queue[0][0] <= time.monotonic():
            self.run_one(queue.popleft()[1])
            count += 1
            if count % BATCH == 0:
                gevent.sleep(0)

    def run_one(self, function: Callable[[], None]) -> None:
        """Make one call; report an error and go on."""
        try:
            function()
        except Exception as error:
            gevent.get_hub().handle_error(self, type(error), error, error.__traceback__)
