"""Run `hubbub` with a clock that is slow by the seconds in the file HUBBUB_PAST, so that seed data can be old.

It speaks the language of `tests.mirrored`, too.
"""

import os
import time
from pathlib import Path

now = time.time
behind = Path(os.environ["HUBBUB_PAST"])
time.time = lambda: now() - float(behind.read_text() or 0)

if __name__ == "__main__":
    from hubbub.__main__ import main
    from tests import mirrored

    mirrored.speak()
    main()
