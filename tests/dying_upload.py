"""A process that sends the rest of a file, or takes it back, and is killed at its nth step; run by test_files.

    dying_upload.py DATA URL ID WHAT STEP OFFSET FILE

A step is whatever could be the last that happens: a sync, a move, the removal of a file, a commit.
"""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001

import itertools
import os
import sys
from pathlib import Path

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import access, db
from hubbub.files import store, uploads

PERSON = 7


def main(data, url, id, what, step, offset, file):
    access.rule("room")(lambda *_: True)
    db.open(Path(data), url)
    store.open_in(Path(data))
    left = itertools.count(int(step), -1)

    def dying(real):
        def call(*given, **more):
            if next(left) == 0:
                os._exit(9)
            return real(*given, **more)
        return call

    os.fsync, os.replace, os.unlink = dying(os.fsync), dying(os.replace), dying(os.unlink)
    engine = db._writer.engine
    engine.commit = dying(engine.commit)
    with db.Act() as act:
        if what == "cancel":
            uploads.cancel(PERSON, id)
        else:
            uploads.add(PERSON, id, int(offset), Path(file).read_bytes()[int(offset):])
        act.settle()
    if next(left) == 0:
        os._exit(9)


if __name__ == "__main__":
    main(*sys.argv[1:])
