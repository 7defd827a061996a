"""Says in the log where the loop was held up: whoever computes for long makes everybody wait.

A thread asks the loop for an answer twenty times a second.  (gevent has such a monitor, too; it follows each switch of
greenlets, and an event takes several.)
"""

import logging
import sys
import time
import traceback
from typing import Any

import gevent
from gevent import monkey

LONG = 0.1  # seconds without an answer that are worth a word
PAUSE, STEP = 0.05, 0.01
QUIET = 10.0  # seconds between two words
DEEP = 12  # innermost calls that are shown

logger = logging.getLogger(__name__)
start_new_thread = monkey.get_original("_thread", "start_new_thread")
get_ident = monkey.get_original("_thread", "get_ident")
sleep = monkey.get_original("time", "sleep")


class Watch:
    """Watches the loop of the thread that made it, until it is stopped."""

    def __init__(self) -> None:
        self.loop = gevent.get_hub().loop
        self.thread = get_ident()
        self.answered = self.goes_on = True
        self.said = -QUIET

    def start(self) -> "Watch":
        """Begin."""
        start_new_thread(self.run, ())
        return self

    def stop(self) -> None:
        """End."""
        self.goes_on = False

    def run(self) -> None:
        """Ask, and look for the answer."""
        while self.goes_on:
            self.answered, asked = False, time.monotonic()
            self.loop.run_callback_threadsafe(self.answer)
            where = ""
            while not self.answered and self.goes_on:
                sleep(STEP)
                if not where and time.monotonic() - asked > LONG:
                    where = stack(sys._current_frames().get(self.thread))
            if where and time.monotonic() - self.said > QUIET:
                self.said = time.monotonic()
                logger.warning("everybody waited for %.0f ms:\n%s", (self.said - asked) * 1000, where)
            sleep(PAUSE)

    def answer(self) -> None:
        """The loop is there."""
        self.answered = True


def stack(frame: Any) -> str:
    """Where a thread is, innermost call last."""
    return "".join(traceback.format_list(traceback.extract_stack(frame)[-DEEP:])).rstrip()
