"""The links that people hand on: their address, and a QR code for a phone."""

import segno
from flask import request

SCALE, BORDER = 6, 2


def url(secret: str) -> str:
    """Where a secret is opened; behind the `#`, so that it is sent to no server and no log."""
    return f"{request.host_url}join#{secret}"


def invite(secret: str) -> dict[str, str]:
    """A link as text and as a picture."""
    address = url(secret)
    picture = segno.make(address, micro=False).svg_data_uri(scale=SCALE, border=BORDER, light="#fff")
    return {"url": address, "qr": picture}
