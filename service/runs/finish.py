"""Committing what a step came to, under the fence of its claim; a late worker's result is dropped.

Finishing is one transaction: output, files' mapping, charge and release, the event and its deliveries.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
import structlog
from sqlalchemy import ColumnElement, Connection, insert, select, update

from service.accounts import ledger, usage
from service.context import Context
from service.errors import Internal, OutputTooLarge, RunCanceled, ServiceError
from service.files.links import stored
from service.files.made import MadeFile, made_path
from service.files.made import enter as enter_files
from service.files.naming import extension, made_objects
from service.files.removal import delete_later
from service.generation import cost_drift
from service.generation.cancel_upstream import Settlement
from service.generation.engine import Finished
from service.generation.fetching import Fetched
from service.generation.made import OUTPUT_BYTES, MadeItem, MadeRun, engine_of
from service.generation.order import Order
from service.generation.paid import Waiting
from service.hosted.step import Answered
from service.queue import DELIVERIES, ENDED
from service.runs import intents
from service.runs.claim import Claim
from service.runs.events import final_events, passing_events
from service.runs.terminate import end, error_json, unpark
from service.store.clock import now
from service.store.database import unavailable
from service.store.tables import creations, run_bodies, runs, samples

AGAIN_S = 1.0
log = structlog.get_logger("finish")
Present = Callable[[str, Any, MadeRun], Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one step of a claimed run."""

    claim: Claim
    result: Fetched | Finished | Answered | Settlement | Waiting | ServiceError


def commit(context: Context, outcomes: Sequence[Outcome], present: Present) -> None:
    """Commit these together, and tell deliverers and waiters. `present(api, order, made)` words the output."""
    ended = _commit_together(context, outcomes, present)
    for lane in {one.result.order.lane for one in outcomes if isinstance(one.result, Fetched)}:
        context.bell.ring(lane)
    if ended:
        context.bell.announce(DELIVERIES)
        context.bell.announce(ENDED, ended)


def _commit_together(context: Context, outcomes: Sequence[Outcome], present: Present) -> list[str]:
    try:
        return _written(context, outcomes, present)
    except Exception as error:
        if len(outcomes) > 1:
            # One that can't be committed must not hold its neighbours back.
            return [run_id for single in outcomes for run_id in _commit_together(context, [single], present)]
        if isinstance(outcomes[0].result, ServiceError | Settlement):
            raise
        failure: ServiceError
        if isinstance(error, OutputTooLarge):
            failure = error
        else:
            log.exception("a result could not be committed", run=outcomes[0].claim.run_id, error=str(error))
            failure = Internal("The result could not be stored.")
        return _commit_together(context, [replace(outcomes[0], result=failure)], present)


def _written(context: Context, outcomes: Sequence[Outcome], present: Present) -> list[str]:
    """Write them as soon as the database can be used: what was made and paid for is not given up for a busy database.

    Trying again after an uncertain commit is safe: what was committed has moved the fence.
    """
    while True:
        try:
            return context.database.write(lambda db: _enter_all(context, db, outcomes, present))
        except Exception as error:
            if not unavailable(error):
                raise
            log.warning("results not committed yet, trying again", runs=len(outcomes), error=str(error))
            time.sleep(AGAIN_S)


def _enter_all(context: Context, db: Connection, outcomes: Sequence[Outcome], present: Present) -> list[str]:
    ended = [outcome.claim.run_id for outcome in outcomes if _enter(context, db, outcome, present)]
    if ended:
        final_events(context, db, ended)
    return ended


def _enter(context: Context, db: Connection, outcome: Outcome, present: Present) -> bool:
    """Enter one outcome; tell whether it ended the run."""
    claim, result = outcome.claim, outcome.result
    if isinstance(result, Waiting):
        _wait(context, db, claim, result)
        return False
    if isinstance(result, Fetched):
        _hand_over(db, claim, result.order)
        return False
    if isinstance(result, Settlement):
        error = error_json(RunCanceled(result.message))
        return end(db, claim.run_id, "canceled", error, claim.fence, result.credits)
    if isinstance(result, ServiceError):
        ended = end(db, claim.run_id, "failed", error_json(result), claim.fence)
    elif isinstance(result, Answered):
        ended = _keep_answer(db, claim, result)
    else:
        ended = _complete(context, db, claim, result, present)
    if ended and isinstance(result, Finished):
        usage.tell_cost(db, claim.run_id, result.cost)
    if ended and claim.order.provider != "local":
        intents.close(db, claim.run_id)
        if isinstance(result, Finished):
            cost_drift.record(db, claim.run_id, claim.order, sum(item.ok for item in result.items), result.cost)
    return ended


def _wait(context: Context, db: Connection, claim: Claim, waiting: Waiting) -> None:
    """Put it back until its wake time, and tell of progress where there is some."""
    values = {"slot": "ready", "worker": None, "step": claim.step + 1, "wake_at": now() + int(waiting.wait * 1000)}
    values["waiting"] = waiting.reason
    before = db.execute(select(runs.c.progress).where(_held(claim)).with_for_update()).scalar_one_or_none()
    if before is None:
        return
    db.execute(update(runs).where(_held(claim)).values(progress=max(before, waiting.fraction), **values))
    if waiting.fraction > before:
        passing_events(context, db, [claim.run_id], "run.progress")


def _hand_over(db: Connection, claim: Claim, order: Order) -> None:
    """Put a run whose references are there into the lane of its work."""
    values = {"slot": "ready", "worker": None, "lane": order.lane, "wake_at": now()}
    if db.execute(update(runs).where(_held(claim)).values(**values)).rowcount:
        body = run_bodies.c.run_id == claim.run_id
        db.execute(update(run_bodies).where(body).values(order=order.dumps()))


def _held(claim: Claim) -> ColumnElement[bool]:
    """The run, as long as nobody took it from this claim."""
    return (runs.c.id == claim.run_id) & (runs.c.fence == claim.fence) & (runs.c.slot == "claimed")


def _keep_answer(db: Connection, claim: Claim, result: Answered) -> bool:
    """The hosted original's answer is the output; nothing was made or charged here."""
    values = {"status": "completed", "slot": "ended", "fence": claim.fence + 1, "worker": None, "progress": 1.0}
    values |= {"finished_at": now(), "sandbox": result.sandbox}
    if not db.execute(update(runs).where(_held(claim)).values(**values)).rowcount:
        return False
    output = orjson.dumps(result.output).decode()
    _check_size(output)
    db.execute(update(run_bodies).where(run_bodies.c.run_id == claim.run_id).values(output=output))
    return True


def _complete(context: Context, db: Connection, claim: Claim, result: Finished, present: Present) -> bool:
    order, moment = claim.order, now()
    made_count = sum(item.ok for item in result.items)
    price = min(order.price_of(made_count), claim.held)
    values = {"status": "completed", "slot": "ended", "fence": claim.fence + 1, "worker": None, "progress": 1.0}
    values |= {"finished_at": moment, "credits_charged": price, "held": 0, "engine": engine_of(result.items)}
    losses = db.execute(update(runs).where(_held(claim)).values(**values).returning(runs.c.losses)).scalar_one_or_none()
    if losses is None:
        return False
    if losses:
        delete_later(db, (made_objects(claim.run_id, fence) for fence in range(1, claim.fence)))
    delete_later(db, [one.object for one in order.task.references if one.object is not None])
    ledger.charge(db, claim.account_id, claim.run_id, claim.held, price, claim.action)
    items = _map_files(db, claim, result.items, moment)
    made = MadeRun(
        run_id=claim.run_id,
        account_id=claim.account_id,
        user_id=claim.user_id,
        username=claim.username,
        items=items,
        credits=price,
        balance=ledger.balance(db, claim.account_id).total,
        created_at=claim.created_at,
        started_at=claim.started_at,
        finished_at=moment,
        links=context.links,
    )
    output = stored(present(claim.api, order, made))
    _check_size(output.output or "")
    body = run_bodies.c.run_id == claim.run_id
    db.execute(update(run_bodies).where(body).values(output=output.output, links=output.links))
    if order.generator is not None and made_count:
        seconds = (moment - claim.started_at) / 1000 / made_count
        row = {"generator": order.generator, "model_id": order.model_id, "seconds": seconds, "created_at": moment}
        db.execute(insert(samples), row)
    api = context.definitions.apis.get(claim.api)
    if api is not None and api.parallel_tasks:
        unpark(db, claim.account_id, claim.api)
    return True


def _check_size(output: str) -> None:
    """Raises OutputTooLarge where the output as it would be stored is over the limit."""
    size = len(output.encode())
    if size > OUTPUT_BYTES:
        raise OutputTooLarge(f"The output has {size} bytes of JSON; {OUTPUT_BYTES} are kept of a run.")


def _map_files(db: Connection, claim: Claim, items: Sequence[MadeItem], moment: int) -> tuple[MadeItem, ...]:
    """Give each kept object its public path, and mark the creations that are there."""
    order = claim.order
    creation_ids: list[int] = []
    if order.creation is not None:
        query = select(creations.c.id).where(creations.c.run_id == claim.run_id).order_by(creations.c.item)
        creation_ids = list(db.execute(query).scalars())
    mapped = tuple(_mapped(claim, item, creation_ids) for item in items)
    made = [_file(item) for item in mapped if item.object is not None]
    enter_files(db, claim.account_id, claim.run_id, made, private=order.private, moment=moment)
    for item in mapped:
        if item.creation_id is not None and item.ok:
            data = None if item.fields is None else orjson.dumps(item.fields).decode()
            pictures = [{"path": item.path, "width": item.width, "height": item.height}] if item.object else []
            values = {"made": True, "data": data, "files": orjson.dumps(pictures).decode()}
            db.execute(update(creations).where(creations.c.id == item.creation_id).values(**values))
    return mapped


def _mapped(claim: Claim, item: MadeItem, creation_ids: Sequence[int]) -> MadeItem:
    creation_id = creation_ids[item.index] if creation_ids else None
    if item.object is None:
        return replace(item, creation_id=creation_id)
    path = made_path(
        claim.order.files,
        account_id=claim.account_id,
        user_id=claim.user_id,
        run_id=claim.run_id,
        creation_id=creation_id,
        index=item.index,
        extension=extension(item.content_type),
    )
    return replace(item, creation_id=creation_id, path=path)


def _file(item: MadeItem) -> MadeFile:
    return MadeFile(**{name: getattr(item, name) for name in MadeFile.__slots__})
