"""The addresses of this server.

Everything stored, and every route, names a path without HUBBUB_PREFIX; an address for a browser gets it here, in
`web/static/boot.js` for the page, and in the service worker.
"""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Any

from hubbub.core import node
from hubbub.web import client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from flask import Flask

    from hubbub.config import Config

EVERYWHERE = ("0.0.0.0", "::")  # hosts to listen on for all addresses of this machine


def url(path: str) -> str:
    """Return the address of a path of this server, for a browser that has the page open."""
    return node.current().config.prefix + path


def cookie_path() -> str:
    """Return the path of cookies: other services of this host do not get them."""
    return node.current().config.prefix or "/"


def of_server(config: Config, port: int, host: str = "") -> str:
    """Return the address to print for a server that listens on `config.host`, or would listen on `host`."""
    host = host or config.host
    if host in EVERYWHERE:
        host = network_address() or "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{config.prefix}"


def network_address() -> str:
    """Return this machine's address in its network, "" if there is none; this sends nothing."""
    for family, elsewhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            found = str(probe.getsockname()[0])
            if not client.is_loopback(found):
                return found
    return ""


class PathPrefix:
    """WSGI middleware that serves the application below a path, whether or not the proxy strips it."""

    def __init__(self, app: Callable[..., Any], prefix: str) -> None:
        self._app, self._prefix = app, prefix

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if f"{path}/".startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix):] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer


def check_prefix(app: Flask, prefix: str) -> None:
    """Raise ValueError if the prefix is the beginning of an address of the application, which would be ambiguous."""
    own = ["/socket.io", *(rule.rule for rule in app.url_map.iter_rules())]
    if found := next((path for path in own if f"{path}/".startswith(f"{prefix}/")), ""):
        raise ValueError(f"HUBBUB_PREFIX must not be {prefix}: Hubbub has the address {found}")
