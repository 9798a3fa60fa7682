"""Links that open the console with a key: a code of 128 bits, good once and for a day.

The database holds the code's hash and, encrypted, the key that it is exchanged for.
"""

import secrets

import orjson
from sqlalchemy import Connection, delete, insert, select

from service.accounts.crypt import Vault
from service.errors import NotFound
from service.store.clock import now
from service.store.tables import meta

CODE_BYTES = 16
GOOD_MS = 24 * 3600 * 1000
PREFIX = "console:"
USED = "This link was used already, or is older than a day. The command `console` prints a new one."


def issue(db: Connection, vault: Vault, api_key: str) -> str:
    """Make a code that is exchanged for `api_key` once, and forget the codes whose day is over."""
    code = secrets.token_hex(CODE_BYTES)
    sealed = vault.encrypt(orjson.dumps({"api_key": api_key, "expires_at": now() + GOOD_MS}).decode())
    _forget_old(db, vault)
    db.execute(insert(meta).values(name=_name(vault, code), value=sealed))
    return code


def redeem(db: Connection, vault: Vault, code: str) -> str:
    """Exchange a code for its key; it is gone then. Raises NotFound for one that was used, is old, or never was."""
    mine = meta.c.name == _name(vault, code)
    sealed = db.execute(select(meta.c.value).where(mine).with_for_update()).scalar_one_or_none()
    if sealed is None or not db.execute(delete(meta).where(mine)).rowcount:
        raise NotFound(USED)
    kept = orjson.loads(vault.decrypt(sealed))
    if kept["expires_at"] < now():
        raise NotFound(USED)
    return str(kept["api_key"])


def address(url: str, code: str) -> str:
    """Word the link. The code stands behind the #: no server, proxy or log is told it."""
    return f"{url}/console#code={code}"


def _name(vault: Vault, code: str) -> str:
    return PREFIX + vault.digest(f"console:{code}")[:32]


def _forget_old(db: Connection, vault: Vault) -> None:
    for row in db.execute(select(meta).where(meta.c.name.startswith(PREFIX))).all():
        if orjson.loads(vault.decrypt(row.value))["expires_at"] < now():
            db.execute(delete(meta).where(meta.c.name == row.name))
