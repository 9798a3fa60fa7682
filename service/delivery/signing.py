"""Signatures of what is posted: `v1` HMAC by the Standard Webhooks library, `v1a` Ed25519 with a published key.

Signed is `id.timestamp.body`, anew at every attempt, with every secret that is good now. Source: contract, section 4.
"""

import base64
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection
from standardwebhooks import Webhook

from service.accounts.accounts import good_now, secrets_in
from service.accounts.crypt import Vault
from service.store.database import Database
from service.store.kept import keep, read

KEY = "webhook_private_key"
ACCOUNTS = 4096


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


class Signer:
    """Signs for every account. An account's secrets are opened once for as long as their row stays what it is."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """Makes the installation's key where there is none yet."""
        self._key = private_key(database, vault)
        self._opened = lru_cache(ACCOUNTS)(partial(secrets_in, vault))

    def headers(self, stored: str, event_id: str, body: bytes, moment: float) -> dict[str, str]:
        """As `headers`, with those of the account row's `secrets` that are good now. Raises WrongSecretKey."""
        return headers(self._key, good_now(self._opened(stored)), event_id, body, moment)


def headers(
    key: Ed25519PrivateKey, secrets: Sequence[str], event_id: str, body: bytes, moment: float
) -> dict[str, str]:
    """The three headers of one attempt at `moment` (Unix seconds)."""
    timestamp = int(moment)
    stamped, text = datetime.fromtimestamp(timestamp, UTC), body.decode()
    signatures = [_webhook(secret).sign(event_id, stamped, text) for secret in secrets]
    signed = key.sign(f"{event_id}.{timestamp}.".encode() + body)
    signatures.append("v1a," + base64.b64encode(signed).decode())
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


@lru_cache(ACCOUNTS)
def _webhook(secret: str) -> Webhook:
    return Webhook(secret)
