"""An upload that is finished or cancelled and killed: python -m tests.dying_upload DATA URL ID ACTION STEP OFFSET FILE.

It is killed at its nth step, and ends with the exit code 9, or 0 if it had no more steps.  A step is a sync, a move,
the removal of a file, or a commit; on PostgreSQL only a commit, since all else is done to files.
"""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001

import itertools
import os
import sys
from pathlib import Path

import hubbub.application  # noqa: F401  (every slice, with its tables and rights)
from hubbub.core import access, db
from hubbub.files import store, uploads
from tests.nodes import open_node

PERSON = 7


def main(data, url, id, action, step, offset, file):
    access.rule("room")(lambda *_: True)
    open_node(data, url)
    store.make_folders()
    steps_left = itertools.count(int(step), -1)

    def dying(real):
        def call(*arguments, **options):
            if next(steps_left) == 0:
                os._exit(9)
            return real(*arguments, **options)
        return call

    if not url:
        os.fsync, os.replace, os.unlink = dying(os.fsync), dying(os.replace), dying(os.unlink)
    engine = db.state().engine
    engine.commit = dying(engine.commit)
    with db.UnitOfWork() as unit:
        if action == "cancel":
            uploads.cancel(PERSON, id)
        else:
            uploads.add(PERSON, id, int(offset), Path(file).read_bytes()[int(offset):])
        unit.wait_for_commit()
    if next(steps_left) == 0:
        os._exit(9)


if __name__ == "__main__":
    main(*sys.argv[1:])
    os._exit(0)
