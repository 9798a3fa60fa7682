"""Deliveries as callers see them, and again on request. Source: contract, sections 3 and 4."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from service.errors import NotFound
from service.store.clock import iso, now
from service.store.tables import attempts, deliveries


def of_run(db: Connection, account_id: str, run_id: str) -> list[dict[str, Any]]:
    """Every delivery of the run with its attempts, oldest first."""
    query = select(deliveries).where(deliveries.c.run_id == run_id, deliveries.c.account_id == account_id)
    return _shown(db, db.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)).all())


def replay(db: Connection, delivery_id: str, account_id: str | None = None) -> dict[str, Any]:
    """Post it again from now, under the same webhook-id and a fresh schedule. Raises NotFound."""
    this = deliveries.c.id == delivery_id
    if account_id is not None:
        this &= deliveries.c.account_id == account_id
    values = {"status": "pending", "next_attempt_at": now(), "tries": 0, "early": 0, "finished_at": None}
    if not db.execute(update(deliveries).where(this).values(**values)).rowcount:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return _shown(db, db.execute(select(deliveries).where(this)).all())[0]


def failed_since(db: Connection, moment: int) -> list[str]:
    """The deliveries that were given up since `moment` (Unix milliseconds)."""
    query = select(deliveries.c.id).where(deliveries.c.status == "failed", deliveries.c.finished_at >= moment)
    return list(db.execute(query.order_by(deliveries.c.finished_at)).scalars())


def _shown(db: Connection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    tried: dict[str, list[dict[str, Any]]] = defaultdict(list)
    query = select(attempts).where(attempts.c.delivery_id.in_([row.id for row in rows])).order_by(attempts.c.id)
    for attempt in db.execute(query):
        tried[attempt.delivery_id].append(
            {
                "at": iso(attempt.at),
                "status_code": attempt.status_code,
                "duration_ms": attempt.duration_ms,
                "response": attempt.response,
                "error": attempt.error,
            }
        )
    return [
        {
            "id": row.id,
            "event": row.event,
            "url": row.url,
            "status": row.status,
            "next_attempt_at": iso(row.next_attempt_at),
            "attempts": tried[row.id],
        }
        for row in rows
    ]
