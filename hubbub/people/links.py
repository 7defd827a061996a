"""The address of a link that people share, and a QR code of it for phones."""

from urllib.parse import urlsplit

import msgspec
import segno
from flask import request

from hubbub.core import node
from hubbub.web import address, client

SCALE, BORDER = 6, 2
MASK = 4  # scanners read all eight; to try them all for the best looks takes 6 ms longer


class Link(msgspec.Struct, frozen=True):
    """A link as text and as an image; `is_local`: it works only on this machine."""

    url: str
    qr: str
    is_local: bool


def invite(secret: str) -> Link:
    """Return the link with a secret after the `#`, which browsers do not send to servers.

    Someone on this machine may use an address that others cannot; the link has one that they can, if there is one.
    """
    root, config = request.root_url.rstrip("/"), node.current().config
    is_local = not config.proxies and client.is_loopback_name(request.host)
    if is_local and config.host in address.EVERYWHERE and address.network_address():
        root, is_local = address.of_server(config, urlsplit(root).port or 80), False
    url = f"{root}/join#{secret}"
    return Link(url, qr_code(url), is_local)


def qr_code(url: str) -> str:
    """Return a picture of a link as a `data:` URL."""
    return segno.make(url, micro=False, mask=MASK).svg_data_uri(scale=SCALE, border=BORDER, light="#fff")
