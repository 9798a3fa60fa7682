"""Signatures of what is posted: `v1` HMAC by the Standard Webhooks library, `v1a` Ed25519 with a published key.

Signed is `id.timestamp.body`, anew at every attempt, with every secret that is good now. Source: contract, section 4.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection
from standardwebhooks import Webhook

from service.accounts.crypt import Vault
from service.store.database import Database
from service.store.kept import keep, read

KEY = "webhook_private_key"


def private_key(database: Database, vault: Vault) -> Ed25519PrivateKey:
    """The installation's signing key, made at the first need and kept encrypted."""

    def made(db: Connection) -> str:
        fresh = base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()
        return keep(db, KEY, vault.encrypt(fresh))

    with database.read() as db:
        known = read(db, KEY)
    encrypted = known if known is not None else database.write(made)
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(vault.decrypt(encrypted)))


def jwks(database: Database, vault: Vault) -> dict[str, Any]:
    """The public key as a JWK set, for GET /.well-known/webhook-keys.json."""
    raw = private_key(database, vault).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    kid = hashlib.sha256(raw).hexdigest()[:16]
    return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"}]}


def headers(
    key: Ed25519PrivateKey, secrets: Sequence[str], event_id: str, body: bytes, moment: float
) -> dict[str, str]:
    """The three headers of one attempt at `moment` (Unix seconds)."""
    timestamp = int(moment)
    stamped = datetime.fromtimestamp(timestamp, UTC)
    text = body.decode()
    signatures = [_webhook(secret).sign(event_id, stamped, text) for secret in secrets]
    signed = key.sign(f"{event_id}.{timestamp}.".encode() + body)
    signatures.append("v1a," + base64.b64encode(signed).decode())
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


@cache
def _webhook(secret: str) -> Webhook:
    return Webhook(secret)
