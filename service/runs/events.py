"""What a run tells the world: the event's body is the run, as bytes that are signed and posted unchanged.

Source: contract, section 4.
"""

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, select

from service.context import Context
from service.delivery import events
from service.runs.read import LISTED, shown
from service.store.clock import iso, new_id, now
from service.store.tables import run_bodies, runs

TYPE_OF = {"completed": "run.completed", "failed": "run.failed", "canceled": "run.canceled"}


def final_event(context: Context, db: Connection, run_id: str) -> None:
    """Put the ended run's event on its way, in the transaction that ends it."""
    final_events(context, db, [run_id])


def final_events(context: Context, db: Connection, run_ids: Sequence[str]) -> None:
    """Put the ended runs' events on their way, where somebody listens, in the transaction that ends them."""
    listening = events.heard(db, run_ids)
    if not listening:
        return
    rows = _rows(db, sorted(listening))
    events.emit(db, [_event(row, run, TYPE_OF[row["status"]], True) for row, run in _with_runs(context, db, rows)])


def passing_events(context: Context, db: Connection, run_ids: Sequence[str], kind: str) -> None:
    """Tell of `run.started` or `run.progress` where somebody listens for it."""
    listening = events.heard(db, run_ids, kind)
    if listening:
        rows = _rows(db, sorted(listening))
        events.emit(db, [_event(row, run, kind, False) for row, run in _with_runs(context, db, rows)])


def tell_late(context: Context, db: Connection, run_id: str, callback_id: int) -> bool:
    """Tell a callback that was added after the run's end of it; whether there was anything to tell."""
    (row,) = _rows(db, [run_id])
    kind = TYPE_OF.get(row["status"])
    if kind is None:
        return False
    event_id = events.final_of(db, run_id)
    if event_id is None:
        event = _event(row, shown(context, db, [row])[0], kind, True)
        events.enter(db, [event])
        event_id = event.id
    events.deliver(db, event_id, callback_id)
    return True


def _rows(db: Connection, run_ids: Sequence[str]) -> Sequence[Any]:
    query = select(*LISTED).join(run_bodies, run_bodies.c.run_id == runs.c.id).where(runs.c.id.in_(run_ids))
    return db.execute(query).mappings().all()


def _with_runs(context: Context, db: Connection, rows: Sequence[Any]) -> list[tuple[Any, dict[str, Any]]]:
    return list(zip(rows, shown(context, db, rows), strict=True))


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
