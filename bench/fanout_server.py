"""One room on Flask-SocketIO, to measure a delivery with: `python bench/fanout_server.py PORT fanout|stock`.

Any Socket.IO load generator will do.  A subscriber sends `420["join","r"]` and waits for the acknowledgement; a
publisher sends `42["pub","<text>"]`, and everyone in the room receives `42["msg","<text>"]`.  The claim is CPU time of
this process per delivery: read utime + stime of /proc/PID/stat before and after, divide by messages times subscribers,
and compare the two modes in one session, server and generator each pinned to a core of its own (`taskset -c`).
"""

from gevent import monkey

monkey.patch_all()

import pathlib
import sys

from flask import Flask
from flask_socketio import SocketIO, emit, join_room

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from hubbub import fanout

app = Flask(__name__)
options = {"client_manager": fanout.Fanout(), "async_handlers": False} if sys.argv[2] == "fanout" else {}
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*", **options)


@socketio.on("join")
def join(room: str) -> bool:
    join_room(room)
    return True


@socketio.on("pub")
def pub(text: str) -> None:
    emit("msg", text, to="r")


if __name__ == "__main__":
    socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), backlog=4096)
