"""Removal of files: rows first, so that they are out of reach at once; their objects after, by the sweeper.

`deletions` lists objects from the moment on from which they may be deleted. One that is being written is listed for
later and taken off the list by the transaction that enters its row: a crash in between leaves nothing behind.
"""

from collections import Counter
from collections.abc import Iterable
from functools import partial

import structlog
from sqlalchemy import ColumnElement, Connection, delete, select

from service.files.storage import give_back
from service.store.clock import now
from service.store.database import Database
from service.store.objects import ObjectStore
from service.store.tables import deletions, files
from service.store.upsert import upsert

BATCH = 200
log = structlog.get_logger("removal")


def remove_files(db: Connection, account_id: str, which: ColumnElement[bool]) -> None:
    """Remove the account's files that `which` picks."""
    _remove(db, (files.c.account_id == account_id) & which)


def remove_expired(db: Connection, most: int, moment: int) -> int:
    """Remove up to `most` of the files that were kept until `moment`, in Unix milliseconds; how many."""
    expired = select(files.c.path).where(files.c.expires_at < moment).limit(most)
    paths = list(db.execute(expired).scalars())
    if paths:
        _remove(db, files.c.path.in_(paths) & (files.c.expires_at < moment))
    return len(paths)


def delete_later(db: Connection, keys: Iterable[str], at: int | None = None) -> None:
    """Have objects deleted, from now or the moment `at` on: everything below a key that ends with a slash."""
    for key in keys:
        row = {"object": key, "created_at": now() if at is None else at}
        upsert(db, deletions, ["object"], row, ["created_at"])


def keep_object(db: Connection, key: str) -> None:
    """Take an object off the list, in the transaction that enters its row."""
    db.execute(delete(deletions).where(deletions.c.object == key))


def delete_objects(database: Database, objects: ObjectStore) -> None:
    """Delete the objects that are due, then their rows; one that can't be deleted now is tried again later."""
    tried: set[str] = set()
    while True:
        due = select(deletions.c.object).where(deletions.c.created_at <= now(), deletions.c.object.not_in(tried))
        with database.read() as db:
            keys = list(db.execute(due.limit(BATCH)).scalars())
        gone = [key for key in keys if _deleted(objects, key)]
        if gone:
            database.write(partial(_forget, gone))
        tried.update(set(keys).difference(gone))
        if len(keys) < BATCH:
            return


def _deleted(objects: ObjectStore, key: str) -> bool:
    try:
        objects.delete(key)
    except Exception:
        # A storage that refuses one object may take the next.
        log.exception("object not deleted, trying again later", object=key)
        return False
    return True


def _forget(keys: list[str], db: Connection) -> None:
    db.execute(delete(deletions).where(deletions.c.object.in_(keys)))


def _remove(db: Connection, which: ColumnElement[bool]) -> None:
    columns = (files.c.account_id, files.c.object, files.c.size)
    gone = db.execute(delete(files).where(which).returning(*columns)).all()
    delete_later(db, (row.object for row in gone))
    sizes: Counter[str] = Counter()
    for row in gone:
        sizes[row.account_id] += row.size
    give_back(db, sizes)
