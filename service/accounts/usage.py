"""Usage: what every generate came to, one narrow row each, and their sums by day, which stay when runs are deleted.

A row is entered with its run and closed with it, in the same transactions. `roll_up` adds closed rows to the sums;
until it has, `service.accounts.usage_report` adds them itself, so that every answer agrees with the ledger.
"""

from collections.abc import Container, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from service.accounts import budgets, usage_blocks, usage_labels
from service.accounts.budgets import DAY_MS, Crossing
from service.store.lists import one_of
from service.store.statements import Asked, Statement
from service.store.tables import OPEN, UNLABELED, runs, usage, usage_days

LABELS = 20
LABEL_LENGTH = 200
BATCH = 1000


def row(
    run: Mapping[str, Any], *, action: str, model: str | None, provider: str, metadata: Mapping[str, Any] | None
) -> dict[str, Any]:
    """Return the row of a generate that is being accepted, from its row in `runs`."""
    return {
        "run_id": run["id"],
        "account_id": run["account_id"],
        "key_id": run["key_id"],
        "action": action,
        "api": action.partition(".")[0],
        "model": model,
        "provider": provider,
        "group": run["group"],
        "labels": _labels(metadata) if metadata else None,
        "held": run["held"],
        "held_at": run["created_at"],
    }


def closing(run_ids: Sequence[str]) -> Asked:
    """Close the rows of runs that end now, by `together`; what that returns is for `settle`."""
    return _CLOSE, {"run_ids": run_ids}


def settle(db: Connection, closed: Sequence[Any], budgeted: Container[str]) -> list[Crossing]:
    """Settle the holds of accounts that have budgets; return the thresholds that passed."""
    crossed: list[Crossing] = []
    for one in closed:
        if one.held and one.account_id in budgeted:
            budgets.lock(db, one.account_id)
            crossed += budgets.settle(db, one.account_id, one.key_id or 0, one.held_at, one.held, one.credits)
    return crossed


def tell_cost(db: Connection, run_id: str, dollars: float) -> None:
    """Keep what the provider said that the run cost, in US dollars; it is called before they are closed."""
    db.execute(update(usage).where(usage.c.run_id == run_id).values(provider_cost_usd=dollars))


def roll_up(db: Connection, most: int = BATCH) -> int:
    """Add up to `most` closed rows to the sums of their days, as many to those of their labels, and to blocks.

    Returns the larger count: `most` means that there may be more.
    """
    added = _add_up(db, db.execute(_OPEN.limit(most)).scalars().all())
    return max(added, _add_labels(db, db.execute(_UNLABELED.limit(most)).scalars().all()))


def forget(db: Connection, run_ids: Sequence[str]) -> None:
    """Delete the narrow rows of ended runs that are being deleted; their sums stay."""
    mine = usage.c.run_id.in_(list(run_ids))
    # What is being added up in another process now is in its sums before it is taken off.
    db.execute(select(usage.c.run_id).where(mine).with_for_update())
    _add_up(db, db.execute(_OPEN.where(mine)).scalars().all())
    labeled = select(usage.c.run_id).where(mine, usage.c.labeled)
    usage_labels.take_off(db, db.execute(labeled).scalars().all())
    usage_blocks.take_out(db, run_ids)
    db.execute(delete(usage).where(mine))


def _add_up(db: Connection, run_ids: Sequence[str]) -> int:
    if run_ids:
        build = sqlite.insert if db.dialect.name == "sqlite" else postgresql.insert
        entered = build(usage_days).from_select([*DIMENSIONS, *SUMS], _GROUPED)
        added = {name: usage_days.c[name] + entered.excluded[name] for name in SUMS}
        db.execute(entered.on_conflict_do_update(index_elements=DIMENSIONS, set_=added), {"run_ids": list(run_ids)})
        db.execute(update(usage).where(usage.c.run_id.in_(run_ids)).values(rolled_up=True))
    return len(run_ids)


def _add_labels(db: Connection, run_ids: Sequence[str]) -> int:
    if run_ids:
        usage_labels.add(db, run_ids)
        theirs = select(usage.c.account_id).where(usage.c.run_id.in_(run_ids)).distinct()
        usage_blocks.add(db, db.execute(theirs).scalars().all())
        db.execute(update(usage).where(usage.c.run_id.in_(run_ids)).values(labeled=True))
    return len(run_ids)


def _labels(metadata: Mapping[str, Any] | None) -> str | None:
    """Return the scalar members of a run's metadata, at most LABELS, texts cut at LABEL_LENGTH characters."""
    scalars = {
        name: value[:LABEL_LENGTH] if isinstance(value, str) else value
        for name, value in (metadata or {}).items()
        if isinstance(value, str | int | float | bool) and len(name) <= LABEL_LENGTH
    }
    return orjson.dumps(dict(islice(scalars.items(), LABELS))).decode() if scalars else None


def _counted(status: str) -> ColumnElement[int]:
    return func.sum(case((usage.c.status == status, 1), else_=0))


DIMENSIONS = ("account_id", "day", "held_day", "action", "api", "model", "provider", "key_id")
SUMS = ("runs", "completed", "failed", "canceled", "credits", "provider_cost_usd", "cost_known_runs")
_RUN_IDS: BindParameter[Any] = bindparam("run_ids", expanding=True)
_CLOSE = Statement(
    "usage.close",
    update(usage)
    .where(usage.c.run_id == runs.c.id, one_of(runs.c.id, "run_ids"), usage.c.day.is_(None))
    .values(day=runs.c.finished_at // DAY_MS, status=runs.c.status, credits=runs.c.credits_charged)
    .returning(usage.c.account_id, usage.c.key_id, usage.c.held, usage.c.held_at, usage.c.credits),
)
_OPEN = select(usage.c.run_id).where(OPEN).with_for_update(skip_locked=True)
_UNLABELED = select(usage.c.run_id).where(UNLABELED).with_for_update(skip_locked=True)
_groups = (
    usage.c.account_id,
    usage.c.day,
    usage.c.held_at // DAY_MS,
    usage.c.action,
    usage.c.api,
    func.coalesce(usage.c.model, ""),
    func.coalesce(usage.c.provider, ""),
    func.coalesce(usage.c.key_id, 0),
)
_GROUPED = (
    select(
        *_groups,
        func.count(),
        *(_counted(status) for status in ("completed", "failed", "canceled")),
        func.sum(usage.c.credits),
        func.coalesce(func.sum(usage.c.provider_cost_usd), 0.0),
        func.count(usage.c.provider_cost_usd),
    )
    .where(usage.c.run_id.in_(_RUN_IDS))
    .group_by(*_groups)
)
