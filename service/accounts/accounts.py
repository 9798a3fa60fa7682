"""Accounts: a Generor user with its own Flokan workspace."""

import base64
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from service.accounts import ledger
from service.accounts.crypt import Vault
from service.errors import Conflict, NotFound, ValidationError
from service.store.clock import iso, new_uuid, now
from service.store.tables import (
    accounts,
    api_keys,
    budgets,
    cards,
    connections,
    idempotency,
    provider_keys,
    subscriptions,
)

# A name stands in paths (`/users/{username}`), so it holds no slash.
NAME = re.compile(r"[^\W_](?:[\w .@+'-]{0,98}[\w.+-])?")
# The path of a caller's own profile.
TAKEN = "me"
NAME_RULE = "a name is 1 to 100 letters, digits, spaces or any of . _ @ + ' -, and begins with a letter or digit"
ROTATION_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A fresh account, as `accounts create` shows it."""

    name: str
    user_id: int
    workspace_id: str
    plan: str
    credits: int
    callback_secret: str


def create(db: Connection, vault: Vault, *, name: str, plan: str, credits: int) -> NewAccount:
    """Make an account whose whole starting balance is one purchase. Raises ValidationError, Conflict."""
    if not NAME.fullmatch(name):
        raise ValidationError.at("/name", NAME_RULE)
    if name == TAKEN:
        raise ValidationError.at("/name", f"{TAKEN} is no name: /users/{TAKEN} is whoever asks")
    if credits < 0:
        raise ValidationError.at("/credits", "credits must be 0 or more")
    if db.execute(select(accounts.c.id).where(accounts.c.name == name)).first() is not None:
        raise Conflict(f"There is an account {name} already.")
    user_id = db.execute(select(func.coalesce(func.max(accounts.c.user_id), 0))).scalar_one() + 1
    workspace_id, secret = new_uuid(), _new_secret()
    row = {"id": workspace_id, "user_id": user_id, "name": name, "plan": plan, "created_at": now()}
    try:
        db.execute(insert(accounts).values(**row, secrets=_stored(vault, [(secret, None)])))
    except IntegrityError:
        raise Conflict("Another account was created at the same moment; try again.") from None
    if credits:
        ledger.grant(db, workspace_id, "purchase", credits, "Starting balance")
    return NewAccount(name, user_id, workspace_id, plan, credits, secret)


def find(db: Connection, name: str, deleted: bool = False) -> Row[Any]:
    """Return the account of that name. Raises NotFound, also for one that was deleted unless those are asked for."""
    row = db.execute(select(accounts).where(accounts.c.name == name)).one_or_none()
    if row is None or (row.deleted_at is not None and not deleted):
        raise NotFound(f"There is no account {name}.")
    return row


def summary(db: Connection, name: str) -> dict[str, Any]:
    """Return the account as its operator sees it: plan, balance, storage in bytes, permissions. Raises NotFound."""
    row = find(db, name)
    credits = ledger.balance(db, row.id)
    return {
        "name": row.name,
        "user_id": row.user_id,
        "workspace_id": row.id,
        "plan": row.plan,
        "credits": credits.total,
        "held": credits.held,
        "storage_used": row.storage_used,
        "storage_limit": row.storage_limit,
        "thumbnail_generator": row.thumbnail_generator,
        "operator": row.operator,
        "suspended_at": iso(row.suspended_at),
    }


def suspend(db: Connection, account_id: str) -> None:
    """Refuse every key of the account, and every hold, from now on."""
    change(db, account_id, suspended_at=func.coalesce(accounts.c.suspended_at, now()))


def resume(db: Connection, account_id: str) -> None:
    """Take the account's keys again."""
    change(db, account_id, suspended_at=None)


def erase(db: Connection, account_id: str) -> None:
    """End the account: its keys, secrets, profile and what it kept here.

    The ledger keeps its sums, and the row its name.
    """
    moment = now()
    values: dict[str, Any] = dict.fromkeys(("email", "bio", "website", "avatar"))
    values |= {
        "deleted_at": func.coalesce(accounts.c.deleted_at, moment),
        "suspended_at": None,
        "secrets": "[]",
        "budgeted": False,
    }
    change(db, account_id, **values)
    ended = api_keys.c.account_id == account_id
    db.execute(update(api_keys).where(ended).values(hash="", revoked_at=func.coalesce(api_keys.c.revoked_at, moment)))
    for table in (provider_keys, connections, cards, subscriptions, budgets, idempotency):
        db.execute(delete(table).where(table.c.account_id == account_id))


def change(db: Connection, account_id: str, **values: Any) -> None:
    """Set columns of the account: plan, storage_limit, thumbnail_generator, operator."""
    db.execute(update(accounts).where(accounts.c.id == account_id).values(**values))


def secret_ends(db: Connection, account_id: str) -> list[dict[str, Any]]:
    """Return when each callback secret that signs now ends, the newest first; never the secrets."""
    stored = db.execute(select(accounts.c.secrets).where(accounts.c.id == account_id)).scalar_one()
    ends = [entry["expires_at"] for entry in orjson.loads(stored)]
    return [{"expires_at": iso(end)} for end in ends if end is None or end > now()]


def secrets_of(db: Connection, vault: Vault, account_id: str) -> list[str]:
    """Return the callback secrets that sign now, the newest first: two while one is being rotated."""
    stored = db.execute(select(accounts.c.secrets).where(accounts.c.id == account_id)).scalar_one()
    return good_now(secrets_in(vault, stored))


def secrets_in(vault: Vault, stored: str) -> list[tuple[str, int | None]]:
    """Open a row's `secrets`, the newest first, each with its end (Unix milliseconds) where it has one."""
    return [(vault.decrypt(entry["secret"]), entry["expires_at"]) for entry in orjson.loads(stored)]


def good_now(known: Sequence[tuple[str, int | None]]) -> list[str]:
    """Return those of `secrets_in` that sign now."""
    moment = now()
    return [secret for secret, expires in known if expires is None or expires > moment]


def rotate_secret(db: Connection, vault: Vault, account_id: str) -> str:
    """Make a new callback secret and return it; the ones before sign beside it for 24 hours."""
    # Locked, so that of two rotations at once neither loses the other's secret.
    mine = select(accounts.c.secrets).where(accounts.c.id == account_id).with_for_update()
    stored = db.execute(mine).scalar_one()
    moment, fresh = now(), _new_secret()
    kept = [
        (secret, moment + ROTATION_MS if expires is None else expires)
        for secret, expires in secrets_in(vault, stored)
        if expires is None or expires > moment
    ]
    change(db, account_id, secrets=_stored(vault, [(fresh, None), *kept]))
    return fresh


def create_card(db: Connection, account_id: str, title: str) -> str:
    """Make a board card to link generations to; returns its id. Raises ValidationError."""
    if not 1 <= len(title.strip()) <= 500:
        raise ValidationError.at("/title", "a title is 1 to 500 characters")
    card_id = new_uuid()
    db.execute(insert(cards).values(id=card_id, account_id=account_id, title=title, created_at=now()))
    return card_id


def _new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _stored(vault: Vault, kept: Sequence[tuple[str, int | None]]) -> str:
    return orjson.dumps([{"secret": vault.encrypt(secret), "expires_at": expires} for secret, expires in kept]).decode()
