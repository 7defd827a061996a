"""The way out: requests that this server sends to addresses other people gave it.

Whoever subscribes names a server that we then speak to, from inside our own network.  So an address is looked at
twice: when it is given, and again on the connected socket, before a byte of the request is sent; a name that leads
elsewhere in the meantime gains nothing.  No redirect is followed, no proxy of the environment is used, and an answer's
body is not read.
"""

import ipaddress
import socket
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from hubbub.core.access import Refused

TIMEOUT = 5.0  # seconds, to connect and to answer
LONGEST = 1000  # characters of an address
NAT64 = ipaddress.ip_network("64:ff9b::/96")

private = False  # whether addresses of our own network may be spoken to, also over http


class Forbidden(NewConnectionError):
    """The name leads into a network that is none of its business."""


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet; of one that holds another, also that one."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return found.is_global and not found.is_multicast


def check(url: str) -> None:
    """Refuse an address that we would not speak to."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused("that is no address", "bad_input") from None
    schemes = ("https", "http") if private else ("https",)
    if parts.scheme not in schemes or not host or len(url) > LONGEST or not url.isascii() or not url.isprintable():
        raise Refused("a push service has an https address", "bad_input")
    if parts.username is not None or "\\" in url or not private and port not in (None, 443):
        raise Refused("a push service has a plain https address", "bad_input")
    if not private and not all(map(is_public, _addresses(host))):
        raise Refused("this address is not one of the open internet", "bad_input")


def _addresses(host: str) -> list[str]:
    """Where a name leads now; nowhere is for the time of sending to find out."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        return []


def _checked(connection: HTTPConnection, sock: socket.socket) -> socket.socket:
    if not private and not is_public(sock.getpeername()[0]):
        sock.close()
        raise Forbidden(connection, "a private address")
    return sock


class _Plain(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(self, super()._new_conn())


class _Secure(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        return _checked(self, super()._new_conn())


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class _Door(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}


def post(url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Send one request; answers the status and `Retry-After`.  OSError when there was no answer."""
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("https://", "http://"):
            session.mount(scheme, _Door(max_retries=0))
        with session.post(url, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False,
                          stream=True) as answer:
            return answer.status_code, answer.headers.get("Retry-After", "")
