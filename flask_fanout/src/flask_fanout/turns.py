"""Turns: how connections with more work than others take turns, so that the event loop reads all sockets in between."""

import functools
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import gevent
from gevent.hub import Waiter

TIME_LIMIT = 0.004  # seconds of work in one iteration of the loop


class Turns:
    """Work left over from earlier iterations of the loop, done in order, and some of it in each iteration."""

    def __init__(self) -> None:
        self.steps: deque[Callable[[], object]] = deque()
        self.timer: Any = gevent.get_hub().loop.timer(0)

    def append(self, step: Callable[[], object]) -> None:
        """Call `step` in a later iteration, in the event loop, so it must not block."""
        self.steps.append(step)
        if not self.timer.active:
            self.timer.start(self.run)

    def wait(self) -> None:
        """Block this greenlet until its turn comes in a later iteration."""
        waiter: Any = Waiter()
        self.append(functools.partial(waiter.switch, None))
        waiter.get()

    def run(self) -> None:
        """Do the steps that have waited, as far as the time allows."""
        deadline = time.monotonic() + TIME_LIMIT
        for _ in range(len(self.steps)):
            self.steps.popleft()()
            if time.monotonic() > deadline:
                break
        if self.steps:
            self.timer.start(self.run)
