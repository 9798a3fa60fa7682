"""The steps of a run with their times, and what it cost, as the console shows them beside the run itself."""

from typing import Any

from sqlalchemy import Connection, select

from service.context import Context
from service.errors import NotFound
from service.store.clock import iso
from service.store.tables import api_keys, intents, runs, usage


def timeline(context: Context, db: Connection, account_id: str, run_id: str) -> dict[str, Any]:
    """Return a run's model, key, provider and provider's cost, and its steps, oldest first. Raises NotFound."""
    row = db.execute(select(runs).where(runs.c.id == run_id, runs.c.account_id == account_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.")
    spent = db.execute(select(usage).where(usage.c.run_id == run_id)).one_or_none()
    model = context.catalog.models_by_id.get(row.model_id) if row.model_id else None
    return {
        "model": None if model is None else model.key,
        "key": db.execute(select(api_keys.c.prefix).where(api_keys.c.id == row.key_id)).scalar(),
        "provider": None if spent is None else spent.provider or None,
        "engine": row.engine,
        "lane": row.lane,
        "provider_cost_usd": None if spent is None else spent.provider_cost_usd,
        "steps": sorted(_steps(db, row), key=lambda step: str(step["at"])),
    }


def _steps(db: Connection, row: Any) -> list[dict[str, Any]]:
    moments = (
        ("accepted", row.created_at),
        ("started", row.started_at),
        ("cancel_requested", row.cancel_requested_at),
        (row.status, row.finished_at),
    )
    steps = [_step(name, moment) for name, moment in moments if moment is not None]
    calls = db.execute(select(intents).where(intents.c.run_id == row.id).order_by(intents.c.created_at)).all()
    return steps + [_step("sent_to_provider", call.created_at, call.provider, call.error is not None) for call in calls]


def _step(name: str, moment: int, provider: str | None = None, failed: bool = False) -> dict[str, Any]:
    return {"step": name, "at": iso(moment), "provider": provider, "failed": failed}
