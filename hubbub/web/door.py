"""Who may come in, read from a WSGI environ: same origin, this machine, and the token a request brings.

A foreign page may make a browser send requests here, with the cookie in some of them.  So a request that names a
foreign Origin is turned away, and one that could change something, or open a socket, and names no Origin never gets the
rights of a cookie: browsers always send it there, so it is a script, and a script brings its token.  A GET without
Origin may use the cookie: browsers send none on a GET of the same origin, and a foreign page can neither read the
answer nor send a `SameSite` cookie with it.  Before there is an owner, guests are let in from this machine alone; all
three signs must agree, because a proxy hides the peer's address, and a name that points at 127.0.0.1 would let foreign
pages in.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from flask import request
from werkzeug import http

from hubbub.core.access import Refused

Environ = dict[str, Any]

COOKIE = "hubbub"
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
    if any(name in FORWARDING or name.startswith("HTTP_X_FORWARDED") for name in environ):
        return False
    return _is_loopback(environ.get("REMOTE_ADDR", "")) and _is_loopback_name(environ.get("HTTP_HOST", ""))


def token(environ: Environ, auth: object = None) -> str | None:
    """The secret this request is known by: the Authorization header, then Socket.IO's auth, then the cookie."""
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return str(bearer.strip())
    if isinstance(auth, dict) and isinstance(auth.get("token"), str) and auth["token"]:
        return str(auth["token"])
    return _cookie(environ) if _may_use_cookie(environ) else None


def _cookie(environ: Environ) -> str | None:
    try:
        return http.parse_cookie(environ).get(COOKIE) or None
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
