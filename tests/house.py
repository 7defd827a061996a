"""A whole Hubbub in this process on a port of its own, and people who call it with an ordinary Socket.IO client."""

import threading
from dataclasses import replace

import socketio
from gevent.pywsgi import WSGIServer

from hubbub.application import create_app
from hubbub.config import Config
from hubbub.core import db
from tests.club import until

HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1"}


class House:
    """A server, and whoever came in."""

    def __init__(self, data, database_url="", transport="fanout"):
        self.config = replace(Config.read({}), data=data, database_url=database_url, transport=transport)
        self.app = create_app(self.config)
        self.server = WSGIServer(("127.0.0.1", 0), self.app, log=None)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.http = self.app.test_client()
        self.people = []

    def come_in(self, name):
        """A new guest: their id and token."""
        said = self.app.test_client().post("/api/guests", json={"name": name}, environ_overrides=HERE).json
        return said["person"]["id"], said["token"]

    def sign_in(self, name, transports=("websocket",)):
        """A new guest with a connection to the product's namespace."""
        person, token = self.come_in(name)
        return self.connect(person, token, transports)

    def connect(self, person, token, transports=("websocket",)):
        """One more connection of somebody."""
        caller = Caller(self, person, token, transports)
        self.people.append(caller)
        return caller

    def close(self):
        for caller in self.people:
            caller.client.disconnect()
        self.server.stop(timeout=0)
        db.close()


class Caller:
    """Somebody at the other end of a connection."""

    def __init__(self, house, person, token, transports):
        self.house = house
        self.person = person
        self.token = token
        self.events = []
        self.client = socketio.Client(reconnection=False, handle_sigint=False)
        self.client.on("*", lambda event, data=None: self.events.append((event, data)), namespace="/live")
        self.client.connect(house.url, auth={"token": token}, namespaces=["/live"], transports=list(transports),
                            wait_timeout=5)

    def ask(self, event, **payload):
        """Send an event and wait for its acknowledgement."""
        return self.client.call(event, payload, namespace="/live", timeout=10)

    def send(self, event, *payload):
        """Send an event as it is; returns a function that waits for the acknowledgement."""
        done, answers = threading.Event(), []
        note = lambda *answer: (answers.append(answer), done.set())  # noqa: E731
        self.client.emit(event, payload, namespace="/live", callback=note)
        return lambda: answers[0][0] if done.wait(10) else None

    def heard(self, kind, n=None):
        """What was heard of a kind; with `n`, waits until that many came."""
        def found():
            return [data for event, data in self.events if event == kind]

        if n is not None:
            until(lambda: len(found()) >= n)
        return found()

    def get(self, path):
        return self.house.http.get(path, headers={"Authorization": f"Bearer {self.token}"}, environ_overrides=HERE)

    def post(self, path, **body):
        return self.house.http.post(path, json=body, headers={"Authorization": f"Bearer {self.token}"},
                                    environ_overrides=HERE)
