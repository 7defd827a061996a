"""The names of this server: a request for any other name is refused, as a protection against DNS rebinding.

A foreign page can make its own name resolve to this server's address; then the browser takes this server for the page's
own.  No page can do that with an address or with a name of this machine, so these are allowed without a setting:
literal addresses, `localhost`, the machine's name (also with `.local`) and the name in HUBBUB_HOST.
"""

import ipaddress
import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

from hubbub.config import Config
from hubbub.core.access import Refused
from hubbub.web import middleware
from hubbub.web.client import HOST


class HostCheck:
    """WSGI middleware that refuses requests, and so connections, for names that are not this server's."""

    def __init__(self, app: Callable[..., Any], config: Config) -> None:
        self._app = app
        self._names = _own_names(config)
        self._is_allowed = lru_cache(1024)(self._check)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "")
        if not host or self._is_allowed(host):  # every browser sends a Host
            answer: Iterable[bytes] = self._app(environ, start_response)
            return answer
        refusal = Refused("error.host_unknown", "denied", host=_name(host)[:100])
        return middleware.refuse(refusal, "421 Misdirected Request", environ, start_response)

    def _check(self, host: str) -> bool:
        name = _name(host)
        return "*" in self._names or name in self._names or _is_address(name)


def _own_names(config: Config) -> set[str]:
    machine = socket.gethostname().lower().rstrip(".")
    short = machine.partition(".")[0]
    return {"localhost", machine, short, f"{short}.local", config.host.lower(), *config.hosts}


def _name(host: str) -> str:
    """Return the name in a Host header: without the port, in lower case."""
    found = HOST.match(host)
    return (found["v6"] or found["name"]).lower().rstrip(".") if found else ""


def _is_address(name: str) -> bool:
    try:
        return bool(ipaddress.ip_address(name))
    except ValueError:
        return False
