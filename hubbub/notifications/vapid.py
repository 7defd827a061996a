"""The key by which push services know this server (VAPID, RFC 8292): made once, kept with everything else."""

import base64
import time
from urllib.parse import urlsplit

from hubbub.core import db

LASTS = 12 * 3600  # seconds that one signature is good for; the RFC allows a day
CONTACT = "mailto:push@hubbub.example"  # services want one; Apple's refuses an address at localhost

_known: dict[str, str] = {}  # the private key, so that it is read once


def begin() -> None:
    """Make the key, if this place has none yet."""
    _known.clear()
    if not db.execute("select 1 from setting where name = 'vapid'"):
        from cryptography.hazmat.primitives.asymmetric import ec

        number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
        with db.transaction() as tx:
            tx.execute("insert into setting (name, value) values ('vapid', :value) on conflict (name) do nothing",
                       value=_encoded(number.to_bytes(32, "big")))


def private_key() -> str:
    """The secret, 32 bytes in base64url."""
    if "key" not in _known:
        [(_known["key"],)] = db.execute("select value from setting where name = 'vapid'")
    return _known["key"]


def public_key() -> str:
    """What browsers subscribe with: the uncompressed point, in base64url."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    number = int.from_bytes(base64.urlsafe_b64decode(private_key() + "=="), "big")
    point = ec.derive_private_key(number, ec.SECP256R1()).public_key()
    return _encoded(point.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint))


def headers(endpoint: str) -> dict[str, str]:
    """What says to the service of an endpoint that this is us."""
    from py_vapid import Vapid

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": CONTACT, "exp": int(time.time()) + LASTS}
    return dict(Vapid.from_raw(private_key().encode()).sign(claims))


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
