"""A Flask-SocketIO application on flask-fanout: `python app.py [PORT]`."""

from gevent import monkey

monkey.patch_all()

import sys

from flask import Flask
from flask_socketio import SocketIO, send

from flask_fanout import Fanout

app = Flask(__name__)
socketio = SocketIO(app, async_mode="gevent", async_handlers=False, client_manager=Fanout())


@socketio.on("message")
def message(text):
    send(text, broadcast=True)


if __name__ == "__main__":
    socketio.run(app, port=int(sys.argv[1]) if sys.argv[1:] else 5000)
