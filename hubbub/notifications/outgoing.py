"""The door for requests of our own: they go out by https, to the public internet only, and little is read back.

Whoever subscribes chooses where this server connects to, so an address is worth nothing by what it is called: a name
may lead to this machine, to the network behind it or to a cloud's metadata, and lead elsewhere a moment later.
Therefore a name is resolved once, every address it has must be public, the connection is made to these very addresses,
and before a byte is sent the socket says whom it reached.  Nothing is followed (no redirects, no proxy of the
environment), nothing is kept (no cookies), and nobody is waited for long: 5 s for each step, 10 s in all.
"""

import logging
import re
import socket
import ssl
from http.cookiejar import DefaultCookiePolicy
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import certifi
import gevent
import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from hubbub.core.access import Refused

LONGEST = 1000  # characters of an address
TIMEOUT, WHOLE = 5.0, 10.0  # seconds: for a step, for all of them
ANSWER = 64 * 1024  # bytes that are read of an answer
ADDRESSES = 4  # of one name that are tried

LABEL, LAST = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)*{LAST}")  # what ends in a number is an address, however it is spelt
INTERNAL = re.compile(r"[^.]*|.*\.(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa)")
PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # what needs no escaping in an address

UNICAST, SIX_TO_FOUR, NAT64 = ip_network("2000::/3"), ip_network("2002::/16"), ip_network("64:ff9b::/96")
OWN = [ip_network(net) for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                   "::1/128", "fc00::/7")]

logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # its warnings name whole addresses, which are secrets


class Forbidden(Exception):
    """It leads to where nothing is sent."""


def check(url: str, private: bool = False) -> None:
    """Refuse, in words, an address that nothing is sent to whatever its name leads to.

    `private` allows for one's own network: http, any port, any name, and plain IPv4 addresses.
    """
    if len(url) > LONGEST:
        raise Refused(f"this address is too long: {LONGEST} characters at most", "too_large")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("this is no address", "bad_input") from None
    if not PLAIN.fullmatch(url) or not parts.hostname:
        raise Refused("this is no address", "bad_input")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("the address must begin with https://", "bad_input")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("the address must hold no name, password or fragment", "bad_input")
    if not private and port not in (None, 443):
        raise Refused("the address must be at the usual port, 443", "bad_input")
    if not (_is_own(parts.hostname) if private else is_public_name(parts.hostname)):
        raise Refused("the address must name a machine on the internet", "bad_input")


def is_public_name(host: str) -> bool:
    """Whether it is a name, no number in any spelling, and none that only one's own network knows."""
    return bool(NAME.fullmatch(host)) and not INTERNAL.fullmatch(host)


def _is_own(host: str) -> bool:
    if NAME.fullmatch(host):
        return True
    try:
        return may_reach(str(IPv4Address(host)), private=True)
    except ValueError:
        return False


def may_reach(address: str, private: bool = False) -> bool:
    """Whether an IP address is of the public internet, or else of one's own network where that is allowed."""
    ip = ip_address(address)
    if private and any(ip in net for net in OWN):
        return True
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            return may_reach(str(IPv4Address(int(ip) & 0xFFFFFFFF)), private)
        if ip not in UNICAST or ip in SIX_TO_FOUR:
            return False
    return ip.is_global and not ip.is_multicast


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
    """What goes out through this door; `private` lets it into one's own network, also by http."""

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
