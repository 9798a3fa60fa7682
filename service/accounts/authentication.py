"""Whose key a request came with: found by its prefix, told by its keyed hash.

Nothing of a caller is remembered between requests: what any process changes of a key or its account holds for the very
next request, and an accept asks once more within its own transaction.
"""

import re
from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from service.accounts.crypt import Vault
from service.accounts.keys import SECRET_DIGITS, SHOWN, Caller, unended
from service.accounts.ledger import SUSPENDED
from service.errors import Forbidden, Unauthorized
from service.store.clock import now
from service.store.lists import one_of
from service.store.statements import Statement
from service.store.tables import accounts, api_keys, provider_keys

_FORM = re.compile(rf"[a-z][a-z0-9_]{{1,30}}_[0-9a-f]{{{SECRET_DIGITS}}}")


def authenticate(db: Connection, vault: Vault, token: str) -> Caller:
    """Whose key this is.

    Raises Unauthorized for one that is malformed, unknown or ended, Forbidden where its account is suspended.
    """
    (found,) = identify(db, vault, [token])
    if isinstance(found, Caller):
        return found
    raise found


def identify(db: Connection, vault: Vault, tokens: Sequence[str]) -> list[Caller | Unauthorized | Forbidden]:
    """Tell for each token whose key it is, or what `authenticate` raises for it; one look for all."""
    prefixes = {token[: SHOWN - SECRET_DIGITS] for token in tokens if _FORM.fullmatch(token)}
    rows = _ACTIVE_BY_PREFIX.all(db, prefixes=sorted(prefixes), moment=now()) if prefixes else []
    by_prefix: dict[str, list[Any]] = {}
    for row in rows:
        by_prefix.setdefault(row.prefix, []).append(row)
    return [_identified(by_prefix.get(token[: SHOWN - SECRET_DIGITS], ()), vault, token) for token in tokens]


def _identified(rows: Sequence[Any], vault: Vault, token: str) -> Caller | Unauthorized | Forbidden:
    """Of the keys with the token's prefix, the one that it is: a row for each own provider, or one without."""
    keys = {row.id: row for row in rows}
    for key_id, row in keys.items():
        if _FORM.fullmatch(token) and vault.matches(token, row.hash):
            if row.suspended_at is not None:
                return Forbidden(SUSPENDED)
            own = frozenset(one.provider for one in rows if one.id == key_id and one.provider is not None)
            return _caller(row, own, vault, token)
    return Unauthorized("Invalid API key.")


def is_active(key_id: Any, moment: Any) -> ColumnElement[bool]:
    """The condition that a key has not ended, within a statement that writes under it."""
    return select(api_keys.c.id).where(api_keys.c.id == key_id, unended(moment)).exists()


def check_active(db: Connection, key_id: int) -> None:
    """Raise Unauthorized where the key has ended."""
    if not db.execute(select(is_active(key_id, now()))).scalar_one():
        raise Unauthorized("Invalid API key.")


def rehash(db: Connection, vault: Vault, caller: Caller) -> None:
    """Store the hash of the caller's key by the first secret key, so that the one before is not needed for it."""
    values = {"hash": caller.digest, "hashed_by": vault.fingerprint}
    db.execute(update(api_keys).where(api_keys.c.id == caller.key_id).values(**values))


def _caller(row: Any, own_providers: frozenset[str], vault: Vault, token: str) -> Caller:
    return Caller(
        account_id=row.account_id,
        user_id=row.user_id,
        name=row.name,
        plan=row.plan,
        key_id=row.id,
        api=row.api,
        scopes=frozenset(orjson.loads(row.scopes)),
        thumbnail_generator=bool(row.thumbnail_generator),
        operator=bool(row.operator),
        own_providers=own_providers,
        digest=None if row.hashed_by == vault.fingerprint else vault.digest(token),
    )


_WANTED = (
    api_keys.c.id,
    api_keys.c.prefix,
    api_keys.c.api,
    api_keys.c.hash,
    api_keys.c.hashed_by,
    api_keys.c.scopes,
    api_keys.c.account_id,
    accounts.c.user_id,
    accounts.c.name,
    accounts.c.plan,
    accounts.c.thumbnail_generator,
    accounts.c.operator,
    accounts.c.suspended_at,
    provider_keys.c.provider,
)
_own = (provider_keys.c.account_id == api_keys.c.account_id) & provider_keys.c.enabled.is_(True)
_ACTIVE_BY_PREFIX = Statement(
    "keys.active_by_prefix",
    select(*_WANTED)
    .join(accounts, accounts.c.id == api_keys.c.account_id)
    .outerjoin(provider_keys, _own)
    .where(
        one_of(api_keys.c.prefix, "prefixes"),
        unended(bindparam("moment")),
        accounts.c.deleted_at.is_(None),
    ),
    packed=True,
)
