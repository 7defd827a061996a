"""Who may come in, read from a WSGI environ: same origin, this machine, and the token a request brings.

A foreign page may make a browser send requests here, with the cookie in some of them.  So a request that names a
foreign Origin is turned away, and one that could change something, or open a socket, and names no Origin never gets the
rights of a cookie: browsers always send it there, so it is a script, and a script brings its token.  A GET without
Origin may use the cookie: browsers send none on a GET of the same origin, and a foreign page can neither read the
answer nor send a `SameSite` cookie with it.  Before there is an owner, guests are let in from this machine alone; all
three signs must agree, because a proxy hides the peer's address, and a name that points at 127.0.0.1 would let foreign
pages in.

Behind a proxy of our own (HUBBUB_PROXIES hops) the peer and the scheme are what the nearest trusted proxy says, and
nobody counts as this machine.  Under https the cookie is `__Host-hubbub`, which no other port, path or name of the
host can set or read.
"""

from __future__ import annotations

import ipaddress
import math
import re
from collections.abc import Callable, Iterable
from typing import Any

import gevent
import msgspec
from flask import Response, request
from werkzeug import http
from werkzeug.middleware.proxy_fix import ProxyFix

from hubbub import limits
from hubbub.core.access import Refused

Environ = dict[str, Any]

COOKIE = "hubbub"
DEVICE = "hubbub-device"  # a browser that signed in before; no rights come with it
PROXIED = "hubbub.proxied"
COUNTED = "hubbub.counted"  # what `network` said
YEAR = 365 * 24 * 3600
HOST = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?\Z")
FORWARDING = {
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP",
}

def has_origin(environ: Environ) -> bool:
    """Whether the request says which page sent it."""
    return "HTTP_ORIGIN" in environ


def origin_ok(environ: Environ) -> bool:
    """Whether the request comes from our own page, or from no page at all."""
    if not has_origin(environ):
        return True
    host = environ.get("HTTP_HOST")
    return bool(host) and bool(environ["HTTP_ORIGIN"] == f"{environ.get('wsgi.url_scheme', 'http')}://{host}")


def admit() -> None:
    """Refuse the request at hand if a foreign page sent it."""
    if not origin_ok(request.environ):
        raise Refused("this request comes from another site", "denied")


def is_this_machine(environ: Environ) -> bool:
    """Whether peer and Host are this machine's own and nothing says that somebody passed the request on."""
    return _is_near(environ) and _is_loopback_name(environ.get("HTTP_HOST", ""))


def _is_near(environ: Environ) -> bool:
    """Whether the peer is on this machine and nothing says that it passes on what somebody else sent."""
    if PROXIED in environ or any(name in FORWARDING or name.startswith("HTTP_X_FORWARDED") for name in environ):
        return False
    return _is_loopback(environ.get("REMOTE_ADDR", ""))


def token(environ: Environ, auth: object = None) -> str | None:
    """The secret this request is known by: the Authorization header, then Socket.IO's auth, then the cookie."""
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return str(bearer.strip())
    if isinstance(auth, dict) and isinstance(auth.get("token"), str) and auth["token"]:
        return str(auth["token"])
    return _cookie(environ) if _may_use_cookie(environ) else None


def address(environ: Environ) -> str:
    """Where a request comes from."""
    return str(environ.get("REMOTE_ADDR", ""))


def network(environ: Environ) -> str:
    """Where what a request does is counted: its address or /64; "" for this machine where limits are off."""
    where = environ.get(COUNTED)
    if where is None:
        is_free = limits.exempt_loopback() and _is_near(environ)
        where = environ[COUNTED] = "" if is_free else limits.network(address(environ)) or "somewhere"
    return str(where)


def device() -> str:
    """The secret of this browser as a device, if it signed in before; not of a foreign page's request."""
    return _cookie(request.environ, DEVICE) or "" if origin_ok(request.environ) else ""


def keep(answer: Response, secret: str, cookie: str = COOKIE) -> None:
    """Have the browser keep a secret, where no script of a page can read it."""
    answer.set_cookie(_named(cookie, request.environ), secret, max_age=YEAR, httponly=True,
                      samesite="Lax" if cookie == COOKIE else "Strict", secure=request.is_secure)


def drop(answer: Response, cookie: str = COOKIE) -> None:
    """Have the browser forget a secret."""
    answer.delete_cookie(_named(cookie, request.environ), httponly=True, samesite="Lax", secure=request.is_secure)


class Proxied:
    """The app behind this many proxies of our own: peer and scheme as the nearest ones say."""

    def __init__(self, app: Callable[..., Any], hops: int) -> None:
        self._app = ProxyFix(app, x_for=hops, x_proto=1, x_host=0)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[PROXIED] = True
        return self._app(environ, start_response)


class Counted:
    """Counts each request, and each handshake, for its address; who goes on and on is answered late, then hung up on.
    """

    LATE = 1.0  # seconds

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        where = network(environ)
        try:
            limits.take_address(limits.REQUEST, where)
            if _is_handshake(environ):
                limits.take_address(limits.CONNECT, where)
        except Refused as no:
            return self._refuse(no, where, start_response)
        answered: Iterable[bytes] = self._app(environ, start_response)
        return answered

    def _refuse(self, no: Refused, where: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
        said = msgspec.json.encode(no.said)
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(said))),
                   ("Retry-After", str(math.ceil(no.retry_after or 0)))]
        if limits.is_abusive(f"requests of {where}"):
            gevent.sleep(self.LATE)
            headers.append(("Connection", "close"))
        start_response("429 Too Many Requests", headers)
        return [said]


def _is_handshake(environ: Environ) -> bool:
    return environ.get("PATH_INFO", "").startswith("/socket.io") and "sid=" not in environ.get("QUERY_STRING", "")


def _named(cookie: str, environ: Environ) -> str:
    return f"__Host-{cookie}" if environ.get("wsgi.url_scheme") == "https" else cookie


def _cookie(environ: Environ, cookie: str = COOKIE) -> str | None:
    try:
        return http.parse_cookie(environ).get(_named(cookie, environ)) or None
    except UnicodeDecodeError:
        return None


def _may_use_cookie(environ: Environ) -> bool:
    if has_origin(environ):
        return origin_ok(environ)
    return environ.get("REQUEST_METHOD") == "GET" and environ.get("HTTP_UPGRADE", "").lower() != "websocket"


def _is_loopback_name(host: str) -> bool:
    named = HOST.match(host)
    if not named:
        return False
    return host.lower().split(":")[0] == "localhost" or _is_loopback(named["v6"] or named["name"])


def _is_loopback(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)
