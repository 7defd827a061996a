"""Which machine sent a request, from its WSGI environ.

Before there is an owner, guests are let in from this machine alone.  All three signs must agree: the peer is a loopback
address, the Host names this machine, and no header shows a proxy.  A proxy hides the peer's address, and a foreign name
that resolves to 127.0.0.1 would let foreign pages in.

Behind proxies of our own (HUBBUB_PROXIES hops) the peer is what the nearest trusted proxy reports, and no client counts
as this machine.
"""

import ipaddress
import re
from functools import lru_cache
from typing import Any

from hubbub import limits

Environ = dict[str, Any]

PROXIED = "hubbub.proxied"  # set where a proxy of our own passed the request on
NETWORK = "hubbub.network"  # what `network` returned
HOST = re.compile(r"(?:\[(?P<v6>[0-9a-fA-F:.]+)\]|(?P<name>[^:\[\]]+))(?::\d+)?\Z")
FORWARDING = {
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_REAL_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_CF_CONNECTING_IP",
}


def address(environ: Environ) -> str:
    """Return the client's address."""
    return str(environ.get("REMOTE_ADDR", ""))


def network(environ: Environ) -> str:
    """Return the key for rate limits: the address or its /64; "" for this machine where HUBBUB_LIMITS is off."""
    found = environ.get(NETWORK)
    if found is None:
        is_exempt = limits.exempt_loopback() and _is_direct_loopback(environ)
        found = environ[NETWORK] = "" if is_exempt else limits.network(address(environ)) or "unknown"
    return str(found)


def is_this_machine(environ: Environ) -> bool:
    """Return whether peer and Host are this machine's own and no header shows a proxy."""
    return _is_direct_loopback(environ) and is_loopback_name(environ.get("HTTP_HOST", ""))


def _is_direct_loopback(environ: Environ) -> bool:
    """Return whether the peer is on this machine and no header shows that it forwards a request."""
    if PROXIED in environ or any(name in FORWARDING or name.startswith("HTTP_X_FORWARDED") for name in environ):
        return False
    return is_loopback(address(environ))


def is_loopback_name(host: str) -> bool:
    """Return whether a Host header names this machine for itself."""
    named = HOST.match(host)
    if not named:
        return False
    return host.lower().split(":")[0] == "localhost" or is_loopback(named["v6"] or named["name"])


@lru_cache(1024)
def is_loopback(address: str) -> bool:
    """Return whether an address is one of the machine itself."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None)
    return bool((mapped or parsed).is_loopback)
