"""A clock of nodes that advances when the test says so."""

import heapq
import itertools
import time

import gevent
from gevent.event import Event


class Clock:
    """A node's clock that advances when the test says so."""

    def __init__(self):
        self.begin()

    def begin(self):
        self.time, self._sleepers, self._count = 1000.0, [], itertools.count()

    now = staticmethod(time.time)

    def monotonic(self):
        return self.time

    def sleep(self, seconds):
        due = Event()
        heapq.heappush(self._sleepers, (self.time + seconds, next(self._count), due))
        due.wait()

    def go_on(self, seconds):
        end = self.time + seconds
        gevent.sleep(0)
        while self._sleepers and self._sleepers[0][0] <= end:
            self.time, _, due = heapq.heappop(self._sleepers)
            due.set()
            gevent.sleep(0)
            gevent.sleep(0)
        self.time = end
