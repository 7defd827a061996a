"""The addresses that this server may send to: those of the public internet, in any spelling, and no private network.

This module decides, without any connection; `outgoing` connects.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from hubbub.core.access import Refused

LONGEST = 1000  # characters of an address

LABEL, LAST = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)*{LAST}")  # a name that ends in a number is an IP address
INTERNAL = re.compile(r"[^.]*|.*\.(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa)")
PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # characters that need no escaping in a URL

UNICAST, SIX_TO_FOUR, NAT64 = ip_network("2000::/3"), ip_network("2002::/16"), ip_network("64:ff9b::/96")
OWN = [ip_network(net) for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                   "::1/128", "fc00::/7")]


class Forbidden(Exception):
    """The address is in a network that this server may not send to."""


def check(url: str, private: bool = False) -> None:
    """Refuse a URL that cannot be allowed, wherever its name resolves to.

    `private` also allows your own network: http, any port, any name, and plain IPv4 addresses.
    """
    if len(url) > LONGEST:
        raise Refused("error.url_too_long", "too_large", limit=LONGEST)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("error.not_a_url", "bad_input") from None
    if not PLAIN.fullmatch(url) or not parts.hostname:
        raise Refused("error.not_a_url", "bad_input")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("error.url_not_https", "bad_input")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("error.url_has_extras", "bad_input")
    if not private and port not in (None, 443):
        raise Refused("error.url_port", "bad_input")
    if not (_is_own(parts.hostname) if private else is_public_name(parts.hostname)):
        raise Refused("error.url_not_public", "bad_input")


def is_public_name(host: str) -> bool:
    """Return whether a host is a public DNS name: not an IP address in any spelling, not an internal name."""
    return bool(NAME.fullmatch(host)) and not INTERNAL.fullmatch(host)


def _is_own(host: str) -> bool:
    if NAME.fullmatch(host):
        return True
    try:
        return may_reach(str(IPv4Address(host)), private=True)
    except ValueError:
        return False


def may_reach(address: str, private: bool = False) -> bool:
    """Return whether an IP address is public, or private where that is allowed."""
    ip = ip_address(address)
    if private and any(ip in net for net in OWN):
        return True
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            return may_reach(str(IPv4Address(int(ip) & 0xFFFFFFFF)), private)
        if ip not in UNICAST or ip in SIX_TO_FOUR:
            return False
    return ip.is_global and not ip.is_multicast
