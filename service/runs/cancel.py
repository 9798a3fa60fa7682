"""Canceling a run: at once while nothing was sent to a provider, else by asking the provider to stop first.

Whatever cancels comes through `cancel_within`: a caller, the deletion of what is being made, a suspended account. A run
that was sent is taken from its worker, so that nothing more is sent, and handed to the next free one, which asks the
provider and ends the run; where none does in time, the sweeper ends it as it stands.
"""

from functools import partial

from sqlalchemy import Connection, select, update

from service.accounts.credits import charge_note
from service.context import Context
from service.errors import Conflict, NotFound, RunCanceled
from service.generation.cancel_upstream import Settlement, settled
from service.generation.order import UnknownOrderVersion, told
from service.queue import DELIVERIES, ENDED
from service.runs import intents
from service.runs.events import final_events
from service.runs.terminate import end, error_json
from service.store.clock import now
from service.store.database import afterwards
from service.store.tables import run_bodies, runs

# Within 30 s the run has ended, whatever becomes of the worker that asks the provider.
ENDS_WITHIN_MS = 20_000
BATCH = 200
NOTHING_SENT = "The run was canceled before anything was sent to a provider; nothing was charged."


def cancel(context: Context, account_id: str, run_id: str) -> None:
    """Cancel the account's run. Raises NotFound, and Conflict where it has ended."""

    def work(db: Connection) -> None:
        mine = (runs.c.id == run_id) & (runs.c.account_id == account_id)
        status = db.execute(select(runs.c.status).where(mine)).scalar_one_or_none()
        if status is None:
            raise NotFound(f"There is no run {run_id}.")
        if not cancel_within(context, db, run_id):
            raise Conflict(f"The run {run_id} has ended already ({status}).")

    context.database.write(work)


def cancel_within(context: Context, db: Connection, run_id: str) -> bool:
    """Cancel a run as a part of a write that goes on; False where it has ended already.

    Callers who wait, and workers, are told once the write is committed.
    """
    unended = (runs.c.id == run_id) & (runs.c.slot != "ended")
    row = db.execute(select(runs.c.lane, runs.c.cancel_requested_at).where(unended).with_for_update()).one_or_none()
    if row is None:
        return False
    if not intents.any_sent(db, run_id):
        _end(context, db, run_id, Settlement(0, NOTHING_SENT))
    elif row.cancel_requested_at is None:
        # Before all others: whoever has it in hand may send nothing more, and its result is dropped.
        values = {"slot": "ready", "status": "running", "worker": None, "fence": runs.c.fence + 1, "turn": 0.0}
        values |= {"wake_at": now(), "cancel_requested_at": now()}
        db.execute(update(runs).where(unended).values(**values))
        afterwards(db, lambda: context.bell.ring(row.lane))
    return True


def end_overdue(context: Context) -> None:
    """End the canceled runs that no worker has ended in time, charged for what was sent."""
    overdue = (runs.c.cancel_requested_at < now() - ENDS_WITHIN_MS) & (runs.c.slot != "ended")
    query = select(runs.c.id).where(overdue).limit(BATCH)
    with context.database.read() as db:
        late = list(db.execute(query).scalars())
    for run_id in late:
        context.database.write(partial(_end_late, context, run_id))


def _end_late(context: Context, run_id: str, db: Connection) -> None:
    _end(context, db, run_id, _as_it_stands(db, run_id))


def _as_it_stands(db: Connection, run_id: str) -> Settlement:
    query = select(run_bodies.c.order, runs.c.held).join(runs, runs.c.id == run_bodies.c.run_id)
    row = db.execute(query.where(runs.c.id == run_id)).one()
    try:
        return settled(told(row.order), intents.recorded(db, run_id))
    except UnknownOrderVersion:
        return Settlement(row.held, f"The run was canceled after it was sent; {charge_note(row.held)}.")


def _end(context: Context, db: Connection, run_id: str, stopped: Settlement) -> None:
    error = error_json(RunCanceled(stopped.message))
    if not end(db, run_id, "canceled", error, credits=stopped.credits):
        return
    final_events(context, db, [run_id])

    def tell() -> None:
        context.bell.announce(DELIVERIES)
        context.bell.announce(ENDED, [run_id])

    afterwards(db, tell)
