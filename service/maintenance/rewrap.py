"""Ending a rotation of GENHOOK_SECRET_KEY: everything that is encrypted is encrypted anew by the first key.

The columns are those that the tables mark as sealed. Small batches, each row changed only where it is still what was
read, so that it runs beside a service at work and may be broken off and run again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Table, and_, select, tuple_, update

from service.accounts.crypt import Vault
from service.store.clock import iso, now
from service.store.database import Database
from service.store.tables import accounts, api_keys, metadata
from service.store.tables.base import SEALED

BATCH = 100


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """The number of rows that were encrypted anew, and the active API keys that only an older secret key knows."""

    rows: int
    keys: list[dict[str, Any]]

    @property
    def finished(self) -> bool:
        """Return whether the older secret keys may go."""
        return not self.keys


def rewrap(database: Database, vault: Vault) -> Rewrapped:
    """Encrypt everything by the first key. Raises WrongSecretKey for what none of the keys opens."""
    rows = sum(_rewrap_column(database, vault, column) for column in sealed_columns())
    with database.read() as db:
        return Rewrapped(rows, _keys_of_before(db, vault))


def sealed_columns() -> Iterator[Column[Any]]:
    """Every column that holds encrypted texts."""
    for table in metadata.sorted_tables:
        yield from (column for column in table.c if column.info.get(SEALED))


def _rewrap_column(database: Database, vault: Vault, column: Column[Any]) -> int:
    count, after = 0, None
    while True:
        with database.read() as db:
            rows = db.execute(_page(column, after)).all()
        if not rows:
            return count
        changed = [(tuple(row[:-1]), row[-1], vault.rewrapped(row[-1])) for row in rows]
        stale = [one for one in changed if one[1] != one[2]]
        if stale:
            count += database.write(partial(_put_all, column, stale))
        after = tuple(rows[-1][:-1])


def _page(column: Column[Any], after: tuple[Any, ...] | None) -> Any:
    keys = list(column.table.primary_key)
    query = select(*keys, column).where(column.is_not(None)).order_by(*keys).limit(BATCH)
    return query if after is None else query.where(tuple_(*keys) > tuple_(*after))


def _put_all(column: Column[Any], stale: Sequence[tuple[tuple[Any, ...], str, str]], db: Connection) -> int:
    return sum(_put(db, column, *one) for one in stale)


def _put(db: Connection, column: Column[Any], key: tuple[Any, ...], before: str, after: str) -> int:
    table: Table = column.table
    this = and_(*(part == value for part, value in zip(table.primary_key, key, strict=True)))
    return db.execute(update(table).where(this, column == before).values({column.name: after})).rowcount


def _keys_of_before(db: Connection, vault: Vault) -> list[dict[str, Any]]:
    if not vault.rotating:
        # There is no other key by which a hash could have been made and still be good.
        return []
    stale = api_keys.c.hashed_by.is_(None) | (api_keys.c.hashed_by != vault.fingerprint)
    query = select(api_keys.c.prefix, api_keys.c.last_used_at, accounts.c.name)
    query = query.join(accounts, accounts.c.id == api_keys.c.account_id).where(stale, api_keys.c.revoked_at.is_(None))
    good = api_keys.c.expires_at.is_(None) | (api_keys.c.expires_at > now())
    return [
        {"account": row.name, "prefix": row.prefix, "last_used_at": iso(row.last_used_at)}
        for row in db.execute(query.where(good).order_by(accounts.c.name, api_keys.c.id))
    ]
