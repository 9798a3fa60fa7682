"""API keys: minted once, stored as a keyed hash.

A key that another one minted ends with it. A key that was rotated goes on until its grace is over; its successor has
its parent, scopes and budget, and is the parent of what it minted.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, func, insert, or_, select, update

from service.accounts import budgets
from service.accounts.crypt import Vault
from service.definitions import Api
from service.errors import Conflict, Forbidden, NotFound, ValidationError
from service.store.clock import now
from service.store.tables import api_keys

# No API's own: the command line alone gives them, by name.
ADMIN, OPERATOR = "admin", "operator"
SPECIAL = (ADMIN, OPERATOR)
SECRET_DIGITS = 40
# The digits of the secret that a prefix shows.
SHOWN = 8
USED_EVERY_MS = 60_000


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of a request: an account and the key it came with.

    `own_providers` are those that the account has an enabled key of its own for. `digest` is the key's hash by the
    first secret key, where the stored one was made with a later one.
    """

    account_id: str
    user_id: int
    name: str
    plan: str
    key_id: int
    api: str
    scopes: frozenset[str]
    thumbnail_generator: bool
    operator: bool = False
    own_providers: frozenset[str] = frozenset()
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A fresh key; `api_key` is nowhere else."""

    key_id: int
    api_key: str
    prefix: str
    name: str
    scopes: tuple[str, ...]


def mint(
    db: Connection,
    vault: Vault,
    account_id: str,
    api: Api,
    name: str,
    scopes: Sequence[str] = (),
    parent_id: int | None = None,
) -> MintedKey:
    """Make a key of `api`; without scopes it has all of that API.

    Raises ValidationError for a scope that there is not, Conflict where the account has as many keys as the API allows.
    """
    known = (*api.auth["scopes"], *SPECIAL)
    for scope in scopes:
        if scope not in known:
            raise ValidationError.at("/scopes", f"{scope} is not one of {', '.join(known)}")
    _check_room(db, account_id, api)
    return enter(db, vault, account_id, api, name, tuple(scopes) or tuple(api.auth["scopes"]), parent_id)


def mint_as(db: Connection, vault: Vault, caller: Caller, api: Api, name: str, scopes: Sequence[str] = ()) -> MintedKey:
    """Make a key of the caller's account below the caller's own; without scopes it has those of the caller's.

    Raises Forbidden for a scope that the caller lacks or that only the command line gives, and as `mint` does.
    """
    wanted = tuple(dict.fromkeys(scopes)) or tuple(scope for scope in api.auth["scopes"] if covers(caller, api, scope))
    for scope in wanted:
        if scope in SPECIAL:
            raise Forbidden(f"Only the command line gives the scope {scope}: keys create NAME --scopes …,{scope}.")
        if scope in api.auth["scopes"] and not covers(caller, api, scope):
            raise Forbidden(f"The API key lacks the scope {scope}, so it can't give it away.", needed=scope)
    if not wanted:
        raise Forbidden(f"The API key has no scope that a key of {api.title} could have.")
    return mint(db, vault, caller.account_id, api, name, wanted, parent_id=caller.key_id)


def covers(caller: Caller, api: Api, scope: str) -> bool:
    """Tell whether the caller's key may do all that a key of `api` with this scope may."""
    if scope in SPECIAL or caller.api == api.name:
        return scope in caller.scopes
    mine = api.callers.get(caller.api)
    if mine is None:
        return False
    kinds = [kind for kind, needed in api.auth["default_scope_by_kind"].items() if needed == scope]
    return all(mine[kind] in caller.scopes for kind in kinds)


def revoke(db: Connection, account_id: str, key_id: int, api: str | None = None) -> list[str]:
    """End the key and every key below it at once; their prefixes, its own first.

    Raises NotFound for a key that isn't the account's (or not of `api`) or has ended.
    """
    mine = (api_keys.c.id == key_id) & active_of(account_id, api)
    row = db.execute(select(api_keys.c.prefix).where(mine).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"There is no active key {key_id}.")
    below = select(api_keys.c.id).where(api_keys.c.id == key_id).cte("below", recursive=True)
    below = below.union(select(api_keys.c.id).join(below, api_keys.c.parent_id == below.c.id))
    ending = api_keys.c.id.in_(select(below.c.id)) & unended(now())
    ended = db.execute(select(api_keys.c.id, api_keys.c.prefix).where(ending).order_by(api_keys.c.id)).all()
    db.execute(update(api_keys).where(api_keys.c.id.in_([one.id for one in ended])).values(revoked_at=now()))
    return [row.prefix, *(one.prefix for one in ended if one.id != key_id)]


def scopes_of(row: Any) -> list[str]:
    """Read the scopes of a row of `api_keys`."""
    found: list[str] = orjson.loads(row.scopes)
    return found


def find(db: Connection, account_id: str, prefix: str) -> Row[Any]:
    """The account's active key with this prefix. Raises NotFound, and Conflict where two keys have it."""
    mine = (api_keys.c.prefix == prefix) & active_of(account_id)
    rows = db.execute(select(api_keys).where(mine)).all()
    if len(rows) > 1:
        raise Conflict(f"{len(rows)} keys begin with {prefix}; end one by its number: keys revoke NAME NUMBER.")
    if not rows:
        raise NotFound(f"There is no active key {prefix}.")
    return rows[0]


def change(db: Connection, key_id: int, **values: Any) -> None:
    """Set columns of the key: name."""
    db.execute(update(api_keys).where(api_keys.c.id == key_id).values(**values))


def touch(db: Connection, key_ids: Sequence[int]) -> None:
    """Note that these keys were used, at most once a minute each."""
    stale = api_keys.c.last_used_at.is_(None) | (api_keys.c.last_used_at < now() - USED_EVERY_MS)
    db.execute(update(api_keys).where(api_keys.c.id.in_(key_ids), stale).values(last_used_at=now()))


def active(account_id: str, api: str | None = None) -> Select[*tuple[Any, ...]]:
    """A query for the account's active keys (of `api`, where one is named), without their hashes."""
    parents = api_keys.alias("parents")
    columns = [column for column in api_keys.c if column.name not in ("hash", "hashed_by")]
    query = select(*columns, parents.c.prefix.label("parent")).outerjoin(parents, parents.c.id == api_keys.c.parent_id)
    return query.where(active_of(account_id, api))


def list_keys(db: Connection, account_id: str, api: str | None = None) -> Sequence[Any]:
    """The account's active keys (of `api`, where one is named), oldest first, without their hashes."""
    return db.execute(active(account_id, api).order_by(api_keys.c.id)).all()


def active_of(account_id: str, api: str | None = None) -> ColumnElement[bool]:
    """The condition on `api_keys` for the account's keys that have not ended."""
    mine = (api_keys.c.account_id == account_id) & unended(now())
    return mine if api is None else mine & (api_keys.c.api == api)


def unended(moment: Any) -> ColumnElement[bool]:
    """The condition on `api_keys` that a key has neither been revoked nor expired by then."""
    return api_keys.c.revoked_at.is_(None) & or_(api_keys.c.expires_at.is_(None), api_keys.c.expires_at > moment)


def _check_room(db: Connection, account_id: str, api: Api) -> None:
    most = api.auth.get("max_active_keys")
    if most is None:
        return
    # Locked, so that two mints at once don't both find room.
    budgets.lock(db, account_id)
    # One that was rotated has given its place to its successor.
    taken = active_of(account_id, api.name) & api_keys.c.successor_id.is_(None)
    count = db.execute(select(func.count()).select_from(api_keys).where(taken)).scalar_one()
    if count >= most:
        raise Conflict(f"The account has {count} active {api.name} keys, which is the most; revoke one first.")


def enter(
    db: Connection, vault: Vault, account_id: str, api: Api, name: str, scopes: tuple[str, ...], parent_id: int | None
) -> MintedKey:
    """Make a key without asking whether it may be."""
    head = api.auth["key_prefix"]
    api_key = head + secrets.token_hex(SECRET_DIGITS // 2)
    prefix = api_key[: len(head) + SHOWN]
    row = {
        "account_id": account_id,
        "api": api.name,
        "name": name,
        "prefix": prefix,
        "hash": vault.digest(api_key),
        "hashed_by": vault.fingerprint,
        "scopes": orjson.dumps(scopes).decode(),
        "parent_id": parent_id,
        "created_at": now(),
    }
    key_id = db.execute(insert(api_keys).values(**row).returning(api_keys.c.id)).scalar_one()
    return MintedKey(key_id, api_key, prefix, name, scopes)
