"""The origin check: a foreign page may make a browser send requests here, with the cookie in some of them.

A request that names a foreign Origin is refused.  One that could change something, or open a socket, and names no
Origin never gets the rights of a cookie (see `credentials`): browsers always send the header there, so it comes from a
script, and scripts send a token.
"""

from typing import Any

from flask import request

from hubbub.core.access import Refused


def is_present(environ: dict[str, Any]) -> bool:
    """Return whether the request says which page sent it."""
    return "HTTP_ORIGIN" in environ


def is_allowed(environ: dict[str, Any]) -> bool:
    """Return whether the request comes from our own page, or from no page at all."""
    if not is_present(environ):
        return True
    host = environ.get("HTTP_HOST")
    return bool(host) and bool(environ["HTTP_ORIGIN"] == f"{environ.get('wsgi.url_scheme', 'http')}://{host}")


def check() -> None:
    """Refuse the current request if a foreign page sent it."""
    if not is_allowed(request.environ):
        raise Refused("error.other_site", "denied")
