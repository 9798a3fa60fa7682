"""Taking made files away: rows now, objects after, and the storage they filled given back.

Source: design, «deletions are rows first»; contract, section 6 («Deleting what is being made»).
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, insert, update

from service.store.clock import now
from service.store.tables import accounts, deletions, files


def remove_files(db: Connection, account_id: str, which: ColumnElement[bool]) -> None:
    """Take the account's files that `which` picks out of reach at once; the sweeper deletes their objects."""
    gone = db.execute(
        delete(files).where(files.c.account_id == account_id, which).returning(files.c.object, files.c.size)
    ).all()
    if not gone:
        return
    rows: list[dict[str, Any]] = [{"object": file.object, "created_at": now()} for file in gone]
    db.execute(insert(deletions), rows)
    left = accounts.c.storage_used - sum(file.size for file in gone)
    db.execute(update(accounts).where(accounts.c.id == account_id).values(storage_used=left))
