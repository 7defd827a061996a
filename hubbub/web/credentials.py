"""The secrets that a request carries: a token in a header, or a cookie where no foreign page can have sent it.

A GET without an Origin header may use the cookie: browsers send none on a GET of the same origin, and a foreign page
can neither read the answer nor send a `SameSite` cookie with it.  Over https the cookie's name begins with `__Host-`,
so that no other path or name of the host can set it; a cookie below HUBBUB_PREFIX cannot have that name (RFC 6265bis)
and begins with `__Secure-`.  Browsers share cookies among the ports of a host: the name ends
with the id of this server's database, so that two servers on one host do not sign each other's people out.
"""

import secrets
from typing import Any

from flask import Response, request
from werkzeug import http

from hubbub.core import db, node
from hubbub.core.access import Reads
from hubbub.web import address, origin

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
    answer.set_cookie(cookie_name(request.environ, cookie), secret, max_age=YEAR, path=address.cookie_path(),
                      httponly=True, samesite="Lax" if cookie == COOKIE else "Strict", secure=request.is_secure)


def delete_cookie(answer: Response) -> None:
    """Have the browser forget the secret of this request."""
    cookies = _cookies(request.environ)
    for name in (cookie_name(request.environ), _shared_name(request.environ)):
        if name in cookies:
            answer.delete_cookie(name, address.cookie_path(), httponly=True, samesite="Lax",
                                 secure=request.is_secure)
            return


def rename_cookies(answer: Response) -> None:
    """Move a signed-in browser's cookies from the names that all servers once shared to those of this server."""
    environ = request.environ
    cookies = _cookies(environ)
    if cookie_name(environ) not in cookies:
        for cookie in (COOKIE, DEVICE_COOKIE):
            if secret := cookies.get(_shared_name(environ, cookie)):
                set_cookie(answer, secret, cookie)
                answer.delete_cookie(_shared_name(environ, cookie), address.cookie_path(), secure=request.is_secure)


def cookie_name(environ: Environ, cookie: str = COOKIE) -> str:
    """Return the name of a cookie of this server."""
    return f"{_shared_name(environ, cookie)}-{instance()}"


def _shared_name(environ: Environ, cookie: str = COOKIE) -> str:
    if environ.get("wsgi.url_scheme") != "https":
        return cookie
    return f"__{'Host' if address.cookie_path() == '/' else 'Secure'}-{cookie}"


def _cookie(environ: Environ, cookie: str = COOKIE) -> str | None:
    cookies = _cookies(environ)
    return cookies.get(cookie_name(environ, cookie)) or cookies.get(_shared_name(environ, cookie)) or None


def _cookies(environ: Environ) -> dict[str, str]:
    try:
        return dict(http.parse_cookie(environ))
    except UnicodeDecodeError:
        return {}


def _load_instance() -> str:
    """Return the id of this server's database; create it if there is none."""
    if found := _stored(db):
        return found
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('instance', :id) on conflict (name) do nothing",
                   id=secrets.token_hex(4))
        return _stored(tx)


def _stored(reads: Reads) -> str:
    rows = reads.execute("select value from setting where name = 'instance'")
    return str(rows[0][0]) if rows else ""


instance = node.state(_load_instance)


def _may_use_cookie(environ: Environ) -> bool:
    if origin.is_present(environ):
        return origin.is_allowed(environ)
    return environ.get("REQUEST_METHOD") == "GET" and environ.get("HTTP_UPGRADE", "").lower() != "websocket"
