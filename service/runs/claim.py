"""Claiming due runs: one statement takes up to a batch, in the fair order, under a new fence each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select, update

from service.config import FETCH
from service.context import Context
from service.generation.order import Order, UnknownOrderVersion, loads, told
from service.runs.events import passing_events
from service.store.clock import now
from service.store.database import Database, afterwards
from service.store.tables import accounts, lanes, run_bodies, runs
from service.telemetry import metrics

# A run that this deploy's workers can't read waits for a newer one.
NEWER_DEPLOY_MS = 30_000
# Of all workers' places for fetching, so many are one account's at most.
FETCHES_PER_ACCOUNT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A run in a worker's hand. Only commits that still find `fence` there count.

    `cancel_requested_at` is set where all that is left to do is to stop it at its provider.
    """

    run_id: str
    account_id: str
    user_id: int
    username: str
    action: str
    api: str
    lane: str
    connection: str
    fence: int
    worker: str
    step: int
    held: int
    created_at: int
    started_at: int
    cancel_requested_at: int | None
    order: Order


def claim(context: Context, worker: str, lane: str, most: int) -> list[Claim]:
    """Claim up to `most` due runs of `lane`, the fairest first; one alone where it was lost before."""
    return context.database.write(lambda db: _claim(context, db, worker, lane, most))


def due(db: Connection, lane: str) -> bool:
    """Tell whether `lane` has a run that a worker could claim now."""
    query = _claimable(db, select(runs.c.id), lane).limit(1)
    return db.execute(query).first() is not None


def held(database: Database, claimed: Claim) -> bool:
    """Tell whether the run is still the claim's: neither ended nor taken over."""
    query = select(runs.c.id).where(
        runs.c.id == claimed.run_id, runs.c.fence == claimed.fence, runs.c.slot == "claimed"
    )
    with database.read() as db:
        return db.execute(query).first() is not None


def _claim(context: Context, db: Connection, worker: str, lane: str, most: int) -> list[Claim]:
    chosen = _chosen(db, lane, most)
    if not chosen:
        return []
    moment = now()
    rows = db.execute(
        update(runs)
        .where(runs.c.id.in_(chosen), runs.c.slot == "ready")
        .values(slot="claimed", worker=worker, fence=runs.c.fence + 1, status="running")
        .returning(*_CLAIMED)
    ).all()
    bodies = _bodies(db, [row.id for row in rows])
    read = [_as_claim(db, row, bodies[row.id], moment) for row in sorted(rows, key=lambda row: row.turn)]
    claims = [one for one in read if one is not None]
    unstarted = {row.id for row in rows if row.started_at is None}
    fresh = [one.run_id for one in claims if one.run_id in unstarted]
    if fresh:
        db.execute(update(runs).where(runs.c.id.in_(fresh)).values(started_at=moment))
        passing_events(context, db, fresh, "run.started")
    _set_clock(db, lane, max(row.turn for row in rows))
    afterwards(db, partial(_count_waits, lane, [moment - row.wake_at for row in rows]))
    return claims


def _count_waits(lane: str, waits_ms: Sequence[int]) -> None:
    for waited in waits_ms:
        metrics.queue_wait_seconds.labels(lane).observe(max(0, waited) / 1000)


_CLAIMED = (
    runs.c.id,
    runs.c.account_id,
    runs.c.action,
    runs.c.api,
    runs.c.lane,
    runs.c.connection,
    runs.c.fence,
    runs.c.worker,
    runs.c.step,
    runs.c.held,
    runs.c.turn,
    runs.c.wake_at,
    runs.c.created_at,
    runs.c.started_at,
    runs.c.cancel_requested_at,
)


def _chosen(db: Connection, lane: str, most: int) -> list[str]:
    query = _claimable(db, select(runs.c.id, runs.c.losses, runs.c.account_id), lane)
    rows = db.execute(query.order_by(runs.c.turn).limit(most).with_for_update(skip_locked=True)).all()
    if lane == FETCH:
        rows = _within_share(db, rows)
    lost = [row.id for row in rows if row.losses]
    if lost:
        # Perhaps this run kills its worker: it takes no neighbours with it.
        return lost[:1]
    return [row.id for row in rows]


def _claimable(db: Connection, query: Select[Any], lane: str) -> Select[Any]:
    """`query` of the runs of `lane` that are ready; in the fetching lane of those accounts that have a place left."""
    query = query.where(runs.c.lane == lane, runs.c.slot == "ready", runs.c.wake_at <= now())
    if lane != FETCH:
        return query
    full = [account for account, number in _fetching(db).items() if number >= FETCHES_PER_ACCOUNT]
    return query.where(runs.c.account_id.not_in(full)) if full else query


def _within_share(db: Connection, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """The rows without those that are more than their account may have in hand at once."""
    taken, kept = Counter(_fetching(db)), []
    for row in rows:
        taken[row.account_id] += 1
        if taken[row.account_id] <= FETCHES_PER_ACCOUNT:
            kept.append(row)
    return kept


def _fetching(db: Connection) -> dict[str, int]:
    """For how many runs each account has references fetched now."""
    query = select(runs.c.account_id, func.count().label("number")).where(
        runs.c.lane == FETCH, runs.c.slot == "claimed"
    )
    return {row.account_id: row.number for row in db.execute(query.group_by(runs.c.account_id))}


def _set_clock(db: Connection, lane: str, turn: float) -> None:
    moved = db.execute(update(lanes).where(lanes.c.lane == lane, lanes.c.clock < turn).values(clock=turn))
    if not moved.rowcount and db.execute(select(lanes.c.clock).where(lanes.c.lane == lane)).first() is None:
        db.execute(lanes.insert().values(lane=lane, clock=turn))


def _bodies(db: Connection, run_ids: Sequence[str]) -> dict[str, Any]:
    query = (
        select(run_bodies.c.run_id, run_bodies.c.order, accounts.c.user_id, accounts.c.name)
        .join(runs, runs.c.id == run_bodies.c.run_id)
        .join(accounts, accounts.c.id == runs.c.account_id)
        .where(run_bodies.c.run_id.in_(run_ids))
    )
    return {row.run_id: row for row in db.execute(query)}


def _as_claim(db: Connection, row: Any, body: Any, moment: int) -> Claim | None:
    try:
        # To stop a run, less need be known of it than to work on it.
        order = loads(body.order) if row.cancel_requested_at is None else told(body.order)
    except UnknownOrderVersion:
        status = "queued" if row.started_at is None else "running"
        back = {"slot": "ready", "status": status, "worker": None, "wake_at": moment + NEWER_DEPLOY_MS}
        db.execute(update(runs).where(runs.c.id == row.id).values(**back))
        return None
    return Claim(
        run_id=row.id,
        account_id=row.account_id,
        user_id=body.user_id,
        username=body.name,
        action=row.action,
        api=row.api,
        lane=row.lane,
        connection=row.connection,
        fence=row.fence,
        worker=row.worker,
        step=row.step,
        held=row.held,
        created_at=row.created_at,
        started_at=row.started_at or moment,
        cancel_requested_at=row.cancel_requested_at,
        order=order,
    )
