"""A push service on loopback: it takes what a server sends, checks who signed it, and decrypts it like a browser."""

import base64
import json

import http_ece
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from gevent.pywsgi import WSGIServer


def encoded(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class PushService:
    """Browsers subscribe here; `pushed` is what they were told, `answers` are the statuses that come first."""

    def __init__(self, house):
        self.house = house
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.secret = b"a secret of 16 b"
        self.pushed, self.asked, self.answers = [], [], []
        self.server = WSGIServer(("127.0.0.1", 0), self._take, log=None)
        self.server.start()
        self.origin = f"http://127.0.0.1:{self.server.server_port}"

    def browser(self, name="laptop"):
        """What a browser sends to subscribe."""
        point = self.key.public_key().public_bytes(serialization.Encoding.X962,
                                                   serialization.PublicFormat.UncompressedPoint)
        return {"endpoint": f"{self.origin}/{name}", "p256dh": encoded(point), "auth": encoded(self.secret)}

    def _take(self, environ, start_response):
        self.asked.append(environ["PATH_INFO"])
        status, *headers = self.answers.pop(0) if self.answers else ("201 Created",)
        body = environ["wsgi.input"].read()
        if status.startswith("20"):
            self._check_signature(environ["HTTP_AUTHORIZATION"])
            plain = http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
            headers_sent = {name: environ[f"HTTP_{name.upper()}"] for name in ("ttl", "topic", "urgency")}
            self.pushed.append(json.loads(plain) | {"device": environ["PATH_INFO"][1:], "headers": headers_sent})
        start_response(status, headers)
        return [b""]

    def _check_signature(self, said):
        """RFC 8292: a token signed by the key that the server shows to browsers, for this service, not for long."""
        scheme, _, rest = said.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        head, claims, signature = parts["t"].split(".")
        raw = decoded(signature)
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        point.verify(utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")),
                     f"{head}.{claims}".encode(), ec.ECDSA(SHA256()))
        claims = json.loads(decoded(claims))
        assert scheme == "vapid" and claims["aud"] == self.origin and claims["sub"].startswith("mailto:")
        self.house.push_key_seen = parts["k"]

    def stop(self):
        self.server.stop(timeout=0)
