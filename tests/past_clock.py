"""Run `hubbub` with a clock that is slow by the seconds in the file HUBBUB_PAST, so that seed data can be old.

It speaks the language of `tests.mirrored`, too.
"""

import os
import time
from pathlib import Path

from hubbub.core import node

now = time.time
behind = Path(os.environ["HUBBUB_PAST"])


def past():
    return now() - float(behind.read_text() or 0)


if __name__ == "__main__":
    from hubbub.__main__ import main
    from tests import mirrored

    time.time = past
    node.SystemClock.now = staticmethod(past)
    mirrored.speak()
    main()
