"""Run `hubbub` with a clock that almost stands still and a demo market that never moves: its pictures stay the same.

The file HUBBUB_PAST says how many seconds before that moment it is, as in `past_clock`.
"""

import os
import random
import time
from pathlib import Path

from hubbub.core import node
from hubbub.feeds import market

MOMENT = 1_795_435_200  # noon on a Monday, 23 November 2026, UTC
SLOWNESS = 1000  # seconds of the world in one of this clock, which keeps the order of what happens
started = time.monotonic()
behind = Path(os.environ.get("HUBBUB_PAST", os.devnull))


def now():
    return MOMENT - float(behind.read_text() or 0) + (time.monotonic() - started) / SLOWNESS


if __name__ == "__main__":
    from hubbub.__main__ import main

    time.time = now
    node.SystemClock.now = staticmethod(now)
    market.random = random.Random(MOMENT)
    market.step = lambda: None
    main()
