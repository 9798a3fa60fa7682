"""Events of runs: the body is the run, as bytes that are signed and posted unchanged."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection, select

from service.accounts import usage
from service.accounts.budgets import Crossing
from service.context import Context
from service.delivery import events
from service.runs.read import LISTED, as_told
from service.store.clock import iso, new_id, now
from service.store.database import afterwards
from service.store.lists import one_of
from service.store.statements import Statement, together
from service.store.tables import accounts, callbacks, run_bodies, runs
from service.telemetry import metrics

BUDGET_THRESHOLD = "budget.threshold"
STARTED = "run.started"
TYPE_OF = {"completed": "run.completed", "failed": "run.failed", "canceled": "run.canceled"}


def final_event(context: Context, db: Connection, run_id: str) -> None:
    """Put the event of a run that was done at once on its way, in the transaction that stores it."""
    _tell(context, db, events.heard(db, [run_id]))


def final_events(context: Context, db: Connection, run_ids: Sequence[str]) -> None:
    """Close the ended runs' usage and put their events on their way, in the transaction that ends them.

    Every way in which a queued run ends comes through here.
    """
    closed, ends = together(db, usage.closing(run_ids), (_ENDS, {"run_ids": run_ids}))
    for crossing in usage.settle(db, closed, {row.account_id for row in ends if row.budgeted}):
        events.emit_to_account(db, crossing.account_id, BUDGET_THRESHOLD, _crossed(crossing))
    afterwards(db, partial(_count_ends, ends))
    _tell(context, db, [row.id for row in ends if row.heard])


def _count_ends(rows: Sequence[Any]) -> None:
    for row in rows:
        metrics.run_seconds.labels(row.action, row.status).observe((row.finished_at - row.created_at) / 1000)
        metrics.credits_charged.labels(row.action).inc(row.credits_charged)


def _crossed(crossing: Crossing) -> dict[str, Any]:
    return {"budget": crossing.budget, "percent": crossing.percent}


def progress_event(context: Context, db: Connection, run_id: str) -> None:
    """Tell of `run.progress` where somebody listens for it."""
    _tell(context, db, events.heard(db, [run_id], events.PROGRESS), events.PROGRESS)


def started_events(context: Context, db: Connection, run_ids: Sequence[str]) -> None:
    """Tell those who listen for it that these runs have been started."""
    _tell(context, db, run_ids, STARTED)


def _tell(context: Context, db: Connection, run_ids: Collection[str], kind: str | None = None) -> None:
    """Put an event of each of these runs on its way; without a `kind` that of its end."""
    if run_ids:
        rows = _rows(db, sorted(run_ids))
        told = zip(rows, as_told(context, db, rows), strict=True)
        events.emit(db, [_event(row, run, kind or TYPE_OF[row["status"]], kind is None) for row, run in told])


def tell_late(context: Context, db: Connection, run_id: str, callback_id: int) -> bool:
    """Tell a callback that was added after the run's end of it; whether there was anything to tell."""
    (row,) = _rows(db, [run_id])
    kind = TYPE_OF.get(row["status"])
    if kind is None:
        return False
    event_id = events.final_of(db, run_id)
    if event_id is None:
        event = _event(row, as_told(context, db, [row])[0], kind, True)
        events.enter(db, [event])
        event_id = event.id
    events.deliver(db, event_id, callback_id)
    return True


def _rows(db: Connection, run_ids: Sequence[str]) -> Sequence[Any]:
    return [row._asdict() for row in _RUNS.all(db, run_ids=run_ids)]


def _event(row: Any, run: dict[str, Any], kind: str, final: bool) -> events.NewEvent:
    moment = now()
    return events.NewEvent(
        id=new_id("msg"),
        run_id=row["id"],
        account_id=row["account_id"],
        type=kind,
        final=final,
        body=orjson.dumps({"type": kind, "timestamp": iso(moment), "data": run}),
        created_at=moment,
    )


# The newest URL that hears of the run.
_callback_url = (
    select(callbacks.c.url)
    .where(callbacks.c.run_id == runs.c.id)
    .order_by(callbacks.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
_RUNS = Statement(
    "events.runs",
    select(*LISTED, _callback_url.label("callback_url"))
    .join(run_bodies, run_bodies.c.run_id == runs.c.id)
    .where(one_of(runs.c.id, "run_ids")),
)
_ENDS = Statement(
    "events.ends",
    select(
        runs.c.id,
        runs.c.account_id,
        runs.c.action,
        runs.c.status,
        runs.c.created_at,
        runs.c.finished_at,
        runs.c.credits_charged,
        accounts.c.budgeted,
        events.hears().label("heard"),
    )
    .join(accounts, accounts.c.id == runs.c.account_id)
    .where(one_of(runs.c.id, "run_ids")),
)
