"""Turns: how many requests run in one iteration of the event loop, so that it reads all sockets in between."""

import time
from collections import deque
from typing import Any

import gevent
from gevent.hub import Waiter

TIME_LIMIT = 0.005  # seconds of requests in one iteration; the last one may take longer


class Turns:
    """Lets requests run in the order of their arrival; those that do not fit into an iteration wait for the next."""

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.timer: Any = self.loop.timer(0)
        self.waiting: deque[Any] = deque()
        self.iteration, self.end = -1, 0.0

    def wait(self) -> None:
        """Block this greenlet until the turn of its request comes."""
        now = time.monotonic()
        if not self.waiting:
            if self.loop.iteration != self.iteration:
                self.iteration, self.end = self.loop.iteration, now + TIME_LIMIT
                return
            if now < self.end:
                return
        waiter: Any = Waiter()
        self.waiting.append(waiter)
        if not self.timer.active:
            self.timer.start(self.run)
        waiter.get()

    def run(self) -> None:
        """Run waiting requests until they block, as far as the time allows."""
        self.iteration, self.end = self.loop.iteration, time.monotonic() + TIME_LIMIT
        while self.waiting:
            self.waiting.popleft().switch(None)
            if time.monotonic() > self.end:
                break
        if self.waiting:
            self.timer.start(self.run)
