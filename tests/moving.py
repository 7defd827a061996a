"""A run of `hubbub migrate-to` that is killed: python -m tests.moving DATA URL AFTER, from 0 to 1 of its progress."""

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path

from hubbub.application import create_app  # noqa: F401  (installs the slices)
from hubbub.config import Config
from hubbub.core.db import move
from hubbub.ops import migrate


def main(data, url, after):
    move.STEP = 1
    kill = lambda: os.kill(os.getpid(), signal.SIGKILL)  # noqa: E731
    config = replace(Config.read({}), data=Path(data))
    if float(after) < 0:
        move.Move._find_columns = lambda self: kill()  # when it has created the tables
    migrate.to_postgres(config, url, lambda done, all: done >= float(after) * all and kill())
    kill()  # before it says so


if __name__ == "__main__":
    main(*sys.argv[1:])
