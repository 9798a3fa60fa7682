"""Keys' successors and parents: rotation, and who minted whom."""

from sqlalchemy import ColumnElement, Connection, select, update

from service.accounts import budgets
from service.accounts.crypt import Vault
from service.accounts.keys import MintedKey, enter, find, scopes_of
from service.definitions import Api
from service.errors import Conflict
from service.store.clock import now
from service.store.tables import api_keys

GRACE_MS = 24 * 3600 * 1000


def rotate(db: Connection, vault: Vault, account_id: str, api: Api, prefix: str, grace_ms: int = GRACE_MS) -> MintedKey:
    """Make the key's successor, which adopts its budget and the keys it minted; the old one ends after the grace.

    Raises NotFound, and Conflict for one that was rotated already.
    """
    old = find(db, account_id, prefix)
    if old.successor_id is not None:
        raise Conflict(f"The key {prefix} was rotated already; it ends by itself.")
    made = enter(db, vault, account_id, api, old.name, tuple(scopes_of(old)), old.parent_id)
    db.execute(update(api_keys).where(api_keys.c.parent_id == old.id).values(parent_id=made.key_id))
    ends = {"successor_id": made.key_id, "expires_at": now() + grace_ms}
    db.execute(update(api_keys).where(api_keys.c.id == old.id).values(**ends))
    budgets.move(db, account_id, old.id, made.key_id)
    return made


def is_below(db: Connection, key_id: int, above: int) -> bool:
    """Tell whether a key is `above` itself, or was minted by it or by one of those that it minted."""
    return db.execute(select(api_keys.c.id).where(api_keys.c.id == above, above_of(key_id))).first() is not None


def above_of(key_id: int) -> ColumnElement[bool]:
    """The condition on `api_keys` for the key itself and every key above it."""
    chain = select(api_keys.c.id, api_keys.c.parent_id).where(api_keys.c.id == key_id).cte("above", recursive=True)
    chain = chain.union(select(api_keys.c.id, api_keys.c.parent_id).join(chain, api_keys.c.id == chain.c.parent_id))
    return api_keys.c.id.in_(select(chain.c.id))
