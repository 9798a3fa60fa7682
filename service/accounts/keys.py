"""API keys: minted once, stored as a keyed hash, found by their prefix. Source: contract, sections 3 and 6."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, func, insert, select, update

from service.accounts.crypt import Vault
from service.errors import Conflict, Forbidden, NotFound, Unauthorized, ValidationError
from service.store.clock import now
from service.store.tables import accounts, api_keys

HEADS = {"flokan": "flk_", "flixly": "flx_live_", "generor": "gnr_live_"}
ALL_SCOPES = {
    "flokan": ("thumbnail_generator",),
    "flixly": ("read", "write", "generate"),
    "generor": ("read", "write", "generate"),
}
SHOWN = 8
# The Generor document's limit; the others' name none.
MOST_ACTIVE = {"generor": 10}
USED_EVERY_MS = 60_000
_FORM = re.compile(r"(flk_|flx_live_|gnr_live_)[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: an account and the key it came with. Empty `scopes` never occur: none named means all."""

    account_id: str
    user_id: int
    name: str
    plan: str
    key_id: int
    api: str
    scopes: frozenset[str]
    thumbnail_generator: bool


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A fresh key; `api_key` is nowhere else."""

    key_id: int
    api_key: str
    prefix: str
    name: str
    scopes: tuple[str, ...]


def mint(db: Connection, vault: Vault, account_id: str, api: str, name: str, scopes: Sequence[str] = ()) -> MintedKey:
    """A new key of `api`; without scopes it has all of that API.

    Raises ValidationError for a scope that the API has not, Conflict at 10 active Generor keys.
    """
    for scope in scopes:
        if scope not in ALL_SCOPES[api]:
            raise ValidationError.at("/scopes", f"{scope} is not one of {', '.join(ALL_SCOPES[api])}")
    _check_room(db, account_id, api)
    api_key = HEADS[api] + secrets.token_hex(20)
    prefix = api_key[: len(HEADS[api]) + SHOWN]
    granted = tuple(scopes) or ALL_SCOPES[api]
    row = {
        "account_id": account_id,
        "api": api,
        "name": name,
        "prefix": prefix,
        "hash": vault.digest(api_key),
        "scopes": orjson.dumps(granted).decode(),
        "created_at": now(),
    }
    key_id = db.execute(insert(api_keys).values(**row).returning(api_keys.c.id)).scalar_one()
    return MintedKey(key_id, api_key, prefix, name, granted)


def mint_as(db: Connection, vault: Vault, caller: Caller, api: str, name: str, scopes: Sequence[str] = ()) -> MintedKey:
    """A new key of the caller's account; without scopes it has the caller's own.

    Source: contract, section 6. Raises Forbidden for a scope that the caller lacks, and as `mint` does.
    """
    wanted = tuple(dict.fromkeys(scopes)) or tuple(scope for scope in ALL_SCOPES[api] if scope in caller.scopes)
    lacking = [scope for scope in wanted if scope not in caller.scopes]
    if lacking:
        raise Forbidden(f"The API key lacks the scope {lacking[0]}, so it can't give it away.", needed=lacking[0])
    return mint(db, vault, caller.account_id, api, name, wanted)


_WANTED = (
    api_keys.c.id,
    api_keys.c.api,
    api_keys.c.hash,
    api_keys.c.scopes,
    api_keys.c.account_id,
    accounts.c.user_id,
    accounts.c.name,
    accounts.c.plan,
    accounts.c.thumbnail_generator,
)


_ACTIVE_BY_PREFIX = (
    select(*_WANTED)
    .join(accounts, accounts.c.id == api_keys.c.account_id)
    .where(api_keys.c.prefix == bindparam("wanted"), api_keys.c.revoked_at.is_(None))
)


def _check_room(db: Connection, account_id: str, api: str) -> None:
    if api not in MOST_ACTIVE:
        return
    # Locked, so that two mints at once don't both find room.
    db.execute(select(accounts.c.id).where(accounts.c.id == account_id).with_for_update())
    active = db.execute(select(func.count()).select_from(api_keys).where(_active(account_id, api))).scalar_one()
    if active >= MOST_ACTIVE[api]:
        raise Conflict(f"The account has {active} active {api} keys, which is the most; revoke one first.")


def authenticate(db: Connection, vault: Vault, token: str) -> Caller:
    """Whose key this is. Raises Unauthorized for one that is malformed, unknown or revoked."""
    head = _FORM.fullmatch(token)
    if head is not None:
        for row in db.execute(_ACTIVE_BY_PREFIX, {"wanted": token[: len(head[1]) + SHOWN]}):
            if vault.matches(token, row.hash):
                return _caller(row)
    raise Unauthorized("Invalid API key.")


def touch(db: Connection, key_ids: Sequence[int]) -> None:
    """Note that these keys were used, at most once a minute each."""
    stale = api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < now() - USED_EVERY_MS)
    db.execute(update(api_keys).where(api_keys.c.id.in_(key_ids), stale).values(last_used_at=now()))


def active(account_id: str, api: str) -> Select[*tuple[Any, ...]]:
    """A query for the account's active keys of `api`, without their hashes."""
    columns = (api_keys.c.id, api_keys.c.name, api_keys.c.prefix, api_keys.c.scopes, api_keys.c.created_at)
    return select(*columns, api_keys.c.last_used_at).where(_active(account_id, api))


def list_keys(db: Connection, account_id: str, api: str) -> Sequence[Any]:
    """The account's active keys of `api`, oldest first, without their hashes."""
    return db.execute(active(account_id, api).order_by(api_keys.c.id)).all()


def revoke(db: Connection, account_id: str, key_id: int, api: str | None = None) -> None:
    """Deactivate it at once. Raises NotFound for a key that isn't the account's (or not of `api`) or is revoked."""
    mine = (api_keys.c.id == key_id) & (api_keys.c.account_id == account_id) & api_keys.c.revoked_at.is_(None)
    if api is not None:
        mine &= api_keys.c.api == api
    if not db.execute(update(api_keys).where(mine).values(revoked_at=now())).rowcount:
        raise NotFound(f"There is no active key {key_id}.")


def _active(account_id: str, api: str) -> Any:
    return (api_keys.c.account_id == account_id) & (api_keys.c.api == api) & api_keys.c.revoked_at.is_(None)


def _caller(row: Any) -> Caller:
    return Caller(
        account_id=row.account_id,
        user_id=row.user_id,
        name=row.name,
        plan=row.plan,
        key_id=row.id,
        api=row.api,
        scopes=frozenset(orjson.loads(row.scopes)) or frozenset(ALL_SCOPES[row.api]),
        thumbnail_generator=bool(row.thumbnail_generator),
    )
