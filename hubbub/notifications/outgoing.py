"""Outgoing requests: over https, to the public internet only, with a limit on the size of the response.

A subscriber chooses the host that this server connects to, so its name proves nothing: it may resolve to this machine,
to the network behind it or to a cloud's metadata service, and to another address a moment later.  Therefore a name is
resolved once, all its addresses must be public, the connection is made to one of these addresses, and the peer address
is checked again before a byte is sent.  There are no redirects, no proxies from the environment and no cookies, and the
timeouts are short: 5 s for each step, 10 s in all.
"""

import logging
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import certifi
import gevent
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hubbub.notifications.addresses import Forbidden, may_reach

TIMEOUT, TOTAL = 5.0, 10.0  # seconds: for a step, for all of them
RESPONSE_LIMIT = 64 * 1024  # bytes that are read of a response
ADDRESSES = 4  # of one name that are tried

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings contain whole URLs, which are secrets


def _dial(host: str, port: int | None, private: bool) -> socket.socket:
    """Connect to one of a host's addresses, all of which were checked; raise Forbidden before a byte is sent."""
    if not private and port != 443:
        raise Forbidden
    found = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
    if not all(may_reach(str(address[0]), private) for *_, address in found):
        raise Forbidden
    problem = OSError("the name has no address")
    for family, kind, protocol, _, address in found[:ADDRESSES]:
        try:
            return _reach(socket.socket(family, kind, protocol), address, private)
        except OSError as error:
            problem = error
    raise problem


def _reach(connection: socket.socket, address: Any, private: bool) -> socket.socket:
    try:
        connection.settimeout(TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.connect(address)
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

    def __init__(self, scheme: str, private: bool) -> None:
        self._scheme, self._private = scheme, private
        super().__init__()

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        if self._scheme == "https":
            options["ssl_context"] = ssl.create_default_context(cafile=certifi.where())
            options["ssl_context"].load_default_certs()
        super().init_poolmanager(connections, maxsize, block, **options)
        own = {"https": _OwnHttpsPool, "http": _OwnHttpPool}
        self.poolmanager.pool_classes_by_scheme = own if self._private else {"https": _Https443}

    def cert_verify(self, *_: Any) -> None:
        """Do nothing: the SSL context of all connections verifies already."""


class Session(requests.Session):
    """A session for outgoing requests; `private` allows addresses of your own network, also over http."""

    def __init__(self, private: bool = False) -> None:
        super().__init__()
        self.trust_env = False
        self.headers = requests.structures.CaseInsensitiveDict({"User-Agent": "Hubbub", "Accept-Encoding": "identity"})
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.adapters.clear()
        self._private = private

    def get_adapter(self, url: str) -> BaseAdapter:
        """Return the adapter for the scheme of a URL, made when the first such URL is requested."""
        scheme = url.partition("://")[0].lower()
        allowed = ("https", "http") if self._private else ("https",)
        if scheme in allowed and f"{scheme}://" not in self.adapters:
            self.mount(f"{scheme}://", _Adapter(scheme, self._private))
        return super().get_adapter(url)

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Follow no redirect."""

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Return the response with at most 64 KB of its body; raise requests.RequestException or `Forbidden`."""
        options |= {"stream": True, "verify": True, "cert": None, "proxies": {}, "timeout": TIMEOUT}
        total = gevent.Timeout.start_new(TOTAL)  # not an OSError, which would only end the current step
        try:
            response = super().send(request, **options)
            try:
                response._content = response.raw.read(RESPONSE_LIMIT, decode_content=False)
                response._content_consumed = True
            finally:
                response.raw.close()
        except HTTPError as problem:
            raise requests.ConnectionError(problem) from None
        except gevent.Timeout as timeout:
            if timeout is not total:
                raise
            raise requests.Timeout("no response in time") from None
        finally:
            total.close()
        return response
