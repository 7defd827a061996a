"""Timers: one greenlet for all of them and one queue per delay, so a timer costs an append."""

import time
import weakref
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.event import Event

RESOLUTION, BATCH = 0.01, 256
Call = tuple[float, "weakref.ref[Any]", Callable[..., None], tuple[Any, ...]]  # when, object, function, arguments


class Timers:
    """Call methods later, in a greenlet of its own, unless their object is gone; the methods must not block."""

    def __init__(self) -> None:
        self.queues: dict[float, deque[Call]] = {}
        self.greenlet: gevent.Greenlet[[], None] | None = None
        self.changed = Event()

    def call_later(self, delay: float, method: Callable[..., None], *arguments: Any) -> None:
        """Call `method` after `delay` seconds; the timer does not keep the method's object in memory."""
        queue = self.queues.setdefault(delay, deque())
        bound: Any = method
        queue.append((time.monotonic() + delay, weakref.ref(bound.__self__), bound.__func__, arguments))
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

    def run_due(self, queue: deque[Call]) -> None:
        """Make the due calls of one queue, and let other greenlets run after each batch."""
        count = 0
        while queue and queue[0][0] <= time.monotonic():
            _, owner, function, arguments = queue.popleft()
            if (alive := owner()) is not None:
                self.run_one(function, alive, *arguments)
            del alive
            count += 1
            if count % BATCH == 0:
                gevent.sleep(0)

    def run_one(self, function: Callable[..., None], *arguments: Any) -> None:
        """Make one call; report an error and go on."""
        try:
            function(*arguments)
        except Exception as error:
            gevent.get_hub().handle_error(self, type(error), error, error.__traceback__)
