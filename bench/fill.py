"""Put N messages into the Lobby of a data folder, straight through the log: `python -m bench.fill DATA N`.

With HUBBUB_DATABASE_URL, into that database.
"""

from gevent import monkey

monkey.patch_all()

import os
import secrets
import sys
from pathlib import Path

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.chat import messages, search
from hubbub.core import db, log
from hubbub.people import model

BATCH = 1000
TEXT = "The quick brown fox jumps over the lazy dog, and the dog does not mind at all because it is Sunday. "


def fill(data: Path, count: int) -> None:
    """Append `count` messages of 100 to 120 characters, a thousand to a transaction, from three people."""
    db.open(data, os.environ.get("HUBBUB_DATABASE_URL", ""))
    authors = [model.guest(name)[0].id for name in ("Ann", "Bob", "Eve")]
    for first in range(0, count, BATCH):
        with db.transaction() as tx:
            for number in range(first, min(first + BATCH, count)):
                entry = log.append(tx, messages.LOBBY, "message", {"text": f"{TEXT}{number}"},
                                   author=authors[number % len(authors)], key=secrets.token_hex(8), counts=True)
                search.add(tx, [entry])
    db.close()


if __name__ == "__main__":
    fill(Path(sys.argv[1]), int(sys.argv[2]))
