"""A run's callback URLs: one, or more where a retry of the same request named another."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, and_, insert, select

from service.delivery.shards import listed, shard_of
from service.store.clock import now
from service.store.lists import one_of
from service.store.statements import Statement
from service.store.tables import callbacks, deliveries

# Each replay of a request may add one, and each is posted to.
MOST = 20


def add(db: Connection, run_id: str, url: str, wanted: Sequence[str], headers: str | None = None) -> int:
    """Let `url` hear the `wanted` events of the run; the callback's number. `headers` are sealed."""
    added = insert(callbacks).values(**row(run_id, url, wanted, headers)).returning(callbacks.c.id)
    return int(db.execute(added).scalar_one())


def row(run_id: str, url: str, wanted: Sequence[str], headers: str | None = None) -> dict[str, Any]:
    """The row of a callback, for who enters several together."""
    return {
        "run_id": run_id,
        "url": url,
        "events": listed(list(wanted)),
        "shard": shard_of(url),
        "headers": headers,
        "created_at": now(),
    }


def urls_of(db: Connection, run_id: str) -> set[str]:
    """The URLs that hear of the run already."""
    return set(db.execute(select(callbacks.c.url).where(callbacks.c.run_id == run_id)).scalars())


def status_of(db: Connection, run_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The `callback` member of each run that has one: it speaks of the final event, at the newest URL."""
    if not run_ids:
        return {}
    return {
        row.run_id: {"url": row.url, "status": row.status or "pending", "attempts": row.attempts or 0}
        for row in _STATUS.all(db, run_ids=run_ids)
    }


_final = and_(deliveries.c.callback_id == callbacks.c.id, deliveries.c.final, deliveries.c.run_id == callbacks.c.run_id)
_STATUS = Statement(
    "callbacks.status",
    select(callbacks.c.run_id, callbacks.c.url, deliveries.c.status, deliveries.c.attempts)
    .join(deliveries, _final, isouter=True)
    .where(one_of(callbacks.c.run_id, "run_ids"))
    .order_by(callbacks.c.id),
)
