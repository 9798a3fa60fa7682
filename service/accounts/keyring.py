"""Keys that an account brings along, encrypted: for providers (BYOK) and for the hosted originals (connections)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sqlalchemy import Connection, Table, delete, insert, select, update

from service.accounts.crypt import Vault
from service.config import PROVIDERS
from service.errors import ValidationError
from service.store.clock import now
from service.store.tables import connections, provider_keys


@dataclass(frozen=True, slots=True)
class OwnKey:
    """A key in the clear, and the address it is for where that isn't the public one."""

    key: str = field(repr=False)
    base_url: str | None
    enabled: bool = True


def set_provider(
    db: Connection, vault: Vault, account_id: str, provider: str, key: str, base_url: str | None, enabled: bool
) -> None:
    """Keep the account's key for one of the providers, in place of the one before. Raises ValidationError."""
    _known(provider, PROVIDERS, "/provider")
    _replace(db, vault, provider_keys, account_id, {"provider": provider}, key, base_url, {"enabled": enabled})


def provider(db: Connection, vault: Vault, account_id: str, provider: str) -> OwnKey | None:
    """Return the account's key for a provider, enabled or not; None where it has none."""
    mine = (provider_keys.c.account_id == account_id) & (provider_keys.c.provider == provider)
    row = db.execute(select(provider_keys).where(mine)).one_or_none()
    return None if row is None else OwnKey(vault.decrypt(row.key), row.base_url, row.enabled)


def set_connection(db: Connection, vault: Vault, account_id: str, name: str, key: str, base_url: str | None) -> None:
    """Keep the account's key for the hosted original of an API, in place of the one before. Raises ValidationError."""
    _replace(db, vault, connections, account_id, {"name": name}, key, base_url, {})


def connection(db: Connection, vault: Vault, account_id: str, name: str) -> OwnKey | None:
    """Return the account's key for a hosted original; None where it has none."""
    mine = (connections.c.account_id == account_id) & (connections.c.name == name)
    row = db.execute(select(connections).where(mine)).one_or_none()
    return None if row is None else OwnKey(vault.decrypt(row.key), row.base_url)


def connected(db: Connection, account_id: str) -> dict[str, str | None]:
    """Return the hosted originals that the account has a key for, with the addresses that aren't the public ones."""
    query = select(connections.c.name, connections.c.base_url).where(connections.c.account_id == account_id)
    return {row.name: row.base_url for row in db.execute(query.order_by(connections.c.name))}


def providers(db: Connection, account_id: str) -> dict[str, bool]:
    """Return the providers that the account has a key for, and whether each is enabled."""
    mine = provider_keys.c.account_id == account_id
    return {row.provider: bool(row.enabled) for row in db.execute(select(provider_keys).where(mine))}


def replace_provider(db: Connection, vault: Vault, account_id: str, name: str, key: str, enabled: bool) -> None:
    """Keep a key for a provider; its address stays the one that the command line set. Raises ValidationError."""
    before = provider(db, vault, account_id, name)
    set_provider(db, vault, account_id, name, key, before.base_url if before else None, enabled)


def replace_connection(db: Connection, vault: Vault, account_id: str, name: str, key: str) -> None:
    """Keep a connection's key; its address stays the one that the command line set. Raises ValidationError."""
    before = connection(db, vault, account_id, name)
    set_connection(db, vault, account_id, name, key, before.base_url if before else None)


def delete_provider(db: Connection, account_id: str, name: str) -> bool:
    """Delete the account's key for a provider; False where it has none."""
    mine = (provider_keys.c.account_id == account_id) & (provider_keys.c.provider == name)
    return bool(db.execute(delete(provider_keys).where(mine)).rowcount)


def delete_connection(db: Connection, account_id: str, name: str) -> bool:
    """Delete the account's key for a connection; False where it has none."""
    mine = (connections.c.account_id == account_id) & (connections.c.name == name)
    return bool(db.execute(delete(connections).where(mine)).rowcount)


def _replace(
    db: Connection,
    vault: Vault,
    table: Table,
    account_id: str,
    named: dict[str, str],
    key: str,
    base_url: str | None,
    more: dict[str, bool],
) -> None:
    if not key.strip():
        raise ValidationError.at("/key", "the key is empty")
    if base_url is not None and (urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname):
        raise ValidationError.at("/base_url", "the base URL must begin with http:// or https:// and name a host")
    mine = table.c.account_id == account_id
    for column, value in named.items():
        mine &= table.c[column] == value
    values = {"key": vault.encrypt(key.strip()), "base_url": base_url and base_url.rstrip("/"), **more}
    if not db.execute(update(table).where(mine).values(**values)).rowcount:
        db.execute(insert(table).values(account_id=account_id, created_at=now(), **named, **values))


def _known(name: str, names: Sequence[str], pointer: str) -> None:
    if name not in names:
        raise ValidationError.at(pointer, f"{name} is not one of {', '.join(names)}")
