"""Outgoing requests: by https, to the public internet only, with a limit on what is read of the answer.

Whoever subscribes chooses where this server connects to, so an address is worth nothing by what it is called: a name
may lead to this machine, to the network behind it or to a cloud's metadata, and lead elsewhere a moment later.
Therefore a name is resolved once, every address it has must be public, the connection is made to these very addresses,
and before a byte is sent the socket says whom it reached.  Nothing is followed (no redirects, no proxy of the
environment), nothing is kept (no cookies), and nobody is waited for long: 5 s for each step, 10 s in all.
"""

import logging
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import certifi
import gevent
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hubbub.notifications.addresses import Forbidden, may_reach

TIMEOUT, WHOLE = 5.0, 10.0  # seconds: for a step, for all of them
ANSWER = 64 * 1024  # bytes that are read of an answer
ADDRESSES = 4  # of one name that are tried

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings name whole addresses, which are secrets


def _dial(host: str, port: int | None, private: bool) -> socket.socket:
    """A connection to a name, made to what was checked; Forbidden before a byte is sent."""
    if not private and port != 443:
        raise Forbidden
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    if not all(may_reach(str(where[0]), private) for *_, where in found):
        raise Forbidden
    problem = OSError("it has no address")
    for family, kind, protocol, _, where in found[:ADDRESSES]:
        try:
            return _reach(socket.socket(family, kind, protocol), where, private)
        except OSError as error:
            problem = error
    raise problem


def _reach(connection: socket.socket, where: Any, private: bool) -> socket.socket:
    try:
        connection.settimeout(TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(where)
        if not may_reach(connection.getpeername()[0], private):
            raise Forbidden
    except BaseException:
        connection.close()
        raise
    return connection


class _Https(HTTPSConnection):
    private = False

    def _new_conn(self) -> socket.socket:
        return _dial(self._dns_host, self.port, self.private)


class _OwnHttps(_Https):
    private = True


class _OwnHttp(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        return _dial(self._dns_host, self.port, private=True)


class _Https443(HTTPSConnectionPool):
    ConnectionCls = _Https


class _OwnHttpsPool(HTTPSConnectionPool):
    ConnectionCls = _OwnHttps


class _OwnHttpPool(HTTPConnectionPool):
    ConnectionCls = _OwnHttp


class _Adapter(HTTPAdapter):
    """Connections through `_dial`; certificates are read once, not for each connection (20 ms on the loop)."""

    def __init__(self, private: bool) -> None:
        self._private = private
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        trust = ssl.create_default_context(cafile=certifi.where())
        trust.load_default_certs()
        super().init_poolmanager(connections, maxsize, block, ssl_context=trust, **options)
        own = {"https": _OwnHttpsPool, "http": _OwnHttpPool}
        self.poolmanager.pool_classes_by_scheme = own if self._private else {"https": _Https443}

    def cert_verify(self, *_: Any) -> None:
        """The context that all connections have verifies already."""


class Session(requests.Session):
    """A session for outgoing requests; `private` allows addresses of one's own network, also by http."""

    def __init__(self, private: bool = False) -> None:
        super().__init__()
        self.trust_env = False
        self.headers = requests.structures.CaseInsensitiveDict({"User-Agent": "Hubbub", "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        for scheme in ("https", "http") if private else ("https",):
            self.mount(f"{scheme}://", _Adapter(private))

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """The answer with at most 64 KB of its body; a requests.RequestException or `Forbidden` where there is none."""
        options |= {"stream": True, "verify": True, "cert": None, "proxies": {}, "timeout": TIMEOUT}
        whole = gevent.Timeout.start_new(WHOLE)  # no OSError, which would only end the step at hand
        try:
            answer = super().send(request, **options)
            try:
                answer._content = answer.raw.read(ANSWER, decode_content=False)
                answer._content_consumed = True
            finally:
                answer.raw.close()
        except HTTPError as problem:
            raise requests.ConnectionError(problem) from None
        except gevent.Timeout as late:
            if late is not whole:
                raise
            raise requests.Timeout("no answer in time") from None
        finally:
            whole.close()
        return answer
