"""Committing what a step came to, under the fence of its claim; a late worker's result is dropped.

Finishing is one transaction: output, files' mapping, charge and release, the event and its deliveries.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import ColumnElement, Connection, select, update

from service.context import Context
from service.errors import Internal, OutputTooLarge, RunCanceled, ServiceError
from service.files.links import stored
from service.generation.cancel_upstream import Settlement
from service.generation.engine import Finished
from service.generation.fetching import Fetched
from service.generation.order import Order
from service.generation.paid import Waiting
from service.hosted.step import Answered
from service.queue import DELIVERIES, ENDED
from service.runs import intents
from service.runs.claim import Claim, input_of
from service.runs.complete import Present, check_size, complete
from service.runs.events import final_events, progress_event
from service.runs.terminate import end, error_json
from service.store.clock import now
from service.store.database import unavailable
from service.store.tables import run_bodies, runs

AGAIN_S = 1.0
log = structlog.get_logger("finish")
# What a step came to.
Result = Fetched | Finished | Answered | Settlement | Waiting | ServiceError


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one step of a claimed run."""

    claim: Claim
    result: Result


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
    finished = [(one.claim, one.result) for one in outcomes if isinstance(one.result, Finished)]
    ended = complete(context, db, finished, present) if finished else []
    ended += [one.claim.run_id for one in outcomes if not isinstance(one.result, Finished) and _enter(context, db, one)]
    if ended:
        final_events(context, db, ended)
    return ended


def _enter(context: Context, db: Connection, outcome: Outcome) -> bool:
    """Enter an outcome other than a completed run; tell whether it ended the run."""
    claim, result = outcome.claim, outcome.result
    assert not isinstance(result, Finished), "those are completed together"
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
        known = context.definitions
        action = known.actions.get(claim.action) or known.operations.get(claim.action)
        members = action.input_schema["properties"] if action is not None else ()
        ended = end(db, claim.run_id, "failed", error_json(result, members), claim.fence)
    else:
        ended = _keep_answer(db, claim, result)
    if ended and claim.order.provider != "local":
        intents.close(db, claim.run_id)
    return ended


def _wait(context: Context, db: Connection, claim: Claim, waiting: Waiting) -> None:
    """Put it back until its wake time, and tell of progress where there is some."""
    values = {"slot": "ready", "worker": None, "wake_at": now() + int(waiting.wait * 1000)}
    # A step that offered its provider nothing is none: refusals are counted by steps.
    values["step"] = claim.step + waiting.offered
    values["waiting"] = waiting.reason
    before = db.execute(select(runs.c.progress).where(_held(claim)).with_for_update()).scalar_one_or_none()
    if before is None:
        return
    db.execute(update(runs).where(_held(claim)).values(progress=max(before, waiting.fraction), **values))
    if waiting.fraction > before:
        progress_event(context, db, claim.run_id)


def _hand_over(db: Connection, claim: Claim, order: Order) -> None:
    """Put a run whose references are there into the lane of its work."""
    values = {"slot": "ready", "worker": None, "lane": order.lane, "wake_at": now()}
    if db.execute(update(runs).where(_held(claim)).values(**values)).rowcount:
        body, kept = run_bodies.c.run_id == claim.run_id, order.dumps(input_of(db, claim.run_id))
        db.execute(update(run_bodies).where(body).values(order=kept))


def _held(claim: Claim) -> ColumnElement[bool]:
    """The run, as long as nobody took it from this claim."""
    return (runs.c.id == claim.run_id) & (runs.c.fence == claim.fence) & (runs.c.slot == "claimed")


def _keep_answer(db: Connection, claim: Claim, result: Answered) -> bool:
    """The hosted original's answer is the output; nothing was made or charged here."""
    values = {"status": "completed", "slot": "ended", "fence": claim.fence + 1, "worker": None, "progress": 1.0}
    values |= {"finished_at": now(), "sandbox": result.sandbox}
    if not db.execute(update(runs).where(_held(claim)).values(**values)).rowcount:
        return False
    kept = stored(result.output)
    check_size(str(kept.output))
    values = {"output": kept.output, "links": kept.links}
    db.execute(update(run_bodies).where(run_bodies.c.run_id == claim.run_id).values(**values))
    return True
