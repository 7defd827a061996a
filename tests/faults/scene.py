"""Post messages, upload and remove files, and record what was acknowledged, while the disk is watched.

    python -m tests.faults.scene FOLDER TRACE POSTS [MISTAKE]

The whole application runs on FOLDER; each answer is recorded in the trace, among the operations of the disk.  A MISTAKE
is deliberate: with `normal`, SQLite syncs at checkpoints only; with `unsynced`, files are never synced.
"""

from gevent import monkey; monkey.patch_all()  # noqa: E702, I001  (must precede every import)

import os
import pickle
import random
import sys
from pathlib import Path

import gevent

from hubbub.core import db
from tests.faults import disk
from tests.running_app import RunningApp
from tests.sender import LOBBY, Sender, picture

MISTAKES = {
    "": lambda: None,
    "normal": lambda: db.state().engine.execute("pragma synchronous = normal", {}),
    "unsynced": lambda: setattr(os, "fsync", lambda fd: None),
}
CHUNK = 4000
POSTS_A_FILE = 20


def talk(watched, who, count):
    """Post message after message."""
    for n in range(count):
        key = f"{who.person}-{n}"
        watched.note("said", who.person, key)
        answer = who.request("POST", f"/api/channels/{LOBBY}/entries", text=f"{key} {'word ' * (n % 60)}", key=key)
        watched.note("kept", who.person, key, answer.json["seq"])


def send(watched, who, count):
    """Upload file after file in chunks, and remove every third one."""
    for n in range(count):
        data = picture(60 + n, 40) if n % 4 == 1 else random.Random(n).randbytes(CHUNK * (1 + n % 3) + n)
        id = who.begin(data, f"{n}.bin").json["id"]
        watched.note("begun", id, who.person, data)
        for at in range(0, len(data), CHUNK):
            answer = who.put(id, at, data[at:at + CHUNK]).json
            watched.note("received", id, answer["received"])
        watched.note("whole", id, answer["file"].get("preview", False))
        if n % 3 == 2:
            watched.note("leaving", id)
            who.request("DELETE", f"/api/files/{id}")
            watched.note("gone", id)


def main(folder: str, trace: str, posts: str, mistake: str = "") -> None:
    with disk.Watched(Path(folder)) as watched:
        app = RunningApp(Path(folder))
        MISTAKES[mistake]()
        people = [Sender(app, *app.create_guest(name)) for name in ("ann", "bob", "carol")]
        count = int(posts) // len(people)
        work = [gevent.spawn(talk, watched, who, count) for who in people]
        work.append(gevent.spawn(send, watched, people[0], max(4, int(posts) // POSTS_A_FILE)))
        gevent.joinall(work, raise_error=True)
        app.close()
    Path(trace).write_bytes(pickle.dumps(watched.trace))


if __name__ == "__main__":
    main(*sys.argv[1:])
