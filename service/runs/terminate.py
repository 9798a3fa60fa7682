"""Ending a run without a result: failed, canceled, timed out or lost. The first commit wins."""

from collections.abc import Container, Mapping
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, literal_column, select, update

from service.accounts import ledger
from service.errors import Problem, ServiceError
from service.files.naming import made_objects
from service.files.removal import delete_later
from service.store.clock import now
from service.store.statements import Statement
from service.store.tables import run_bodies, runs

# Where a run shows its input.
INPUT = "/input"
# The documented codes of a run's `error`.
RUN_CODES = frozenset(
    {
        "budget_exceeded",
        "canceled",
        "connection_missing",
        "engine_missing",
        "internal",
        "lost",
        "outcome_unknown",
        "output_too_large",
        "provider_auth",
        "provider_error",
        "reference_unreachable",
        "refused_by_provider",
        "timed_out",
        "validation",
    }
)


def run_code(kind: type[ServiceError]) -> str:
    """Find the documented code of an error that ends a run: its own, else the nearest parent's."""
    known = (parent for parent in kind.__mro__ if issubclass(parent, ServiceError))
    return next(parent.code for parent in known if parent.code in RUN_CODES)


def error_json(error: ServiceError, members: Container[str] = ()) -> dict[str, Any]:
    """Word a run's `error`: its code is one of those that are documented for runs.

    `errors` point at what is wrong with the run's input, which has these members, where that is known.
    """
    known = [one for one in error.errors if one.pointer.partition("/")[2].partition("/")[0] in members]
    faults = [{"pointer": INPUT + one.pointer, "message": one.message} for one in known]
    return {
        "code": run_code(type(error)),
        "message": error.message,
        "status": error.status,
        "permanent": error.permanent,
        "retry_after": error.retry_after,
        "provider": error.provider,
        **({"errors": faults} if faults else {}),
    }


def faults_of(error: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Return what a stored `error` says is wrong with the input, as the error that was raised did."""
    stored = error.get("errors", ())
    return tuple(Problem(one["pointer"].removeprefix(INPUT), one["message"]) for one in stored)


def end(
    db: Connection,
    run_id: str,
    status: str,
    error: dict[str, Any] | None,
    fence: int | None = None,
    credits: int = 0,
) -> bool:
    """End a run unless it has ended, and release its hold but for `credits`; whether this ended it.

    With `fence`, only for the claim that has it.
    """
    mine = (runs.c.id == run_id) & (runs.c.slot != "ended")
    if fence is not None:
        mine &= (runs.c.fence == fence) & (runs.c.slot == "claimed")
    ended = db.execute(
        select(runs.c.account_id, runs.c.api, runs.c.action, runs.c.slot, runs.c.held, runs.c.fence)
        .where(mine)
        .with_for_update()
    ).one_or_none()
    if ended is None:
        return False
    values = {"status": status, "slot": "ended", "worker": None, "finished_at": now(), "held": 0}
    values |= {"credits_charged": min(credits, ended.held)}
    if not db.execute(update(runs).where(mine).values(fence=runs.c.fence + 1, **values)).rowcount:
        return False
    stored = None if error is None else orjson.dumps(error).decode()
    db.execute(update(run_bodies).where(run_bodies.c.run_id == run_id).values(error=stored))
    if ended.fence:
        delete_later(db, [made_objects(run_id)])
    ledger.charge(db, [ledger.Charge(ended.account_id, run_id, ended.held, credits, ended.action)])
    if ended.slot != "parked":
        unpark(db, ended.account_id, ended.api)
    return True


def unpark(db: Connection, account_id: str, api: str) -> None:
    """Let the account's oldest parked run of `api` be claimed, as a parallel place is free."""
    _UNPARK.run(db, account=account_id, api=api, moment=now())


_waiting = (
    select(runs.c.id)
    .where(
        runs.c.account_id == bindparam("account"),
        runs.c.api == bindparam("api"),
        runs.c.slot == literal_column("'parked'"),
    )
    .order_by(runs.c.id)
    .limit(1)
    .scalar_subquery()
)
_UNPARK = Statement(
    "terminate.unpark",
    update(runs).where(runs.c.id == _waiting).values(slot="ready", wake_at=bindparam("moment")),
)
