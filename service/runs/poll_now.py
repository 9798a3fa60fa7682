"""Looking at a run before its time: its provider hints that there is something to see."""

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, update

from service.context import Context
from service.generation.order import UnknownOrderVersion, told
from service.store.clock import now
from service.store.tables import intents, run_bodies, runs


@dataclass(frozen=True, slots=True)
class AwaitedRun:
    """A run that waits for its provider: whose it is, and whether their own key is used."""

    run_id: str
    account_id: str
    lane: str
    byok: bool


def awaited(context: Context, run_id: str, provider: str) -> AwaitedRun | None:
    """The run, where it has not ended and that provider works for it; None for all else."""
    query = (
        select(runs.c.account_id, runs.c.lane, run_bodies.c.order)
        .join(run_bodies, run_bodies.c.run_id == runs.c.id)
        .where(runs.c.id == run_id, runs.c.slot != "ended")
    )
    with context.database.read() as db:
        row = db.execute(query).one_or_none()
    if row is None:
        return None
    try:
        order = told(row.order)
    except UnknownOrderVersion:
        return None
    return AwaitedRun(run_id, row.account_id, row.lane, order.byok) if order.provider == provider else None


def poll_now(context: Context, run: AwaitedRun) -> None:
    """Have a worker ask the provider at once, where the run is asleep and the provider has its work."""

    def work(db: Connection) -> bool:
        sent = exists().where(intents.c.run_id == runs.c.id, intents.c.ticket.is_not(None))
        asleep = (runs.c.id == run.run_id) & (runs.c.slot == "ready") & (runs.c.wake_at > now())
        return bool(db.execute(update(runs).where(asleep, sent).values(wake_at=now())).rowcount)

    if context.database.write(work):
        context.bell.ring(run.lane)
