"""WSGI middleware: trust proxies of our own, and limit the requests of each network."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import gevent
import msgspec
from werkzeug.middleware.proxy_fix import ProxyFix

from hubbub import limits
from hubbub.core.access import Refused
from hubbub.web import client

Environ = dict[str, Any]


class TrustedProxies:
    """The application behind this many proxies of our own: it gets the peer and the scheme that they report."""

    def __init__(self, app: Callable[..., Any], hops: int) -> None:
        self._app = ProxyFix(app, x_for=hops, x_proto=1, x_host=0)

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ[client.PROXIED] = True
        return self._app(environ, start_response)


class RateLimit:
    """Counts each request, and each handshake, for its network; clients that ignore 429 wait, then lose the connection.
    """

    ABUSE_DELAY = 1.0  # seconds

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        network = client.network(environ)
        try:
            limits.take_address(limits.REQUEST, network)
            if _is_handshake(environ):
                limits.take_address(limits.CONNECT, network)
        except Refused as refused:
            return self._refuse(refused, network, environ, start_response)
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _refuse(self, refused: Refused, network: str, environ: Environ,
                start_response: Callable[..., Any]) -> Iterable[bytes]:
        headers = [("Retry-After", str(math.ceil(refused.retry_after or 0)))]
        if limits.is_abusive(f"requests of {network}"):
            gevent.sleep(self.ABUSE_DELAY)
            headers.append(("Connection", "close"))
        return refuse(refused, "429 Too Many Requests", environ, start_response, headers)


def refuse(refused: Refused, status: str, environ: Environ, start_response: Callable[..., Any],
           headers: Iterable[tuple[str, str]] = ()) -> Iterable[bytes]:
    """Answer a request with a refusal: plain text where a browser will show it as a page, JSON for all others."""
    is_page = "text/html" in environ.get("HTTP_ACCEPT", "")
    body = refused.message.encode() if is_page else msgspec.json.encode(refused.payload)
    kind = "text/plain; charset=utf-8" if is_page else "application/json"
    start_response(status, [("Content-Type", kind), ("Content-Length", str(len(body))), *headers])
    return [body]


def _is_handshake(environ: Environ) -> bool:
    return environ.get("PATH_INFO", "").startswith("/socket.io") and "sid=" not in environ.get("QUERY_STRING", "")
