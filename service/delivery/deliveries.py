"""Deliveries as callers see them, and again on request."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Row, func, or_, select, update

from service.delivery.shards import shard_of
from service.errors import NotFound
from service.store.clock import iso, now
from service.store.tables import attempts, deliveries, events

MOST_REPLAYED = 1000
_FRESH: dict[str, Any] = {"status": "pending", "tries": 0, "early": 0, "finished_at": None}
# What may follow a host in a URL.
_AFTER_HOST = ("", "/%", ":%", "?%", "#%", ".", "./%", ".:%")


@dataclass(frozen=True, slots=True)
class Filter:
    """Which deliveries of an account; a member that is None says nothing."""

    status: str | None = None
    host: str | None = None
    run: str | None = None

    def of(self, account_id: str) -> ColumnElement[bool]:
        """The account's deliveries that fit."""
        which = deliveries.c.account_id == account_id
        if self.status is not None:
            which &= deliveries.c.status == self.status
        if self.run is not None:
            which &= deliveries.c.run_id == self.run
        return which if self.host is None else which & _at(self.host)


def of_run(db: Connection, account_id: str, run_id: str) -> list[dict[str, Any]]:
    """Every delivery of the run with its attempts, oldest first."""
    query = select(deliveries).where(deliveries.c.run_id == run_id, deliveries.c.account_id == account_id)
    return _shown(db, db.execute(query.order_by(deliveries.c.created_at, deliveries.c.id)).all())


def get(db: Connection, account_id: str, delivery_id: str) -> dict[str, Any]:
    """One delivery with the `body` that is posted at every attempt. Raises NotFound."""
    this = (deliveries.c.id == delivery_id) & (deliveries.c.account_id == account_id)
    row = db.execute(select(deliveries).where(this)).one_or_none()
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}.")
    body = db.execute(select(events.c.body).where(events.c.id == row.event_id)).scalar_one()
    return _shown(db, [row])[0] | {"body": orjson.loads(body)}


def page(db: Connection, account_id: str, which: Filter, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of the account's deliveries, newest first: `{"data": […], "next_cursor": "…" or null}`."""
    query = select(deliveries).where(which.of(account_id)).order_by(deliveries.c.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(deliveries.c.id < cursor)
    rows = db.execute(query).all()
    shown = _shown(db, rows[:limit])
    return {"data": shown, "next_cursor": shown[-1]["id"] if len(rows) > limit else None}


def replay(db: Connection, delivery_id: str, account_id: str | None = None) -> dict[str, Any]:
    """Post it again from now, under the same webhook-id and a fresh schedule. Raises NotFound."""
    this = deliveries.c.id == delivery_id
    if account_id is not None:
        this &= deliveries.c.account_id == account_id
    if not db.execute(update(deliveries).where(this).values(**_FRESH, next_attempt_at=now())).rowcount:
        raise NotFound(f"There is no delivery {delivery_id}.")
    return _shown(db, db.execute(select(deliveries).where(this)).all())[0]


def replay_all(db: Connection, account_id: str, which: Filter, dry_run: bool) -> dict[str, Any]:
    """Post those that fit again, the oldest first, 1,000 at most; with `dry_run` only tell how many these are."""
    query = select(deliveries.c.id).where(which.of(account_id)).order_by(deliveries.c.id).limit(MOST_REPLAYED + 1)
    found = list(db.execute(query).scalars())
    chosen = found[:MOST_REPLAYED]
    if chosen and not dry_run:
        db.execute(update(deliveries).where(deliveries.c.id.in_(chosen)).values(**_FRESH, next_attempt_at=now()))
    return {"count": len(chosen), "dry_run": dry_run, "more": len(found) > len(chosen), "deliveries": chosen}


def failed_since(db: Connection, moment: int) -> list[str]:
    """The deliveries that were given up since `moment` (Unix milliseconds)."""
    query = select(deliveries.c.id).where(deliveries.c.status == "failed", deliveries.c.finished_at >= moment)
    return list(db.execute(query.order_by(deliveries.c.finished_at)).scalars())


def _at(host: str) -> ColumnElement[bool]:
    """Those whose URL has this host, whatever the scheme, the port, the case or a final dot.

    A host's deliveries lie in one shard, which leaves a sixty-fourth of them to be compared.
    """
    plain = host.strip().strip("[]").rstrip(".").lower()
    written = f"[{plain}]" if ":" in plain else plain
    escaped = written.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    url = func.lower(deliveries.c.url)
    fitting = (url.like(f"{way}://{escaped}{after}", escape="\\") for way in ("http", "https") for after in _AFTER_HOST)
    return (deliveries.c.shard == shard_of(f"http://{written}/")) & or_(*fitting)


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
