"""`hubbub files move` that is killed: python -m tests.dying_move STEP URL, after so many calls to a bucket."""

import os
import sys

from hubbub import cli
from hubbub.files import storage


def main(step, url):
    calls = iter(range(int(step)))

    def dying(real):
        def call(*values):
            if next(calls, None) is None:
                os._exit(9)
            return real(*values)
        return call

    storage.Bucket.put, storage.Bucket.read = dying(storage.Bucket.put), dying(storage.Bucket.read)
    cli.main(["files", "move", url])


if __name__ == "__main__":
    main(*sys.argv[1:])
