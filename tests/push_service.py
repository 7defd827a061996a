"""A push service on loopback that checks the signature of each push and decrypts it as a browser would."""

import base64
import contextlib
import json
import socket
import ssl
import struct
import time
from dataclasses import replace
from typing import NamedTuple

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from gevent.event import Event
from gevent.pywsgi import WSGIServer

from hubbub.chat import notifier
from hubbub.core import consumers, db, node
from hubbub.notifications import push, subscriptions
from tests.waiting import until


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Pushed(NamedTuple):
    """A push: the device, the HTTP headers, and the notification that the browser shows."""

    device: str
    headers: dict
    title: str
    body: str
    url: str
    tag: str
    unread: int  # for the badge of the app's icon
    more: dict  # the rest of the payload


class Server(WSGIServer):
    """A server whose connections can be faulty."""

    def wrap_socket_and_handle(self, client_socket, address):
        fault = self.service.fault
        if fault == "reset":
            client_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client_socket.close()
        elif fault == "hanging":
            client_socket.recv(1)
            until(lambda: not self.service.fault)
        elif fault == "no TLS":
            client_socket.sendall(b"HTTP/1.1 400 This is no TLS\r\n\r\n")
            client_socket.close()
        else:
            certificate = self.service.wrong if fault == "wrong certificate" else self.service.right
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.wrap_socket, self.ssl_args = context.wrap_socket, {"server_side": True}
            with contextlib.suppress(ssl.SSLError):
                super().wrap_socket_and_handle(client_socket, address)


class PushService:
    """Browsers subscribe here; `pushed` are the pushes they received, `answers` are the next statuses to return.

    `checks` counts those pushes that test a device, `requested` are the devices of all requests, `signed` the claims
    and keys they were signed with, `withdrawn` what each device was told to close.  While `open` is cleared,
    requests wait.  With a certificate, it is served over TLS, with this `fault`.
    """

    def __init__(self, certificate="", wrong=""):
        self.right, self.wrong, self.fault = certificate, wrong, ""
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"a secret of 16 b"
        self.pushed, self.requested, self.signed, self.answers = [], [], [], []
        self.checks, self.withdrawn = 0, []
        self.open = Event()
        self.open.set()
        secure = {"certfile": certificate} if certificate else {}
        self.server = (Server if secure else WSGIServer)(("127.0.0.1", 0), self._handle, log=None, error_log=None,
                                                         **secure)
        self.server.service = self
        self.server.start()
        self.origin = f"{'https://localhost' if secure else 'http://127.0.0.1'}:{self.server.server_port}"

    def browser(self, name="laptop"):
        """Return what a browser sends to subscribe."""
        point = self.key.public_key().public_bytes(serialization.Encoding.X962,
                                                   serialization.PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/secret/{name}", "p256dh": encoded(point), "auth": encoded(self.secret)}

    def texts(self, device="laptop"):
        """Return the newest text of each push to a device, oldest first."""
        newest = (push.body.rpartition("\n")[2] for push in self.pushed if push.device == device)
        return [text.removeprefix("ann: ") for text in newest]

    def _handle(self, environ, start_response):
        device = environ["PATH_INFO"].rpartition("/")[2]
        self.requested.append(device)
        self.open.wait()
        answer = self.answers.pop(0) if self.answers else ("201 Created", [])
        status, headers = (answer, []) if isinstance(answer, str) else answer
        body = environ["wsgi.input"].read()
        if status.startswith("2"):
            self.signed.append(self._signature(environ["HTTP_AUTHORIZATION"]))
            notification = json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret,
                                                       version="aes128gcm"))
            self.checks += notification.pop("check", 0)
            headers_sent = {name: environ[f"HTTP_{name.upper()}"] for name in ("ttl", "topic", "urgency")}
            if "withdraw" in notification:
                self.withdrawn.append((device, notification["withdraw"], notification["unread"]))
            else:
                shown = [notification.pop(name) for name in ("title", "body", "url", "tag", "unread")]
                self.pushed.append(Pushed(device, headers_sent, *shown, notification))
        start_response(status, headers)
        return [b""]

    def _signature(self, authorization):
        """Check a token by RFC 8292: signed by the key that browsers subscribed with, for this service, short-lived."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        head, claims, signature = parts["t"].split(".")
        raw = decoded(signature)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        point.verify(utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
                     f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        claims = json.loads(decoded(claims))
        assert scheme == "vapid" and claims["aud"] == self.origin
        assert 0 < claims["exp"] - time.time() <= 24 * 3600
        return claims | {"key": parts["k"]}

    def stop(self):
        self.open.set()
        self.server.stop(timeout=0)


def subscribe(who, service, device="laptop"):
    """Subscribe a device of a person to Web Push."""
    answer = who.post("/api/push", **service.browser(device))
    assert answer.status_code == 200, answer.json


def subscriptions_of(who):
    """Return the subscriptions of a person."""
    ids = db.execute("select id from push_subscription where person = :person order by id", person=who.person)
    return [found for id, in ids if (found := subscriptions.find(db, id))]


def cursors():
    """Return the cursor of each subscription, and its failures in a row."""
    return db.execute("select seq, failures from push_subscription order by id")


def wait_for_cursor(seq, browsers=1):
    """Wait until the cursors of all subscriptions are at a notification."""
    until(lambda: cursors() == [(seq, 0)] * browsers)


def restart_push(config):
    """Start pushing, as after a restart; push services in this network are allowed."""
    node.current().config = replace(config, push_private=True)
    consumers.stop()
    push.stop()
    consumers.start([notifier.consumer, push.consumer])


def stop_push():
    """Stop pushing, while people are still notified."""
    consumers.stop()
    consumers.start([notifier.consumer])


def runner():
    return consumers.state().runners["push"]


def remove_delays(monkeypatch):
    """Push without a grace period or back-off."""
    for owner, name in ((push, "GRACE"), (push.consumer, "quiet"), (push.consumer, "patience"), (push, "BACKOFF"),
                        (consumers, "BACKOFF")):
        monkeypatch.setattr(owner, name, 0.0)


class Topics:
    """A server of ntfy on loopback: `published` are the topic, the headers and the text of each message."""

    def __init__(self):
        self.published, self.answers = [], []
        self.server = WSGIServer(("127.0.0.1", 0), self._handle, log=None)
        self.server.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handle(self, environ, start_response):
        names = ("TITLE", "PRIORITY", "CLICK", "TAGS", "AUTHORIZATION", "CONTENT_ENCODING")
        headers = {name.lower(): environ[f"HTTP_{name}"] for name in names if f"HTTP_{name}" in environ}
        status = self.answers.pop(0) if self.answers else "200 OK"
        if status == "200 OK":
            self.published.append((environ["PATH_INFO"], headers, environ["wsgi.input"].read().decode()))
        start_response(status, [])
        return [b"{}"]
