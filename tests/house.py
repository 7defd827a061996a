"""A whole Hubbub in this process on a port of its own, and people who call it with an ordinary Socket.IO client."""

import threading
from dataclasses import replace

import socketio

from hubbub import httpserver
from hubbub.application import create_app
from hubbub.config import Config
from hubbub.core import db
from tests.club import until

PASSWORD = "correct horse battery"
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1"}


class House:
    """A server, and whoever came in."""

    def __init__(self, data, database_url="", transport="fanout", limits="off"):
        self.config = replace(Config.read({}), data=data, database_url=database_url, transport=transport,
                              limits=limits)
        self.app = create_app(self.config)
        self.server = httpserver.Server(("127.0.0.1", 0), self.app)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.http = self.app.test_client()
        self.people = []
        self.owner = None

    def ask(self, path, token=None, method="POST", **body):
        """One request of somebody on this machine, without a browser; strangers have no token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.app.test_client().open(path, method=method, json=body, headers=headers, environ_overrides=HERE)

    def come_in(self, name):
        """A new guest: their id and token.  Where there is an owner, the switch for guests is turned on first."""
        if self.owner:
            self.ask("/api/settings", self.owner.token, "PATCH", guests=True)
        said = self.ask("/api/guests", name=name).json
        return said["person"]["id"], said["token"]

    def found(self, name="olga"):
        """The owner, who sets this place up, with a connection."""
        said = self.ask("/api/join", name=name, handle=name.lower(), password=PASSWORD).json
        self.owner = self.connect(said["person"]["id"], said["token"])
        return self.owner

    def invite(self, role="member", **more):
        """The secret of an invite by the owner."""
        owner = self.owner or self.found()
        return self.ask("/api/invites", owner.token, role=role, **more).json["url"].partition("#")[2]

    def enroll(self, name, role="member"):
        """An account that came in by an invite: its id and token.  Its handle is the name, its password PASSWORD."""
        said = self.ask("/api/join", secret=self.invite(role), name=name, handle=name.lower(), password=PASSWORD).json
        return said["person"]["id"], said["token"]

    def join(self, name, role="member"):
        """An account with a connection."""
        return self.connect(*self.enroll(name, role))

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
                            wait_timeout=30)

    def ask(self, event, **payload):
        """Send an event and wait for its acknowledgement."""
        return self.client.call(event, payload, namespace="/live", timeout=30)

    def send(self, event, *payload):
        """Send an event as it is; returns a function that waits for the acknowledgement."""
        done, answers = threading.Event(), []
        note = lambda *answer: (answers.append(answer), done.set())  # noqa: E731
        self.client.emit(event, payload, namespace="/live", callback=note)
        return lambda: answers[0][0] if done.wait(30) else None

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

    def request(self, method, path, **body):
        return self.house.ask(path, self.token, method, **body)
