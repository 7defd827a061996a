"""Which addresses this server speaks to: those of the public internet, however they are spelt, and nothing inside.

A module without a connection: it says what may be reached, `outgoing` reaches it.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from hubbub.core.access import Refused

LONGEST = 1000  # characters of an address

LABEL, LAST = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", "[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?"
NAME = re.compile(rf"(?=.{{1,253}}\Z)(?:{LABEL}\.)*{LAST}")  # what ends in a number is an address, however it is spelt
INTERNAL = re.compile(r"[^.]*|.*\.(?:localhost|local|localdomain|internal|intranet|lan|home|corp|private|arpa)")
PLAIN = re.compile(r"[!#-;=?-\[\]_a-z~]*")  # what needs no escaping in an address

UNICAST, SIX_TO_FOUR, NAT64 = ip_network("2000::/3"), ip_network("2002::/16"), ip_network("64:ff9b::/96")
OWN = [ip_network(net) for net in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                   "::1/128", "fc00::/7")]


class Forbidden(Exception):
    """It leads to where nothing is sent."""


def check(url: str, private: bool = False) -> None:
    """Refuse, in words, an address that nothing is sent to whatever its name leads to.

    `private` allows for one's own network: http, any port, any name, and plain IPv4 addresses.
    """
    if len(url) > LONGEST:
        raise Refused(f"this address is too long: {LONGEST} characters at most", "too_large")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Refused("this is no address", "bad_input") from None
    if not PLAIN.fullmatch(url) or not parts.hostname:
        raise Refused("this is no address", "bad_input")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        raise Refused("the address must begin with https://", "bad_input")
    if "@" in parts.netloc or parts.fragment:
        raise Refused("the address must hold no name, password or fragment", "bad_input")
    if not private and port not in (None, 443):
        raise Refused("the address must be at the usual port, 443", "bad_input")
    if not (_is_own(parts.hostname) if private else is_public_name(parts.hostname)):
        raise Refused("the address must name a machine on the internet", "bad_input")


def is_public_name(host: str) -> bool:
    """Whether it is a name, no number in any spelling, and none that only one's own network knows."""
    return bool(NAME.fullmatch(host)) and not INTERNAL.fullmatch(host)


def _is_own(host: str) -> bool:
    if NAME.fullmatch(host):
        return True
    try:
        return may_reach(str(IPv4Address(host)), private=True)
    except ValueError:
        return False


def may_reach(address: str, private: bool = False) -> bool:
    """Whether an IP address is of the public internet, or else of one's own network where that is allowed."""
    ip = ip_address(address)
    if private and any(ip in net for net in OWN):
        return True
    if isinstance(ip, IPv6Address):
        if ip in NAT64:
            return may_reach(str(IPv4Address(int(ip) & 0xFFFFFFFF)), private)
        if ip not in UNICAST or ip in SIX_TO_FOUR:
            return False
    return ip.is_global and not ip.is_multicast
