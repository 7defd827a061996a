"""The keys under which this server pushes (VAPID, RFC 8292): made at the first start, and kept with the settings.

Browsers tie a subscription to the public key: with new keys, all subscriptions are void.
"""

import base64

import msgspec

from hubbub.core import db
from hubbub.core.access import Reads
from hubbub.notifications import outgoing

NOWHERE = "localhost"  # services that look into a contact refuse it, but none of them serves a page there


class Keys(msgspec.Struct, frozen=True):
    """Both in base64url: the number that is the private key, and the public one as an uncompressed point."""

    private: str
    public: str


def keys() -> Keys:
    """The keys of this place; where it has none yet, new ones, which are its own from now on."""
    if found := _kept(db):
        return found
    made = _make()
    with db.transaction() as tx:
        tx.execute("insert into setting (name, value) values ('vapid', :value) on conflict (name) do nothing",
                   value=msgspec.json.encode(made).decode())
        return _kept(tx) or made


def public_key() -> str:
    """What a page subscribes with."""
    return keys().public


def contact(origin: str) -> str:
    """Who a push service may turn to: the place itself, by its name.  Apple's refuses what is no name of the internet.
    """
    scheme, _, host = origin.partition("://")
    name = host.partition("/")[0].partition(":")[0].lower()
    return f"https://{name if scheme == 'https' and outgoing.is_public_name(name) else NOWHERE}"


def _kept(reads: Reads) -> Keys | None:
    rows = reads.execute("select value from setting where name = 'vapid'")
    return msgspec.json.decode(rows[0][0], type=Keys) if rows else None


def _make() -> Keys:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Keys(_text(private.private_numbers().private_value.to_bytes(32, "big")), _text(public))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
