"""The address of a link that people share, and a QR code of it for phones."""

import segno
from flask import request

SCALE, BORDER = 6, 2


def url(secret: str) -> str:
    """Return the address with a secret after the `#`, which browsers do not send to servers."""
    return f"{request.root_url}join#{secret}"


def invite(secret: str) -> dict[str, str]:
    """Return a link as text and as an image."""
    address = url(secret)
    picture = segno.make(address, micro=False).svg_data_uri(scale=SCALE, border=BORDER, light="#fff")
    return {"url": address, "qr": picture}
