"""The request that an event's run was accepted with, for logs and traces of its deliveries."""

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

import orjson
import structlog
from sqlalchemy import select

from service.delivery.book import Attempted
from service.store.database import Database
from service.store.tables import events, run_bodies

log = structlog.get_logger("callbacks")


def origins(database: Database, event_ids: Collection[str]) -> dict[str, Mapping[str, str]]:
    """Return for each event of a run its `run`, and the `request_id` and `traceparent` where they are known."""
    query = select(events.c.id, run_bodies.c.run_id, run_bodies.c.order)
    query = query.join(run_bodies, events.c.run_id == run_bodies.c.run_id).where(events.c.id.in_(event_ids))
    with database.read() as db:
        rows = db.execute(query).all()
    return {row.id: {**_origin(row.order), "run": row.run_id} for row in rows}


def _origin(order: str | None) -> dict[str, str]:
    return orjson.loads(order).get("origin") or {} if order else {}


def log_failures(database: Database, tried: Sequence[Attempted]) -> None:
    """Log the attempts that did not deliver, with what follows."""
    failed = [one for one in tried if one.decision.status != "delivered"]
    found = origins(database, {one.due.event_id for one in failed}) if failed else {}
    for one in failed:
        origin = found.get(one.due.event_id, {})
        log.warning(
            "delivery attempt failed",
            delivery=one.due.id,
            run=origin.get("run"),
            account=one.due.account_id,
            request_id=origin.get("request_id"),
            host=urlsplit(one.due.url).hostname,
            status=one.answer.status,
            error=one.answer.error,
            again_in_s=round(one.decision.delay_s, 1) if one.decision.status == "pending" else None,
        )
