"""Storage accounting: what an account's files fill, and what its plan, or its own limit, allows."""

from collections.abc import Mapping

from sqlalchemy import Connection, case, select, update

from service.catalog import Catalog
from service.errors import StorageLimitExceeded
from service.store.tables import accounts


def check_room(db: Connection, catalog: Catalog, account_id: str, size: int = 1) -> None:
    """Refuse what no longer fits, counting nothing. Raises StorageLimitExceeded."""
    used, limit = _used_and_limit(db, catalog, account_id)
    if used + size > limit:
        raise _full(used, limit, size)


def claim_room(db: Connection, catalog: Catalog, account_id: str, size: int) -> None:
    """Count a file that is being kept, where it fits. Raises StorageLimitExceeded."""
    used, limit = _used_and_limit(db, catalog, account_id)
    filled = accounts.c.storage_used + size
    fits = (accounts.c.id == account_id) & (filled <= limit)
    # Another write may have filled it since it was read.
    if not db.execute(update(accounts).where(fits).values(storage_used=filled)).rowcount:
        raise _full(used, limit, size)


def count(db: Connection, account_id: str, size: int) -> None:
    """Count files that are there already: what a run made is kept, even where it ends over the limit."""
    filled = accounts.c.storage_used + size
    db.execute(update(accounts).where(accounts.c.id == account_id).values(storage_used=filled))


def give_back(db: Connection, sizes: Mapping[str, int]) -> None:
    """Give removed files' bytes back to their accounts."""
    # In one order, so that two transactions never wait for each other.
    for account_id, size in sorted(sizes.items()):
        left = case((accounts.c.storage_used > size, accounts.c.storage_used - size), else_=0)
        db.execute(update(accounts).where(accounts.c.id == account_id).values(storage_used=left))


def _used_and_limit(db: Connection, catalog: Catalog, account_id: str) -> tuple[int, int]:
    columns = (accounts.c.storage_used, accounts.c.storage_limit, accounts.c.plan)
    row = db.execute(select(*columns).where(accounts.c.id == account_id)).one()
    limit = catalog.plan(row.plan).storage_bytes if row.storage_limit is None else row.storage_limit
    return row.storage_used, limit


def _full(used: int, limit: int, size: int) -> StorageLimitExceeded:
    needed = f" and this file has {size}" if size > 1 else ""
    return StorageLimitExceeded(
        f"{used} of {limit} bytes of storage are used{needed}; delete something, or move to a larger plan.",
        used=used,
        limit=limit,
    )
