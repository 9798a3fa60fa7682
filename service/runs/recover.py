"""Recovery: requeue the runs of dead workers, end those over their time, delete rows past their keeping."""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, select, tuple_, update

from service.context import Context
from service.errors import Lost, TimedOut
from service.files.removal import remove_expired
from service.queue import DELIVERIES, ENDED
from service.runs.events import final_events
from service.runs.idempotency import KEPT_MS
from service.runs.removal import delete_runs
from service.runs.terminate import end, error_json
from service.store.batches import in_batches
from service.store.clock import now
from service.store.tables import (
    deliveries,
    idempotency,
    intents,
    runs,
    shards,
    workers,
)

LOSSES = 3
BATCH = 200


def take_over(context: Context, dead: Sequence[str]) -> list[str]:
    """Take everything from dead incarnations: their runs are ready again under a new fence, a thrice lost run fails.

    Answers the lanes that have work now.
    """

    def work(db: Connection) -> tuple[list[str], list[str]]:
        db.execute(delete(workers).where(workers.c.id.in_(dead)))
        db.execute(update(shards).where(shards.c.owner.in_(dead)).values(owner=None))
        return _release_runs(context, db, runs.c.worker.in_(dead))

    return _told(context, context.database.write(work))


def take_over_orphans(context: Context) -> list[str]:
    """Runs and shards whose worker has no row at all, as after a database was moved; answers lanes with work."""

    def work(db: Connection) -> tuple[list[str], list[str]]:
        alive = select(workers.c.id)
        db.execute(update(shards).where(shards.c.owner.is_not(None), shards.c.owner.not_in(alive)).values(owner=None))
        return _release_runs(context, db, runs.c.worker.not_in(alive))

    return _told(context, context.database.write(work))


def give_up(context: Context, worker: str, lane: str, keeping: Collection[str]) -> None:
    """Count as lost the runs that live `worker` claimed in `lane` and does not have in hand, `keeping` aside.

    So does a claim whose commit was answered by an error though it was done.
    """

    def work(db: Connection) -> tuple[list[str], list[str]]:
        return _release_runs(context, db, (runs.c.worker == worker) & (runs.c.lane == lane) & runs.c.id.not_in(keeping))

    _told(context, context.database.write(work))


def give_back(context: Context, worker: str, which: Collection[str] | None = None) -> int:
    """Put back what `worker` has in hand, or `which` of it, save what was perhaps sent and paid; how many those are.

    Nothing is counted as lost. A thread that still works on such a run finds its fence gone, and sends nothing.
    """

    def work(db: Connection) -> tuple[list[str], int]:
        mine = (runs.c.worker == worker) & (runs.c.slot == "claimed")
        if which is not None:
            mine &= runs.c.id.in_(which)
        held = {row.id: row.lane for row in db.execute(select(runs.c.id, runs.c.lane).where(mine).with_for_update())}
        # Asked after the rows are locked: an intent is entered under the same lock.
        sent = intents.c.ticket.is_(None) & intents.c.error.is_(None) & intents.c.closed_at.is_(None)
        query = select(intents.c.run_id).where(intents.c.run_id.in_(held), sent).distinct()
        kept = set(db.execute(query).scalars())
        back = [run_id for run_id in held if run_id not in kept]
        values = {"slot": "ready", "worker": None, "fence": runs.c.fence + 1, "wake_at": now()}
        db.execute(update(runs).where(runs.c.id.in_(back)).values(**values))
        return sorted({held[run_id] for run_id in back}), len(kept)

    lanes, kept = context.database.write(work)
    for lane in lanes:
        context.bell.ring(lane)
    return kept


def time_out(context: Context) -> None:
    """End what has outlived its time limit."""
    ours = runs.c.cancel_requested_at.is_(None) & (runs.c.slot != "ended")
    outlived = select(runs.c.id).where(ours, runs.c.deadline < now()).limit(BATCH)

    def work(db: Connection) -> list[str]:
        error = error_json(TimedOut("The run outlived its time limit."))
        late = [run_id for run_id in db.execute(outlived).scalars() if end(db, run_id, "failed", error)]
        if late:
            final_events(context, db, late)
        return late

    with context.database.read() as db:
        if db.execute(outlived.limit(1)).first() is None:
            return
    _told(context, ([], context.database.write(work)))


def lanes_with_work(context: Context) -> list[str]:
    """The lanes in which a run is due."""
    with context.database.read() as db:
        query = select(runs.c.lane).where(runs.c.slot == "ready", runs.c.wake_at <= now()).distinct()
        return list(db.execute(query).scalars())


def forget(context: Context) -> None:
    """Let go of what was kept for a time: runs that were done at once, idempotency keys, uploads."""
    for work in (_forget_keys, _forget_runs, remove_expired):
        in_batches(context.database, partial(work, moment=now()))


def _release_runs(context: Context, db: Connection, whose: ColumnElement[bool]) -> tuple[list[str], list[str]]:
    columns = (runs.c.id, runs.c.lane, runs.c.losses, runs.c.cancel_requested_at)
    held = db.execute(select(*columns).where(runs.c.slot == "claimed", whose)).all()
    given_up = [row.id for row in held if row.losses + 1 >= LOSSES and row.cancel_requested_at is None]
    again = [row.id for row in held if row.id not in given_up]
    back = {"slot": "ready", "worker": None, "fence": runs.c.fence + 1, "losses": runs.c.losses + 1, "wake_at": now()}
    if again:
        db.execute(update(runs).where(runs.c.id.in_(again)).values(**back))
    error = error_json(Lost(f"{LOSSES} workers died at this run."))
    lost = [run_id for run_id in given_up if end(db, run_id, "failed", error)]
    if lost:
        final_events(context, db, lost)
    return sorted({row.lane for row in held if row.id in again}), lost


def _told(context: Context, found: tuple[list[str], list[str]]) -> list[str]:
    waiting_lanes, ended = found
    if ended:
        context.bell.announce(DELIVERIES)
        context.bell.announce(ENDED, ended)
    return waiting_lanes


def _forget_keys(db: Connection, most: int, moment: int) -> int:
    columns = (idempotency.c.account_id, idempotency.c.key)
    old = select(*columns).where(idempotency.c.created_at < moment - KEPT_MS).limit(most)
    keys = [tuple(row) for row in db.execute(old)]
    if keys:
        db.execute(delete(idempotency).where(tuple_(*columns).in_(keys)))
    return len(keys)


def _forget_runs(db: Connection, most: int, moment: int) -> int:
    """Ended reads, writes and searches past their day, once nothing is left to deliver of them."""
    pending = select(deliveries.c.run_id).where(deliveries.c.status == "pending")
    query = select(runs.c.id).where(runs.c.expires_at < moment, runs.c.id.not_in(pending)).limit(most)
    old = list(db.execute(query).scalars())
    if old:
        delete_runs(db, old)
    return len(old)
