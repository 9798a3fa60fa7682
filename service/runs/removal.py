"""Deleting ended runs with everything that only they hold; their usage stays in the sums of its days."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete, select

from service.accounts import usage
from service.store.tables import attempts, callbacks, deliveries, drift, events, intents, run_bodies, runs


def delete_runs(db: Connection, run_ids: Sequence[str]) -> None:
    """Delete these runs, their events, deliveries and attempts. Their files are `service.files.removal`'s."""
    usage.forget(db, run_ids)
    theirs = select(deliveries.c.id).where(deliveries.c.run_id.in_(run_ids))
    db.execute(delete(attempts).where(attempts.c.delivery_id.in_(theirs)))
    for table in (deliveries, callbacks, events, run_bodies, intents, drift):
        db.execute(delete(table).where(table.c.run_id.in_(run_ids)))
    db.execute(delete(runs).where(runs.c.id.in_(run_ids)))
