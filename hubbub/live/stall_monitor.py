"""A monitor that logs where the event loop was blocked: code that computes for long makes all connections wait.

A thread asks the loop for an answer twenty times a second.  (gevent has such a monitor, too, but it follows each switch
of greenlets, and an event takes several.)
"""

import logging
import sys
import time
import traceback
from typing import Any

import gevent
from gevent import monkey

from hubbub.core import metrics, node

LONG = 0.1  # seconds without an answer that are worth a warning
PAUSE, STEP = 0.05, 0.01
INTERVAL = 10.0  # seconds between two warnings
DEPTH = 12  # innermost calls that are shown

lag = metrics.histogram("hubbub_event_loop_lag_seconds", "Time until the event loop answers, asked 20 times a second.",
                        (.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5))
logger = logging.getLogger(__name__)
start_new_thread = monkey.get_original("_thread", "start_new_thread")
get_ident = monkey.get_original("_thread", "get_ident")
sleep = monkey.get_original("time", "sleep")


class StallMonitor:
    """Watches the event loop of the thread that made it, until it is stopped."""

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.thread, self.node = get_ident(), node.current()
        self.answered = self.is_running = True
        self.asked, self.warned = 0.0, -INTERVAL

    def start(self) -> "StallMonitor":
        """Start the watching thread."""
        start_new_thread(self.run, ())
        return self

    def stop(self) -> None:
        """Stop watching."""
        self.is_running = False

    def run(self) -> None:
        """Ask the loop again and again, and log its stack while it does not answer."""
        while self.is_running:
            self.answered, self.asked = False, time.monotonic()
            self.loop.run_callback_threadsafe(self.answer)
            where = ""
            while not self.answered and self.is_running:
                sleep(STEP)
                if not where and time.monotonic() - self.asked > LONG:
                    where = stack(sys._current_frames().get(self.thread))
            if where and time.monotonic() - self.warned > INTERVAL:
                self.warned = time.monotonic()
                logger.warning("the event loop was blocked for %.0f ms:\n%s", (self.warned - self.asked) * 1000, where)
            sleep(PAUSE)

    def answer(self) -> None:
        """Note that the loop runs, and how long it took to do so."""
        self.node.run(lag).observe(time.monotonic() - self.asked)
        self.answered = True


def stack(frame: Any) -> str:
    """Return a thread's calls, the innermost last."""
    return "".join(traceback.format_list(traceback.extract_stack(frame)[-DEPTH:])).rstrip()
