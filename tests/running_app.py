"""Hubbub in the process of the tests, on a port of its own, and people connected by a Socket.IO client."""

import socket
import ssl
import threading
from dataclasses import replace

import socketio
import websocket

from hubbub import httpserver
from hubbub.application import create_app
from hubbub.config import Config
from hubbub.core import db
from tests.waiting import until, until_notified

PASSWORD = "correct horse battery"
LOBBY = "room:1"
HERE = {"REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1"}


def receive_lines_at_once():
    """Have websocket-client receive a line of headers in two steps: it does so byte by byte, for 2 ms a connection."""
    byte_by_byte = websocket._http.recv_line

    def receive_line(connection):
        if isinstance(connection, ssl.SSLSocket):  # which shows nothing before it is received
            return byte_by_byte(connection)
        line = websocket._socket.recv(connection, 1)
        while not line.endswith(b"\n"):
            ahead = connection.recv(4096, socket.MSG_PEEK)
            line += websocket._socket.recv(connection, ahead.find(b"\n") + 1 or len(ahead) or 1)
        return line

    websocket._http.recv_line = receive_line


receive_lines_at_once()


def forget_guesses():
    """Reset all counters of attempts to guess a password."""
    if db.execute("select 1 from guess limit 1"):
        with db.transaction() as tx:
            tx.execute("delete from guess")


class RunningApp:
    """Hubbub serving on a free port; its methods create people and connect them."""

    def __init__(self, data, database_url="", transport="fanout", limits="off", push_private=False,
                 bus=None, **settings):
        self.config = replace(Config.read({}), data=data, database_url=database_url, transport=transport,
                              limits=limits, push_private=push_private, hosts=("chat.example", "x"),
                              **settings)
        self.flask = create_app(self.config, bus=bus)
        self.server = httpserver.Server(("127.0.0.1", 0), self.flask)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.http = self.flask.test_client()
        self.connections = []
        self.owner = None

    def request(self, path, token=None, method="POST", **body):
        """Send a request from this machine, without a network; without a token it is anonymous."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.flask.test_client().open(path, method=method, json=body, headers=headers, environ_overrides=HERE)

    def create_guest(self, name):
        """Create a guest and return its id and token.  If there is an owner, they allow guests first."""
        if self.owner:
            self.request("/api/settings", self.owner.token, "PATCH", guests=True)
        answer = self.request("/api/guests", name=name).json
        return answer["person"]["id"], answer["token"]

    def set_up_owner(self, name="olga"):
        """Claim the server for an owner and connect them."""
        answer = self.request("/api/join", name=name, handle=name.lower(), password=PASSWORD).json
        self.owner = self.connect(answer["person"]["id"], answer["token"])
        return self.owner

    def create_invite(self, role="member", **more):
        """Return the secret of an invite that the owner creates."""
        owner = self.owner or self.set_up_owner()
        return self.request("/api/invites", owner.token, role=role, **more).json["url"].partition("#")[2]

    def create_account(self, name, role="member"):
        """Create an account by an invite and return its id and token; its handle is the name, its password PASSWORD."""
        body = {"secret": self.create_invite(role), "name": name, "handle": name.lower(), "password": PASSWORD}
        answer = self.request("/api/join", **body).json
        return answer["person"]["id"], answer["token"]

    def connect_member(self, name, role="member"):
        """Create an account and connect it."""
        return self.connect(*self.create_account(name, role))

    def connect_guest(self, name, transports=("websocket",)):
        """Create a guest and connect it."""
        person, token = self.create_guest(name)
        return self.connect(person, token, transports)

    def connect(self, person, token, transports=("websocket",)):
        """Open another connection of a person."""
        user = ConnectedUser(self, person, token, transports)
        self.connections.append(user)
        return user

    def close(self):
        for user in self.connections:
            user.client.disconnect()
        self.server.stop(timeout=0)
        with self.flask.node.active():
            db.close()


class ConnectedUser:
    """A person connected to the namespace of the product; `events` is everything that was received."""

    def __init__(self, app, person, token, transports):
        self.app = app
        self.person = person
        self.token = token
        self.events = []
        self.client = socketio.Client(request_timeout=30, reconnection=False, handle_sigint=False)
        self.client.on("*", lambda event, data=None: self.events.append((event, data)), namespace="/live")
        self.client.connect(app.url, auth={"token": token}, namespaces=["/live"], transports=list(transports),
                            wait_timeout=30)

    def call(self, event, **payload):
        """Send an event and wait for its acknowledgement."""
        return self.client.call(event, payload, namespace="/live", timeout=30)

    def send(self, event, *payload):
        """Send an event without waiting; return a function that waits for the acknowledgement."""
        done, answers = threading.Event(), []
        record = lambda *answer: (answers.append(answer), done.set())  # noqa: E731
        self.client.emit(event, payload, namespace="/live", callback=record)
        return lambda: answers[0][0] if done.wait(30) else None

    def received(self, kind, n=None):
        """Return the payloads received of a kind of event; with `n`, wait for that many first."""
        def payloads():
            return [data for event, data in self.events if event == kind]

        if n is not None:
            until(lambda: len(payloads()) >= n)
        return payloads()

    def get(self, path):
        """Send a request; for an inbox, once everybody is notified of what was posted before."""
        if "/inbox:" in path:
            until_notified()
        return self.app.http.get(path, headers={"Authorization": f"Bearer {self.token}"}, environ_overrides=HERE)

    def post(self, path, **body):
        return self.app.http.post(path, json=body, headers={"Authorization": f"Bearer {self.token}"},
                                  environ_overrides=HERE)

    def request(self, method, path, **body):
        return self.app.request(path, self.token, method, **body)


def post(user, text, channel=LOBBY, **fields):
    """Post a message of a connected user; return its seq."""
    return user.call("post", channel=channel, text=text, **{"key": text[:60], **fields})["ok"]


def post_and_notify(user, text, channel=LOBBY, **fields):
    """Do the same, and wait until people are notified of it."""
    seq = post(user, text, channel, **fields)
    until_notified()
    return seq
