"""The keys that this server signs push messages with (VAPID, RFC 8292): created at the first start, stored in settings.

Browsers tie a subscription to the public key: new keys invalidate all subscriptions.
"""

import base64
import secrets
from urllib.parse import urlsplit

from hubbub.core import db, node
from hubbub.core.access import Reads
from hubbub.notifications import addresses

NOWHERE = "localhost"  # services that check the contact refuse it, but none of them serves pages on localhost
LIFETIME = 12 * 3600  # seconds that one signature is valid; the RFC allows a day
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of the curve P-256


def keys() -> str:
    """Return this server's private key, a number in base64url; create it if there is none."""
    if found := _stored(db):
        return found
    created = _text((1 + secrets.randbelow(ORDER - 1)).to_bytes(32, "big"))
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('vapid', :value) on conflict (name) do nothing",
                   value=created)
        return _stored(tx) or created


def public_key() -> str:
    """Return the public key as an uncompressed point in base64url, as pages need it to subscribe."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = ec.derive_private_key(int.from_bytes(raw(keys()), "big"), ec.SECP256R1())
    return _text(private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def contact(origin: str) -> str:
    """Return the contact for push services: this server's own URL.  Apple's refuses a name that is not public."""
    scheme, _, host = origin.partition("://")
    name = host.partition("/")[0].partition(":")[0].lower()
    return f"https://{name if scheme == 'https' and addresses.is_public_name(name) else NOWHERE}"


def headers(endpoint: str, origin: str) -> dict[str, str]:
    """Return the headers that authenticate this server to the push service of an endpoint (RFC 8292)."""
    from py_vapid import Vapid

    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "sub": contact(origin), "exp": int(node.now()) + LIFETIME}
    return dict(Vapid.from_raw(keys().encode()).sign(claims))


def raw(text: str) -> bytes:
    """Decode base64url."""
    return base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4))


def _stored(reads: Reads) -> str:
    rows = reads.execute("select value from setting where name = 'vapid'")
    return str(rows[0][0]) if rows else ""


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
