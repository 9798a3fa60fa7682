"""Ending a run without a result: failed, canceled, timed out or lost. The first commit wins.

Source: design, «The life of a run», 4; contract, sections 3 and 5.
"""

from typing import Any

import orjson
from sqlalchemy import Connection, select, update

from service.accounts import ledger
from service.context import Context
from service.errors import Conflict, NotFound, ServiceError
from service.files.naming import made_objects
from service.files.removal import delete_later
from service.queue import DELIVERIES, ENDED
from service.runs.events import final_events
from service.store.clock import now
from service.store.database import afterwards
from service.store.tables import run_bodies, runs


def error_json(error: ServiceError) -> dict[str, Any]:
    """Word a run's `error`: its code is one of those that are documented for runs."""
    return {
        "code": error.run_code,
        "message": error.message,
        "status": error.status,
        "permanent": error.permanent,
        "retry_after": error.retry_after,
        "provider": error.provider,
    }


def cancel(context: Context, account_id: str, run_id: str) -> None:
    """End the account's run as canceled. Raises NotFound, and Conflict where it has ended."""

    def work(db: Connection) -> None:
        status = db.execute(
            select(runs.c.status).where(runs.c.id == run_id, runs.c.account_id == account_id)
        ).scalar_one_or_none()
        if status is None:
            raise NotFound(f"There is no run {run_id}.")
        if not cancel_within(context, db, run_id):
            raise Conflict(f"The run {run_id} has ended already ({status}).")

    context.database.write(work)


def cancel_within(context: Context, db: Connection, run_id: str) -> bool:
    """The same as a part of a write that goes on: whether this ended it. Who waits is told once that is committed."""
    if not end(db, run_id, "canceled", None):
        return False
    final_events(context, db, [run_id])

    def tell() -> None:
        context.bell.announce(DELIVERIES)
        context.bell.announce(ENDED, [run_id])

    afterwards(db, tell)
    return True


def end(db: Connection, run_id: str, status: str, error: dict[str, Any] | None, fence: int | None = None) -> bool:
    """End it unless it has ended, and release its hold; whether this did. With `fence`, only for its holder."""
    mine = (runs.c.id == run_id) & (runs.c.slot != "ended")
    if fence is not None:
        mine &= (runs.c.fence == fence) & (runs.c.slot == "claimed")
    ended = db.execute(
        select(runs.c.account_id, runs.c.api, runs.c.held, runs.c.fence).where(mine).with_for_update()
    ).one_or_none()
    if ended is None:
        return False
    values = {"status": status, "slot": "ended", "worker": None, "finished_at": now(), "held": 0}
    if not db.execute(update(runs).where(mine).values(fence=runs.c.fence + 1, **values)).rowcount:
        return False
    stored = None if error is None else orjson.dumps(error).decode()
    db.execute(update(run_bodies).where(run_bodies.c.run_id == run_id).values(error=stored))
    if ended.fence:
        delete_later(db, [made_objects(run_id)])
    ledger.release(db, ended.account_id, ended.held)
    unpark(db, ended.account_id, ended.api)
    return True


def unpark(db: Connection, account_id: str, api: str) -> None:
    """A parallel place is free: the account's oldest waiting run may be claimed."""
    if api != "flixly":
        return
    waiting = (
        select(runs.c.id)
        .where(runs.c.account_id == account_id, runs.c.api == api, runs.c.slot == "parked")
        .order_by(runs.c.id)
        .limit(1)
        .scalar_subquery()
    )
    db.execute(update(runs).where(runs.c.id == waiting).values(slot="ready", wake_at=now()))
