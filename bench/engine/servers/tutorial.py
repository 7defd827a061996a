"""The tutorial's application on Flask-SocketIO and gevent: `tutorial.py PORT stock|fanout`."""

from gevent import monkey

monkey.patch_all()

import sys

from flask import Flask
from flask_socketio import SocketIO, send

app = Flask(__name__)
options = {}
if sys.argv[2] == "fanout":
    from flask_fanout import Fanout

    options = {"client_manager": Fanout(), "async_handlers": False}
socketio = SocketIO(app, async_mode="gevent", cors_allowed_origins="*", **options)


@socketio.on("message")
def message(text):
    send(text, broadcast=True)
    return True


@socketio.on("nothing")
def nothing(text=""):
    return True


socketio.run(app, host="127.0.0.1", port=int(sys.argv[1]), backlog=4096)
