"""Retention: runs that ended long ago are deleted with their events, deliveries, attempts and files.

What somebody still holds stays: creations with their files, Flokan generations (which are shown from their run, so its
row stays, and is no run to anybody any more), the ledger and usage. Batches are small, and grow or shrink so that each
holds the database's writer for a few milliseconds.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from sqlalchemy import Connection, Table, delete, exists, func, select, update

from service.accounts import usage
from service.config import Settings
from service.context import Context
from service.files.removal import remove_files
from service.runs.read import KEPT
from service.runs.removal import delete_runs
from service.store.batches import SIZES, in_batches, sized
from service.store.clock import now
from service.store.database import Database
from service.store.kept import read
from service.store.migrate import MADE_BY
from service.store.tables import (
    attempts,
    callbacks,
    deliveries,
    drift,
    events,
    files,
    generations,
    idempotency,
    intents,
    run_bodies,
    runs,
    samples,
)

DEFAULT_DAYS = 90
DAY_MS = 24 * 3600 * 1000
log = structlog.get_logger("retention")


@dataclass(slots=True)
class Deleted:
    """The rows and files that a round deleted. `days` is 0 where nothing is ever deleted."""

    days: int
    runs: int = 0
    files: int = 0


def days_kept(settings: Settings, database: Database) -> int:
    """Days that ended runs are kept: RETENTION_DAYS, else 90, or for ever (0) on a database of an older version."""
    if settings.retention_days is not None:
        return settings.retention_days
    with database.read() as db:
        return DEFAULT_DAYS if read(db, MADE_BY) else 0


def run(context: Context, days: int, stopping: threading.Event | None = None) -> Deleted:
    """Delete what ended more than `days` ago, until nothing is left of it or `stopping` is set."""
    told = Deleted(days)
    if not days:
        return told
    before, cursor, size = now() - days * DAY_MS, "", SIZES[0]
    while not (stopping and stopping.is_set()) and (batch := _next(context.database, before, cursor, size)):
        began = time.monotonic()
        told.files += context.database.write(partial(_delete, batch=batch))
        took = time.monotonic() - began
        told.runs += len(batch)
        cursor = batch[-1].id
        size = sized(size, took)
        # Others write as long as this did.
        time.sleep(took)
    _delete_records(context.database, before)
    if told.runs:
        log.info("ended runs deleted", runs=told.runs, files=told.files, days=days)
    return told


def _next(database: Database, before: int, cursor: str, most: int) -> Sequence[Any]:
    """List the next runs that nothing holds any more, each with its generation where it has one."""
    open_delivery = exists().where(deliveries.c.run_id == runs.c.id, deliveries.c.status == "pending")
    old = (runs.c.slot == "ended") & (runs.c.finished_at < before) & (runs.c.held == 0) & ~open_delivery
    kinds = (runs.c.kind == "generate") | ((runs.c.kind == KEPT) & generations.c.id.is_(None))
    query = (
        select(runs.c.id, runs.c.account_id, generations.c.id.label("generation"))
        .outerjoin(generations, generations.c.run_id == runs.c.id)
        .where(runs.c.id > cursor, old, kinds)
        .order_by(runs.c.id)
        .limit(most)
    )
    with database.read() as db:
        return db.execute(query).all()


def _delete(db: Connection, batch: Sequence[Any]) -> int:
    """Delete a batch; how many files went with it."""
    gone = [row.id for row in batch if row.generation is None]
    _keep_for_generations(db, [row.id for row in batch if row.generation is not None])
    if not gone:
        return 0
    mine = files.c.run_id.in_(gone) & files.c.creation_id.is_(None)
    count = int(db.execute(select(func.count()).select_from(files).where(mine)).scalar_one())
    for account_id in {row.account_id for row in batch} if count else ():
        remove_files(db, account_id, mine)
    db.execute(delete(idempotency).where(idempotency.c.run_id.in_(gone)))
    delete_runs(db, gone)
    return count


def _keep_for_generations(db: Connection, run_ids: Sequence[str]) -> None:
    """Delete all of these runs but what their generations are shown from."""
    if not run_ids:
        return
    usage.forget(db, run_ids)
    theirs = select(deliveries.c.id).where(deliveries.c.run_id.in_(run_ids))
    db.execute(delete(attempts).where(attempts.c.delivery_id.in_(theirs)))
    for table in (deliveries, callbacks, events, intents, idempotency):
        db.execute(delete(table).where(table.c.run_id.in_(run_ids)))
    db.execute(update(runs).where(runs.c.id.in_(run_ids)).values(kind=KEPT, group=None))
    db.execute(update(run_bodies).where(run_bodies.c.run_id.in_(run_ids)).values(input="{}", metadata=None))


def _delete_records(database: Database, before: int) -> None:
    """Delete what was noted of durations and costs, oldest first."""
    for table in (samples, drift):
        in_batches(database, partial(_delete_noted, table=table, before=before))


def _delete_noted(db: Connection, most: int, table: Table, before: int) -> int:
    oldest = db.execute(select(table.c.id, table.c.created_at).order_by(table.c.id).limit(most)).all()
    old = [row.id for row in oldest if row.created_at < before]
    if old:
        db.execute(delete(table).where(table.c.id.in_(old)))
    return len(old)
