"""The secrets that a request carries: a token in a header, or a cookie where no foreign page can have sent it.

A GET without an Origin header may use the cookie: browsers send none on a GET of the same origin, and a foreign page
can neither read the answer nor send a `SameSite` cookie with it.  Over https the cookie is `__Host-hubbub`, which no
other port, path or name of the host can set or read.
"""

from typing import Any

from flask import Response, request
from werkzeug import http

from hubbub.web import origin

Environ = dict[str, Any]

COOKIE = "hubbub"
DEVICE_COOKIE = "hubbub-device"  # a browser that signed in before; it grants no rights
YEAR = 365 * 24 * 3600


def token(environ: Environ, auth: object = None) -> str | None:
    """Return the request's secret: from the Authorization header, else Socket.IO's auth, else the cookie."""
    scheme, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() == "bearer" and bearer.strip():
        return str(bearer.strip())
    if isinstance(auth, dict) and isinstance(auth.get("token"), str) and auth["token"]:
        return str(auth["token"])
    return _cookie(environ) if _may_use_cookie(environ) else None


def device() -> str:
    """Return this browser's secret as a device, if it signed in before; "" for a request of a foreign page."""
    return _cookie(request.environ, DEVICE_COOKIE) or "" if origin.is_allowed(request.environ) else ""


def set_cookie(answer: Response, secret: str, cookie: str = COOKIE) -> None:
    """Have the browser keep a secret, where no script of a page can read it."""
    answer.set_cookie(_cookie_name(cookie, request.environ), secret, max_age=YEAR, httponly=True,
                      samesite="Lax" if cookie == COOKIE else "Strict", secure=request.is_secure)


def delete_cookie(answer: Response, cookie: str = COOKIE) -> None:
    """Have the browser forget a secret."""
    answer.delete_cookie(_cookie_name(cookie, request.environ), httponly=True, samesite="Lax",
                         secure=request.is_secure)


def _cookie_name(cookie: str, environ: Environ) -> str:
    return f"__Host-{cookie}" if environ.get("wsgi.url_scheme") == "https" else cookie


def _cookie(environ: Environ, cookie: str = COOKIE) -> str | None:
    try:
        return http.parse_cookie(environ).get(_cookie_name(cookie, environ)) or None
    except UnicodeDecodeError:
        return None


def _may_use_cookie(environ: Environ) -> bool:
    if origin.is_present(environ):
        return origin.is_allowed(environ)
    return environ.get("REQUEST_METHOD") == "GET" and environ.get("HTTP_UPGRADE", "").lower() != "websocket"
