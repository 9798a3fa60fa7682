"""Claiming due runs: one statement takes up to a batch, in the fair order, under a new fence each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from sqlalchemy import BigInteger, Connection, Integer, bindparam, func, literal_column, not_, select, update
from sqlalchemy.dialects import postgresql

from service.config import BLOCKING, FETCH
from service.context import Context
from service.delivery.events import hears
from service.generation.order import Order, UnknownOrderVersion, lacks_texts, loads, told
from service.runs.events import STARTED, started_events
from service.store.clock import now
from service.store.database import Database, afterwards
from service.store.lists import one_of
from service.store.statements import Statement, together
from service.store.tables import accounts, lanes, run_bodies, runs
from service.telemetry import metrics

# A run that this deploy's workers can't read waits for a newer one.
NEWER_DEPLOY_MS = 30_000
# Of all workers' places for fetching, so many are one account's at most; of one worker's for calls of others, so many:
# more workers are more calls, and in each of them others find a place.
FETCHES_PER_ACCOUNT, CALLS_PER_ACCOUNT = 8, 16
SHARES = {FETCH: FETCHES_PER_ACCOUNT, BLOCKING: CALLS_PER_ACCOUNT}


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
    # The stored order, where its long texts are read once it is worked on: see `whole_order`.
    without_texts: str | None = None


def claim(context: Context, worker: str, lane: str, most: int) -> list[Claim]:
    """Claim up to `most` due runs of `lane`, the fairest first; one alone where it was lost before."""
    return context.database.write(lambda db: _claim(context, db, worker, lane, most))


def due(db: Connection, worker: str, lane: str) -> bool:
    """Tell whether `lane` has a run that `worker` could claim now."""
    return bool(_ready(db, worker, lane, 1))


def held(database: Database, claimed: Claim) -> bool:
    """Tell whether the run is still the claim's: neither ended nor taken over."""
    with database.read() as db:
        return _HELD.first(db, this=claimed.run_id, fence=claimed.fence) is not None


def _claim(context: Context, db: Connection, worker: str, lane: str, most: int) -> list[Claim]:
    chosen = _chosen(db, worker, lane, most)
    if not chosen:
        return []
    moment = now()
    ids = list(chosen)
    taking = (_TAKE, {"run_ids": ids, "me": worker, "moment": moment})
    rows, found = together(db, taking, (_BODIES, {"run_ids": ids}))
    bodies = {row.run_id: row for row in found}
    read = [_as_claim(db, row, bodies[row.id], chosen[row.id]) for row in sorted(rows, key=lambda row: row.turn)]
    claims = [one for one in read if one is not None]
    fresh = [one.run_id for one in claims if chosen[one.run_id] is None]
    if heard := [run_id for run_id in fresh if bodies[run_id].heard]:
        started_events(context, db, heard)
    _MOVE_CLOCK.put_off(db, lane=lane, clock=max(row.turn for row in rows))
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


def _chosen(db: Connection, worker: str, lane: str, most: int) -> dict[str, int | None]:
    """Return the runs to be claimed, each with the moment when it was claimed first."""
    rows = _ready(db, worker, lane, most)
    if lane in SHARES:
        rows = _within_share(db, worker, lane, rows)
    lost = [row for row in rows if row.losses]
    # Perhaps a run that was lost kills its worker: it takes no neighbours with it.
    return {row.id: row.started_at for row in (lost[:1] or rows)}


def _ready(db: Connection, worker: str, lane: str, most: int) -> Sequence[Any]:
    """Return the runs of the lane that are due, the fairest first."""
    # Only lanes that wait for other servers have places.
    full = _full(db, worker, lane) if lane in SHARES else []
    return _READY.all(db, lane=lane, moment=now(), full=full, most=most)


def _full(db: Connection, worker: str, lane: str) -> list[str]:
    """Return the accounts that have no place left in the lane."""
    return [account for account, number in _in_hand(db, worker, lane).items() if number >= SHARES[lane]]


def _within_share(db: Connection, worker: str, lane: str, rows: Sequence[Any]) -> Sequence[Any]:
    """The rows without those that are more than their account may have in hand at once."""
    taken, kept = _in_hand(db, worker, lane), []
    for row in rows:
        taken[row.account_id] += 1
        if taken[row.account_id] <= SHARES[lane]:
            kept.append(row)
    return kept


def _in_hand(db: Connection, worker: str, lane: str) -> Counter[str]:
    """Count each account's runs that are worked on: by all workers in the lane of fetching, else by this one."""
    query = select(runs.c.account_id, func.count().label("number")).where(runs.c.lane == lane, runs.c.slot == "claimed")
    if lane != FETCH:
        query = query.where(runs.c.worker == worker)
    return Counter({row.account_id: row.number for row in db.execute(query.group_by(runs.c.account_id))})


def input_of(db: Connection, run_id: str) -> dict[str, Any]:
    """Return the run's input as it is stored."""
    stored = db.execute(select(run_bodies.c.input).where(run_bodies.c.run_id == run_id)).scalar_one()
    found: dict[str, Any] = orjson.loads(stored)
    return found


def whole_order(database: Database, claimed: Claim) -> Order:
    """Return the order to work on, with the long texts that stand in the run's input."""
    if claimed.without_texts is None:
        return claimed.order
    with database.read() as db:
        return loads(claimed.without_texts, input_of(db, claimed.run_id))


def _as_claim(db: Connection, row: Any, body: Any, started_at: int | None) -> Claim | None:
    """Read a run as a claim; one that this deploy can't read is given back, as if it had not been claimed."""
    try:
        # To stop a run, less need be known of it than to work on it.
        order = loads(body.order) if row.cancel_requested_at is None else told(body.order)
    except UnknownOrderVersion:
        status = "queued" if started_at is None else "running"
        back = {"slot": "ready", "status": status, "worker": None, "started_at": started_at}
        back["wake_at"] = now() + NEWER_DEPLOY_MS
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
        started_at=row.started_at,
        cancel_requested_at=row.cancel_requested_at,
        order=order,
        without_texts=body.order if lacks_texts(body.order) else None,
    )


_READY = Statement(
    "claim.ready",
    select(runs.c.id, runs.c.losses, runs.c.account_id, runs.c.started_at)
    .where(
        runs.c.lane == bindparam("lane"),
        runs.c.slot == literal_column("'ready'"),
        runs.c.wake_at <= bindparam("moment"),
        not_(one_of(runs.c.account_id, "full")),
    )
    .order_by(runs.c.turn)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True),
)
_TAKE = Statement(
    "claim.take",
    update(runs)
    .where(one_of(runs.c.id, "run_ids"), runs.c.slot == literal_column("'ready'"))
    .values(
        slot="claimed",
        worker=bindparam("me"),
        fence=runs.c.fence + 1,
        status="running",
        started_at=func.coalesce(runs.c.started_at, bindparam("moment", type_=BigInteger)),
    )
    .returning(*_CLAIMED),
)
_BODIES = Statement(
    "claim.bodies",
    select(run_bodies.c.run_id, run_bodies.c.order, accounts.c.user_id, accounts.c.name, hears(STARTED).label("heard"))
    .join(runs, runs.c.id == run_bodies.c.run_id)
    .join(accounts, accounts.c.id == runs.c.account_id)
    .where(one_of(runs.c.id, "run_ids")),
)
_HELD = Statement(
    "claim.held",
    select(runs.c.id).where(
        runs.c.id == bindparam("this"), runs.c.fence == bindparam("fence"), runs.c.slot == literal_column("'claimed'")
    ),
)
# SQLite's words for it are the same.
_clock = postgresql.insert(lanes).values(lane=bindparam("lane"), clock=bindparam("clock"))
_MOVE_CLOCK = Statement(
    "claim.move_clock",
    _clock.on_conflict_do_update(
        index_elements=[lanes.c.lane],
        set_={"clock": _clock.excluded.clock},
        where=lanes.c.clock < _clock.excluded.clock,
    ),
)
