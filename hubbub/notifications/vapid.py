"""The keys under which this server pushes (VAPID, RFC 8292): made at the first start, and kept with the settings.

Browsers tie a subscription to the public key: with new keys, all subscriptions are void.
"""

import base64
import secrets
from urllib.parse import urlsplit

from hubbub.core import db, node
from hubbub.core.access import Reads
from hubbub.notifications import addresses

NOWHERE = "localhost"  # services that look into a contact refuse it, but none of them serves a page there
LASTS = 12 * 3600  # seconds that one signature is good for; the RFC allows a day
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def keys() -> str:
    """The private key of this place, a number in base64url; where it has none yet, a new one that is its own from now.
    """
    if found := _kept(db):
        return found
    made = _text((1 + secrets.randbelow(ORDER - 1)).to_bytes(32, "big"))
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('vapid', :value) on conflict (name) do nothing",
                   value=made)
        return _kept(tx) or made


def public_key() -> str:
    """What a page subscribes with: the public key as an uncompressed point, in base64url."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = ec.derive_private_key(int.from_bytes(raw(keys()), "big"), ec.SECP256R1())
    return _text(private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def contact(origin: str) -> str:
    """Who a push service may turn to: the place itself, by its name.  Apple's refuses what is no name of the internet.
    """
    scheme, _, host = origin.partition("://")
    name = host.partition("/")[0].partition(":")[0].lower()
    return f"https://{name if scheme == 'https' and addresses.is_public_name(name) else NOWHERE}"


def headers(endpoint: str, origin: str) -> dict[str, str]:
    """What says to the push service of an endpoint that this is us (RFC 8292)."""
    from py_vapid import Vapid

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": contact(origin), "exp": int(node.now()) + LASTS}
    return dict(Vapid.from_raw(keys().encode()).sign(claims))


def raw(text: str) -> bytes:
    """The bytes in base64url."""
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def _kept(reads: Reads) -> str:
    rows = reads.execute("select value from setting where name = 'vapid'")
    return str(rows[0][0]) if rows else ""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
