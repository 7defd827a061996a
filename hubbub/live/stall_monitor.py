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

LONG = 0.1  # seconds without an answer that are worth a warning
PAUSE, STEP = 0.05, 0.01
INTERVAL = 10.0  # seconds between two warnings
DEPTH = 12  # innermost calls that are shown

logger = logging.getLogger(__name__)
start_new_thread = monkey.get_original("_thread", "start_new_thread")
get_ident = monkey.get_original("_thread", "get_ident")
sleep = monkey.get_original("time", "sleep")


class StallMonitor:
    """Watches the event loop of the thread that made it, until it is stopped."""

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.thread = get_ident()
        self.answered = self.is_running = True
        self.warned = -INTERVAL

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
            self.answered, started = False, time.monotonic()
            self.loop.run_callback_threadsafe(self.answer)
            where = ""
            while not self.answered and self.is_running:
                sleep(STEP)
                if not where and time.monotonic() - started > LONG:
                    where = stack(sys._current_frames().get(self.thread))
            if where and time.monotonic() - self.warned > INTERVAL:
                self.warned = time.monotonic()
                logger.warning("the event loop was blocked for %.0f ms:\n%s", (self.warned - started) * 1000, where)
            sleep(PAUSE)

    def answer(self) -> None:
        """Note that the loop runs."""
        self.answered = True


def stack(frame: Any) -> str:
    """Return a thread's calls, the innermost last."""
    return "".join(traceback.format_list(traceback.extract_stack(frame)[-DEPTH:])).rstrip()
