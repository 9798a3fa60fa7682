"""Signatures of what is posted, by Standard Webhooks: `v1` HMAC, `v1a` Ed25519 with a published key.

Signed is `id.timestamp.body`, anew at every attempt, with every secret and every key that is good now.
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import orjson
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from service.accounts.accounts import good_now, secrets_in
from service.accounts.crypt import Vault
from service.store.clock import now
from service.store.database import Database
from service.store.kept import keep, locked, read, replace

KEY = "webhook_private_key"
PREFIX = "whsec_"
ACCOUNTS = 4096
# How soon a running deliverer takes up a rotated key.
READ_EVERY_S = 5.0
log = structlog.get_logger("signing")


def private_keys(database: Database, vault: Vault) -> list[Ed25519PrivateKey]:
    """Return the installation's signing keys that are good now, the newest first: two while one is rotated.

    The first is made at the first need; all are kept encrypted.
    """
    with database.read() as db:
        known = read(db, KEY)
    stored = known if known is not None else database.write(lambda db: keep(db, KEY, vault.encrypt(_fresh())))
    moment = now()
    return [_opened(vault, one["key"]) for one in _entries(stored) if one["ends"] is None or one["ends"] > moment]


def rotate(database: Database, vault: Vault, grace_ms: int) -> str:
    """Make a new signing key and return its `kid`; those before sign beside it until the grace is over."""
    private_keys(database, vault)
    fresh = _fresh()

    def work(db: Connection) -> None:
        moment = now()
        before = [one for one in _entries(locked(db, KEY)) if one["ends"] is None or one["ends"] > moment]
        ending = [one | {"ends": min(one["ends"] or moment + grace_ms, moment + grace_ms)} for one in before]
        entries = [{"key": vault.encrypt(fresh), "ends": None}, *ending]
        replace(db, KEY, orjson.dumps(entries).decode())

    database.write(work)
    return str(_jwk(Ed25519PrivateKey.from_private_bytes(base64.b64decode(fresh)))["kid"])


def jwks(database: Database, vault: Vault) -> dict[str, Any]:
    """Return the public keys as a JWK set, for GET /.well-known/webhook-keys.json."""
    return {"keys": [_jwk(key) for key in private_keys(database, vault)]}


class Signer:
    """Signs for every account. An account's secrets are opened once for as long as their row stays what it is."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """Make the installation's key where there is none yet."""
        self._database, self._vault = database, vault
        self._keys, self._read_at = private_keys(database, vault), time.monotonic()
        self._opened = lru_cache(ACCOUNTS)(partial(secrets_in, vault))

    def headers(self, stored: str, event_id: str, body: bytes, moment: float) -> dict[str, str]:
        """As `headers`, with those of the account row's `secrets` that are good now. Raises WrongSecretKey."""
        return headers(self._current(), good_now(self._opened(stored)), event_id, body, moment)

    def _current(self) -> list[Ed25519PrivateKey]:
        """The signing keys as they stood a few seconds ago; while the database is away, as they were read last."""
        if time.monotonic() - self._read_at > READ_EVERY_S:
            self._read_at = time.monotonic()
            try:
                self._keys = private_keys(self._database, self._vault)
            except DBAPIError as error:
                log.warning("signing keys not read again", error=str(error))
        return self._keys


def _fresh() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()).decode()


def _entries(stored: str) -> list[dict[str, Any]]:
    """Read what is kept: a list, or the one key of a database that never rotated."""
    entries: list[dict[str, Any]] = orjson.loads(stored) if stored.startswith("[") else [{"key": stored, "ends": None}]
    return entries


def _opened(vault: Vault, token: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(vault.decrypt(token)))


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    x = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    kid = hashlib.sha256(raw).hexdigest()[:16]
    return {"kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "alg": "EdDSA", "use": "sig"}


def headers(
    keys: Sequence[Ed25519PrivateKey], secrets: Sequence[str], event_id: str, body: bytes, moment: float
) -> dict[str, str]:
    """Make the three headers of one attempt at `moment` (Unix seconds)."""
    timestamp = str(int(moment))
    content = f"{event_id}.{timestamp}.".encode() + body
    signed = [b"v1," + base64.b64encode(hmac.digest(_bytes_of(secret), content, "sha256")) for secret in secrets]
    signed += [b"v1a," + base64.b64encode(key.sign(content)) for key in keys]
    return {"webhook-id": event_id, "webhook-timestamp": timestamp, "webhook-signature": b" ".join(signed).decode()}


@lru_cache(ACCOUNTS)
def _bytes_of(secret: str) -> bytes:
    return base64.b64decode(secret.removeprefix(PREFIX))
