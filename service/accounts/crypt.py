"""Encryption, keyed hashes and signatures, all from GENHOOK_SECRET_KEY.

The first key of the list encrypts, hashes and signs; all of them decrypt and verify, so that a key can be rotated.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from service.store.database import Database
from service.store.kept import keep, read

MARKER = "secret_key_check"
# A Fernet token begins with its version (128) and the first bytes of a time.
TOKEN = re.compile(r"gAAAAA[\w-]{90,}={0,2}", re.ASCII)
FINGERPRINT_DIGITS = 16
MARKED = "this database's secrets open with this key"


class WrongSecretKey(RuntimeError):
    """GENHOOK_SECRET_KEY does not open what this database holds; starting would lose every secret in it."""


class Vault:
    """Encrypts, hashes and signs with the installation's secret keys."""

    def __init__(self, secret_keys: Sequence[str]) -> None:
        """Derive what encrypts, hashes and signs from `secret_keys`, any texts, the current one first.

        `fingerprint` names the current one without telling it.
        """
        if not secret_keys:
            raise ValueError("GENHOOK_SECRET_KEY must hold at least one key")
        boxes = [Fernet(base64.urlsafe_b64encode(_derived(key, b"encrypt"))) for key in secret_keys]
        self._first, self._box, self.rotating = boxes[0], MultiFernet(boxes), len(boxes) > 1
        self._hash_keys = [_derived(key, b"hash") for key in secret_keys]
        self.fingerprint = _derived(secret_keys[0], b"fingerprint").hex()[:FINGERPRINT_DIGITS]
        self._sign_keys = [_derived(key, b"sign") for key in secret_keys]

    def encrypt(self, text: str) -> str:
        """Encrypt the text, readable by this vault only."""
        return self._box.encrypt(text.encode()).decode()

    def decrypt(self, token: str) -> str:
        """Answer what `encrypt` was given. Raises WrongSecretKey."""
        try:
            return self._box.decrypt(token.encode()).decode()
        except InvalidToken:
            raise WrongSecretKey("GENHOOK_SECRET_KEY does not open what is stored.") from None

    def rewrapped(self, text: str) -> str:
        """Encrypt every token in `text` by the first key; those that are, and all else, stay. Raises WrongSecretKey."""
        return TOKEN.sub(lambda found: self._renewed(found[0]), text)

    def _renewed(self, token: str) -> str:
        try:
            self._first.decrypt(token.encode())
        except InvalidToken:
            return self.encrypt(self.decrypt(token))
        return token

    def digest(self, text: str) -> str:
        """Make a keyed hash to store in place of `text`, 64 hex digits."""
        return _mac(self._hash_keys[0], text)

    def matches(self, text: str, digest: str) -> bool:
        """Tell whether any of the keys made `digest` of `text`, in the same time either way."""
        return any([hmac.compare_digest(_mac(key, text), digest) for key in self._hash_keys])  # noqa: C419 — all are compared

    def sign(self, text: str) -> str:
        """Make a signature of `text` for URLs, 64 hex digits."""
        return _mac(self._sign_keys[0], text)

    def verify(self, text: str, signature: str) -> bool:
        """Tell whether any of the keys made `signature` of `text`."""
        return signature.isascii() and any(hmac.compare_digest(_mac(key, text), signature) for key in self._sign_keys)

    def check(self, database: Database) -> None:
        """Mark a new database as this vault's. Raises WrongSecretKey for one that another vault marked."""
        with database.read() as db:
            kept = read(db, MARKER)
        if kept is None:
            kept = database.write(lambda db: keep(db, MARKER, self.encrypt(MARKED)))
        try:
            self.decrypt(kept)
        except WrongSecretKey:
            raise WrongSecretKey(
                "GENHOOK_SECRET_KEY does not fit this database. Put the key it was made with first in the list, or "
                "behind the new one to rotate."
            ) from None


def _derived(key: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=b"genhook", info=purpose).derive(key.encode())


def _mac(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
